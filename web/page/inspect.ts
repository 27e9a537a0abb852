// A look inside the PC while it stands still: instructions, registers, segments, memory, page tables, devices,
// breakpoints. All of it comes through the debug contract (include/vitrine/debug.h); nothing here knows an opcode.
import type { Events, Motion, PC } from "../src/index.js";
import { Breaks } from "./breaks.js";
import type { BreakChoice } from "./breaks.js";
import { card, h } from "./dom.js";
import { bytes, lens, linkFields } from "./lens.js";
import { hex } from "./views.js";
import type { Delta, Description, Instruction } from "./views.js";

type Row = { address: number } & Instruction;
interface PageWalk {
  paged: boolean; mapped: boolean; physical: number; page_bytes: number; writable: boolean; user: boolean; executable: boolean;
  levels: { name: string; address: number; entry_hex: string }[];
}

const LINEAR = 0, PHYSICAL = 1, PORTS = 2;
const MEMORY_BYTES = 192, ROWS_BEFORE = 5, ROWS_AFTER = 15;
const breakChoices: BreakChoice[] = [
  { name: "code", text: "code at", kind: "execute", space: LINEAR },
  { name: "read", text: "memory is read at", kind: "read", space: LINEAR },
  { name: "write", text: "memory changes at", kind: "write", space: LINEAR },
  { name: "physical", text: "physical memory changes at", kind: "write", space: PHYSICAL },
  { name: "in", text: "port is read", kind: "read", space: PORTS },
  { name: "out", text: "port is written", kind: "write", space: PORTS },
  { name: "register", text: "register changes", kind: "register", space: LINEAR },
];
const valueForms = { hex: "hexadecimal", signed: "signed", unsigned: "unsigned" } as const;

export class Inspector {
  readonly element = h("section.inside", { "aria-label": "Look inside" });
  private pc: PC | null = null;
  private description: Description | undefined;
  private now: string[] = [];
  private before: string[] = [];
  private delta: Delta | null = null;
  private readonly breaks = new Breaks(breakChoices, { example: "x7C00", hint: "None. The dots beside the instructions set one." },
    { tell: (text, isBad) => this.tell(text, isBad), changed: () => void this.refresh(), registers: () => this.description!.registers.map((r) => r.name) });
  private until = -1; // the breakpoint of "run to", which goes when the machine stops
  private memoryAt: number | undefined; // undefined: follows the instruction
  private memorySpace = LINEAR;
  private oldBytes = new Map<number, number>();
  private seenBytes = new Map<number, number>();
  private readonly devicesBefore = new Map<string, Record<string, string>>();
  private form: keyof typeof valueForms = "hex";

  private readonly say = h("p.say", { role: "status" }, "Pause, or set a breakpoint: then everything inside can be seen.");
  private readonly places: Record<string, HTMLElement> = {};
  private readonly motions: HTMLButtonElement[] = [];

  constructor(private readonly tell: (text: string, isBad?: boolean) => void) {
    this.build();
    linkFields(this.element);
  }

  // --- the frame, made once ---

  private build(): void {
    const motion = (text: string, key: string, act: () => unknown, title: string) => {
      const button = h("button", { onclick: () => void act(), title, "data-key": key, "data-act": `inside-${text.toLowerCase()}`, disabled: true }, text, h("kbd", { "aria-hidden": "true" }, key));
      this.motions.push(button);
      return button;
    };
    const target = h("input", { type: "text", size: 12, "aria-label": "Address to run to", placeholder: "address",
      onkeydown: (event: KeyboardEvent) => { if (event.key === "Enter") void this.runTo(target.value); } });
    const bar = h("div.bar", { role: "toolbar", "aria-label": "Stepping" },
      motion("Step", "s", () => this.move("step"), "one instruction"), motion("Over", "o", () => this.move("over"), "over a call"),
      motion("Out", "u", () => this.move("out"), "to behind the present routine"),
      h("span.joined", {}, target, motion("Run to", "t", () => this.runTo(target.value), "to an address")), h("span.space"));
    const place = (name: string) => (this.places[name] = h("div"));
    const forms = h("select", { "aria-label": "Show registers as", onchange: () => { this.form = forms.value as typeof this.form; this.paintRegisters(); } },
      ...Object.entries(valueForms).map(([value, text]) => h("option", { value }, text)));
    const registers = card("Registers", place("registers"), place("flags"), this.setForm());
    registers.firstElementChild!.append(forms);
    const details = (title: string, name: string) => h("details", {}, h("summary", {}, title), place(name));
    this.element.append(
      h("div.inside-top", {}, h("div.card.inside-head", {}, h("h2", {}, "Look inside"), bar, this.say), this.breaks.element),
      h("div.inside-grid.empty", { "data-inside": "grid" },
        card("Instructions", place("listing"), place("lens")),
        h("div.column", {}, registers, card("Segments", place("segments"))),
        this.memoryCard(),
        h("div.column", {}, this.walkCard(), card("Control registers and tables", place("control"), details("Debug registers", "debug"), details("x87", "x87"), details("SSE", "sse"))),
        this.deviceCard("Interrupts", ["pic", "lapic", "ioapic"]), this.deviceCard("Devices", [])));
    this.element.addEventListener("keydown", (event) => this.shortcut(event));
  }

  private shortcut(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest("input, select")) return;
    const button = this.motions.find((b) => b.dataset.key === event.key && event.key !== "t");
    if (button && !button.disabled) button.click();
  }

  private setForm(): HTMLElement {
    const what = h("input", { type: "text", size: 16, "aria-label": "Set a register", placeholder: "eax = x10 + ebx" });
    const set = async () => {
      const [name, text] = what.value.split("=").map((part) => part.trim());
      if (!this.pc || !name || !text) return;
      await this.attempt(async () => {
        if (!await this.pc!.setRegister(name, await this.pc!.evaluate(text))) throw new Error(`${name} can't be set`);
        what.value = "";
        await this.refresh();
      });
    };
    what.addEventListener("keydown", (event) => { if (event.key === "Enter") void set(); });
    return h("span.joined", {}, what, h("button", { onclick: () => void set() }, "Set"));
  }

  private async attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  // --- the machine comes and goes ---

  /** Another machine, or none. Its breakpoints are set in it anew. */
  async attach(pc: PC | null): Promise<void> {
    this.pc = pc;
    this.until = -1;
    this.now = this.before = [];
    this.oldBytes.clear();
    this.seenBytes.clear();
    this.running(!!pc?.isRunning);
    if (pc) this.description = (await pc.look({ json: "description" }))[0] as Description;
    else this.grid.classList.add("empty");
    await this.breaks.attach(pc);
  }

  private get grid(): HTMLElement { return this.element.querySelector("[data-inside=grid]")!; }

  running(isRunning: boolean): void {
    this.grid.classList.toggle("stale", isRunning);
    for (const button of this.motions) button.disabled = isRunning || !this.pc;
    if (isRunning) this.say.textContent = "The machine runs. Pause it to look inside.";
  }

  /** After a stop: why, and all views anew. */
  async stopped(stop: Events["stop"]): Promise<void> {
    const { pc } = this;
    if (!pc) return;
    const hit = stop.reason === "break" ? this.breaks.hit(stop.code) : undefined;
    if (this.until >= 0) await pc.removeBreakpoint(this.until).catch(() => {});
    this.until = -1;
    await this.refresh();
    this.say.textContent = hit ? `Stopped at a breakpoint: ${hit.label}.` : this.delta?.text ?? "Paused.";
  }

  private async move(motion: Motion): Promise<void> {
    const { pc } = this;
    if (!pc || pc.isRunning) return;
    const stop = await pc.move(motion);
    await this.stopped(stop);
  }

  private async runTo(text: string): Promise<void> {
    const { pc } = this;
    if (!pc || pc.isRunning || !text.trim()) return;
    await this.attempt(async () => {
      const address = await pc.evaluate(text);
      this.until = await pc.addBreakpoint("execute", address);
      await pc.run();
    });
  }

  // --- reading and showing ---

  private value(name: string): number {
    const n = this.description!.registers.findIndex((r) => r.name === name);
    return Number(BigInt("0x" + (this.now[n] ?? "0")));
  }

  async refresh(): Promise<void> {
    const { pc } = this;
    if (!pc || pc.isRunning || !this.description) return;
    const moment = await pc.moment();
    const [registers, delta] = await pc.look({ json: "registers" }, { json: "delta", argument: moment.step - 1 }) as [string[], Delta | null];
    if (this.now.length > 0 && registers.join() !== this.now.join()) this.before = this.now;
    this.now = registers;
    this.delta = delta;
    const at = this.value("pc");
    const [listing] = await pc.look({ instructions: at, count: ROWS_AFTER, before: ROWS_BEFORE }) as [Row[]];
    if (this.pc !== pc) return;
    this.paintListing(listing, at);
    this.paintRegisters();
    this.paintSegments();
    this.paintControl();
    this.oldBytes = new Map(this.seenBytes);
    await this.showMemory();
    await this.showWalk?.();
    for (const show of this.deviceShows) await show();
    this.grid.classList.remove("empty", "stale");
    for (const button of this.motions) button.disabled = false;
  }

  private paintListing(rows: Row[], at: number): void {
    const body = rows.map((row) => {
      const dot = this.breaks.dot(row.address, `x${hex(row.address, 32)}`);
      const line = h("tr", { "data-address": hex(row.address, 32) }, h("td", {}, dot),
        h("td", {}, h("button.plain", { title: "run to here", onclick: () => void this.runTo("x" + hex(row.address, 32)) }, hex(row.address, 32))),
        h("td", {}, bytes(row, row.address)), h("td", {}, row.text));
      if (row.address === at) {
        line.classList.add("here");
        line.setAttribute("aria-current", "step");
      }
      return line;
    });
    this.places.listing!.replaceChildren(h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Instructions around the instruction pointer" },
      h("table.listing", {}, h("thead.visually-hidden", {}, h("tr", {}, ...["breakpoint", "address", "bytes", "instruction"].map((t) => h("th", { scope: "col" }, t)))), h("tbody", {}, ...body))));
    const next = rows.find((row) => row.address === at);
    this.places.lens!.replaceChildren(next ? lens(next, at, 8) : "");
  }

  private show(text: string, bits: number): string {
    const value = BigInt("0x" + text);
    switch (this.form) {
      case "hex": return hex(value, bits);
      case "unsigned": return String(value);
      case "signed": return String(BigInt.asIntN(bits, value));
    }
  }

  private registerCells(group: string, filter: (name: string) => boolean = () => true): HTMLElement {
    const d = this.description!, number = d.groups.indexOf(group);
    return h("dl.cells", {}, ...d.registers.flatMap((r, n) => {
      if (r.group !== number || !filter(r.name)) return [];
      const old = this.before[n], value = this.now[n]!;
      const isChanged = old !== undefined && old !== value;
      const cell = h("div", { title: r.text, "data-register": r.name }, h("dt", {}, r.name),
        h("dd", {}, isChanged ? h("s", {}, this.show(old, r.bits) + " → ") : null, this.show(value, r.bits)));
      cell.classList.toggle("changed", isChanged);
      return [cell];
    }));
  }

  private flagChips(register: string): HTMLElement {
    const d = this.description!, number = d.registers.findIndex((r) => r.name === register);
    const read = (values: string[], f: Description["flags"][number]) =>
      values[number] === undefined ? undefined : (BigInt("0x" + values[number]) >> BigInt(f.first_bit)) & ((1n << BigInt(f.bits)) - 1n);
    return h("div.flags", { role: "list", "aria-label": `flags in ${register}` }, ...d.flags.filter((f) => f.register === number).map((f) => {
      const value = read(this.now, f)!, old = read(this.before, f);
      const chip = h(value ? "span.on" : "span", { title: f.text, role: "listitem" }, f.bits > 1 ? `${f.name} ${value}` : f.name,
        h("span.visually-hidden", {}, value ? " set" : " clear"));
      chip.classList.toggle("flipped", old !== undefined && old !== value);
      return chip;
    }));
  }

  private paintRegisters(): void {
    if (this.now.length === 0) return;
    this.places.registers!.replaceChildren(this.registerCells("general", (name) => name !== "pc"));
    this.places.flags!.replaceChildren(this.flagChips("eflags"));
  }

  private paintSegments(): void {
    const d = this.description!;
    const names = d.registers.filter((r) => r.role === "segment").map((r) => r.name);
    const rights = (name: string) => {
      const flag = (what: string) => {
        const f = d.flags.find((other) => other.name === `${name}.${what}`);
        return f ? (this.value(`${name}.rights`) >> f.first_bit) & ((1 << f.bits) - 1) : undefined;
      };
      if (flag("P") === undefined) return hex(this.value(`${name}.rights`), 16);
      if (!flag("P")) return "not present";
      return [flag("type")! & 8 ? "code" : "data", `${flag("D") ? 32 : 16} bits`, `ring ${flag("DPL")}`,
              flag("type")! & 2 ? (flag("type")! & 8 ? "readable" : "writable") : ""].filter(Boolean).join(", ");
    };
    const cell = (name: string, bits: number) => {
      const n = d.registers.findIndex((r) => r.name === name), isChanged = this.before[n] !== undefined && this.before[n] !== this.now[n];
      return h(isChanged ? "td.changed" : "td", isChanged ? { title: `was ${this.before[n]}` } : {}, hex(this.value(name), bits));
    };
    this.places.segments!.replaceChildren(h("div.scroll", {}, h("table", {},
      h("thead", {}, h("tr", {}, ...["segment", "selector", "base", "limit", "rights"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, ...names.map((name) => h("tr", { "data-segment": name }, h("th", { scope: "row" }, name), cell(name, 16), cell(`${name}.base`, 32), cell(`${name}.limit`, 32),
        h("td.words", { title: `rights ${hex(this.value(`${name}.rights`), 16)}` }, rights(name))))))));
  }

  private paintControl(): void {
    const rows = ["cr0", "cr2", "cr3", "cr4", "efer"].map((name) => h("div.control", {}, this.registerCells("control", (other) => other === name), this.flagChips(name)));
    this.places.control!.replaceChildren(...rows, this.registerCells("tables", (name) => /^(gdtr|idtr)\./.test(name)));
    for (const [place, group] of [["debug", "debug"], ["x87", "x87"], ["sse", "SSE"]] as const) this.places[place]!.replaceChildren(this.registerCells(group));
  }

  // --- memory ---

  private memoryCard(): HTMLElement {
    const space = h("select", { "aria-label": "Address space", onchange: () => { this.memorySpace = Number(space.value); this.seenBytes.clear(); void this.showMemory(); } },
      h("option", { value: LINEAR }, "linear"), h("option", { value: PHYSICAL }, "physical"));
    const place = h("input", { type: "text", size: 12, "aria-label": "Address of the memory shown", placeholder: "follows eip", onchange: () => void this.attempt(async () => {
      this.memoryAt = place.value.trim() ? await this.pc!.evaluate(place.value) : undefined;
      await this.showMemory();
    }) });
    const turn = (bytesOn: number) => () => {
      this.memoryAt = Math.max(0, (this.memoryAt ?? this.value("pc") & ~15) + bytesOn);
      void this.showMemory();
    };
    const element = card("Memory", this.places.memory = h("div"));
    element.firstElementChild!.append(h("span.joined", {}, space, place, h("button", { onclick: turn(-MEMORY_BYTES), "aria-label": "memory before" }, "↑"),
      h("button", { onclick: turn(MEMORY_BYTES), "aria-label": "memory behind" }, "↓")));
    return element;
  }

  private async showMemory(): Promise<void> {
    const { pc } = this;
    if (!pc || pc.isRunning) return;
    const address = this.memoryAt ?? this.value("pc") & ~15;
    const [cells] = await pc.look({ memory: this.memorySpace, address, count: MEMORY_BYTES }) as [Uint16Array];
    const rows: Node[] = [];
    for (let n = 0; n < cells.length; n += 16) {
      const row = [...cells.subarray(n, n + 16)];
      rows.push(h("tr", {}, h("th", { scope: "row" }, hex(address + n, 32)),
        ...row.map((byte, k) => this.byteCell(address + n + k, byte)),
        h("td.soft.ascii", {}, row.map((c) => (c >= 32 && c < 127 ? String.fromCharCode(c) : "·")).join(""))));
    }
    this.places.memory!.replaceChildren(rows.length > 0 ? h("div.scroll", {}, h("table.dump", {}, h("tbody", {}, ...rows)))
      : h("p.soft", {}, "Nothing is mapped here."));
  }

  private byteCell(address: number, byte: number): HTMLElement {
    const old = this.oldBytes.get(address);
    this.seenBytes.set(address, byte);
    const button = h("button.plain", { "aria-label": `${hex(address, 32)}: ${hex(byte, 8)}; change it`,
      title: old !== undefined && old !== byte ? `was ${hex(old, 8)}` : undefined, onclick: () => this.editByte(button, address, byte) }, hex(byte, 8));
    const cell = h("td", {}, button);
    cell.classList.toggle("changed", old !== undefined && old !== byte);
    return cell;
  }

  private editByte(button: HTMLElement, address: number, byte: number): void {
    const input = h("input.byte", { type: "text", value: hex(byte, 8), "aria-label": `new value of ${hex(address, 32)}` });
    const commit = () => void this.attempt(async () => {
      const value = parseInt(input.value, 16);
      if (!/^[0-9a-f]{1,2}$/i.test(input.value)) throw new Error(`${input.value}: a byte is two hexadecimal digits`);
      if (await this.pc!.setMemory(address, [value], this.memorySpace) !== 1) throw new Error("This memory can't be written.");
      await this.refresh();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") commit();
      if (event.key === "Escape") void this.showMemory();
    });
    button.replaceWith(input);
    input.select();
    input.focus();
  }

  // --- page tables ---

  private showWalk: (() => Promise<void>) | undefined;

  private walkCard(): HTMLElement {
    const body = h("div.walk");
    const place = h("input", { type: "text", size: 12, "aria-label": "Linear address to follow", placeholder: "follows eip", onchange: () => void this.attempt(() => this.showWalk!()) });
    this.showWalk = async () => {
      const { pc } = this;
      if (!pc) return;
      const address = place.value.trim() ? await pc.evaluate(place.value) : this.value("pc");
      const [walk] = await pc.look({ json: "pageWalk", argument: address }) as [PageWalk | null];
      body.replaceChildren(...(walk ? this.walk(address, walk) : []));
    };
    const element = card("From linear to physical", body);
    element.firstElementChild!.append(place);
    return element;
  }

  private walk(address: number, walk: PageWalk): Node[] {
    const box = (title: string, ...text: string[]) => h("div.walk-box", {}, h("b", {}, title), ...text.map((t) => h("span", {}, t)));
    const boxes = [box("linear", hex(address, 32)),
      ...walk.levels.map((l) => box(l.name, l.entry_hex.toUpperCase().padStart(8, "0"), `at ${l.address >= 2 ** 52 ? "the processor" : hex(l.address, 32)}`)),
      walk.mapped ? box("physical", hex(walk.physical, 32)) : box("not mapped", "a page fault")];
    const rights = !walk.paged ? "Paging is off: the linear address is the physical one."
      : !walk.mapped ? "The last entry's present bit is clear."
      : `A page of ${walk.page_bytes / 1024} KB: ${walk.writable ? "writable" : "read-only"}, ${walk.user ? "for user programs too" : "for the supervisor only"}, ${walk.executable ? "code may run" : "no code"}.`;
    return [h("div.walk-path", {}, ...boxes), h("p.soft", {}, rights)];
  }

  // --- devices ---

  private readonly deviceShows: (() => Promise<void>)[] = [];

  /** One of the named devices, or of all others, from its table of fields. */
  private deviceCard(title: string, names: string[]): HTMLElement {
    const body = h("tbody");
    const choice = h("select", { "aria-label": `${title}: which`, onchange: () => void show() });
    const show = async () => {
      const { pc } = this;
      if (!pc) return;
      if (choice.options.length === 0) {
        const [all] = await pc.look({ json: "devices" }) as [string[]];
        const mine = all.map((name, n) => ({ name, n })).filter(({ name }) => (names.length > 0 ? names.includes(name)
          : !["pic", "lapic", "ioapic"].includes(name) && !name.startsWith("cpu")));
        choice.append(...mine.map(({ name, n }) => h("option", { value: n }, name)));
      }
      const name = choice.selectedOptions[0]?.textContent ?? "";
      const [state] = await pc.look({ json: "device", argument: Number(choice.value) }) as [Record<string, string>];
      const old = this.devicesBefore.get(name) ?? {};
      body.replaceChildren(...Object.entries(state).slice(0, 400).map(([field, value]) => {
        const isChanged = old[field] !== undefined && old[field] !== value;
        return h(isChanged ? "tr.done" : "tr", {}, h("th", { scope: "row" }, field), h("td", {}, isChanged ? h("s.was", {}, `${old[field]} → `) : null, value));
      }));
      this.devicesBefore.set(name, state);
    };
    this.deviceShows.push(show);
    const element = card(title, h("div.scroll", { tabindex: 0, role: "region", "aria-label": `${title}: fields` }, h("table.fields", {}, body)));
    element.firstElementChild!.append(choice);
    return element;
  }
}
