// The tab of a machine to learn on. It knows no machine by name beyond its assembler: all it shows comes from the
// machine's description and delta records (include/vitrine/debug.h).
import * as examples from "examples";
import { Assembler, createLC3, createToy } from "../src/index.js";
import type { Events, Motion, Study } from "../src/index.js";
import { card, h, packText, setAddress, unpackText } from "./dom.js";
import { Editor } from "./editor.js";
import { DataPath, bits, effectText, fieldKey, hex } from "./views.js";
import type { Delta, Description, Instruction, Place, WhyLink } from "./views.js";

type Kind = "toy" | "lc3";

interface Look {
  moment: { step: number; last: number };
  registers: number[];
  delta: Delta | null;
  next: Delta | null;
  display: string;
  keys: string;
  memory: Uint16Array;
}

const MEMORY_CELLS = 128;
const MAX_ROWS = 200;
let assembler: Promise<Assembler> | undefined;

class StudyTab {
  private machine: Study | null = null;
  private description!: Description;
  private look!: Look;
  private rows: { address: number; line: number; instruction: Instruction }[] = [];
  private micro = -1; // the micro-operation of the next step that is shown; -1: none
  private memoryAt = 0;
  private path: DataPath | undefined;
  private stopped: Events["stop"] | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private refreshing = false;
  private base: "signed" | "unsigned" | "hex" | "binary" | "character" = "signed";

  private readonly editor: Editor;
  private readonly errors = h("ul.errors", { "aria-live": "polite" });
  private readonly say = h("p.say", { role: "status" });
  private readonly rowsBody = h("tbody");
  private readonly registerList = h("div.registers");
  private readonly flagList = h("div.flags");
  private readonly memoryGrid = h("div.memory");
  private readonly console = h("pre.console", { tabindex: 0, role: "log", "aria-label": "Console: type here" });
  private readonly queue = h("div.queue");
  private readonly why = h("ul.why");
  private readonly pathPlace = h("div");
  private readonly microText = h("p.soft", { "aria-live": "polite" });
  private readonly slider = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Moment",
    oninput: () => void this.goTo(Number(this.slider.value)) });
  private readonly momentText = h("span.mono.soft");
  private readonly canvas = h("canvas.screen", { width: 32, height: 24, role: "img", "aria-label": "Screen of the machine" });
  private readonly buttons: Record<string, HTMLButtonElement> = {};

  constructor(private readonly kind: Kind, private readonly panel: HTMLElement) {
    this.editor = new Editor("Program", () => this.changed());
    this.build();
    const program = unpackText(location.hash.replace(/^#\w+=?/, ""));
    const first = examples[kind].find((e) => e.name.startsWith(kind === "toy" ? "first" : "hello")) ?? examples[kind][0]!;
    this.editor.text = program || first.source;
  }

  get address(): string { return `#${this.kind}=${packText(this.editor.text)}`; }

  // --- what there is to see ---

  private button(name: string, text: string, key: string, act: () => unknown, title: string): HTMLButtonElement {
    const button = h("button", { onclick: () => void act(), title, "data-act": name }, text, h("kbd", {}, key));
    this.buttons[name] = button;
    return button;
  }

  private build(): void {
    const choice = h("select", { "aria-label": "Examples", onchange: () => {
      const chosen = examples[this.kind].find((e) => e.name === choice.value);
      if (chosen) this.editor.text = chosen.source;
      choice.value = "";
    } }, h("option", { value: "" }, "Examples"), ...examples[this.kind].map((e) => h("option", { value: e.name }, e.name.replace(/\.\w+$/, ""))));
    const run = this.button("run", "Run", "r", () => this.toggleRun(), "to the end, or to a wait for a key");
    run.classList.add("main");
    const bar = h("div.bar", { role: "toolbar", "aria-label": "Running" },
      this.button("reset", "Reset", "0", () => this.restart(), "from the beginning"),
      this.button("back", "Back", "b", () => this.move("step", true), "one step back"),
      this.button("micro", "Micro-step", "m", () => this.microStep(), "one micro-operation of the next instruction"),
      this.button("step", "Step", "s", () => this.move("step", false), "one instruction"),
      this.button("over", "Over", "o", () => this.move("over", false), "over a call"),
      run, h("span.space"), choice,
      h("button", { onclick: () => void this.share(), title: "an address that has this program in it" }, "Copy link"));
    const base = h("select", { "aria-label": "Show values as", onchange: () => {
      this.base = base.value as typeof this.base;
      this.paint();
    } }, ...["signed", "unsigned", "hex", "binary", "character"].map((name) => h("option", {}, name)));
    const memoryPlace = h("input", { type: "text", size: 8, "aria-label": "Address of the memory shown", placeholder: "address",
      onchange: () => void this.showMemory(memoryPlace.value) });
    const registers = card("Registers", this.registerList, this.flagList);
    registers.firstElementChild!.append(base);
    const memory = card("Memory", h("div.scroll", {}, this.memoryGrid));
    memory.firstElementChild!.append(memoryPlace);
    this.console.addEventListener("keydown", (event) => this.typed(event));
    this.panel.append(bar, h("div.grid", {},
      h("div.column", {},
        card("Program", this.editor.view.dom, this.errors),
        card("Data path", this.pathPlace, this.microText),
        card("Console: click it, then type", this.console, this.queue),
        this.kind === "toy" ? card("Screen", this.canvas) : null),
      h("div.column", {},
        card("What happened", this.say, h("div.time", {}, this.slider, this.momentText)),
        card("Step by step", h("div.scroll", {}, h("table.rows", {}, h("thead", {}, h("tr", {}, ...["", "source", "word", "bits", "effect"].map((t) => h("th", { scope: "col" }, t)))), this.rowsBody)), fieldKey()),
        h("div.pair", {}, h("div.column", {}, registers, card("Why?", this.why)), memory))));
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  private shortcut(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (this.panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest(".cm-editor, .console, input, select")) return;
    const name = { r: "run", s: "step", b: "back", m: "micro", o: "over", 0: "reset" }[event.key];
    if (name) this.buttons[name]!.click();
  }

  // --- the program ---

  private changed(): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => void this.assemble(), 150);
  }

  private async assemble(): Promise<void> {
    const source = this.editor.text;
    setAddress(this.address);
    assembler ??= Assembler.open();
    const found = await (await assembler).check(this.kind, source);
    if (source !== this.editor.text) return;
    this.editor.showDiagnostics(found);
    const errors = found.filter((d) => d.severity === "error");
    this.errors.replaceChildren(...found.map((d) => h("li", {},
      h("button", { onclick: () => this.editor.goTo(d.line, d.column) }, `Line ${d.line}: ${d.message}`), d.hint && h("small", {}, d.hint))));
    if (errors.length > 0) {
      await this.machine?.destroy();
      this.machine = null;
      this.tell("The program has an error; the text under it says what to do.", true);
      this.enable();
      return;
    }
    await this.restart();
  }

  private async restart(): Promise<void> {
    const source = this.editor.text;
    try {
      const old = this.machine;
      const machine = await (this.kind === "toy" ? createToy({ source }) : createLC3({ source }));
      await old?.destroy();
      this.machine = machine;
      machine.on("stop", (stop) => { this.stopped = stop; void this.refresh(); });
      machine.on("run", () => this.enable());
      machine.on("speed", () => void this.refresh());
      machine.on("serial", () => { if (machine.isRunning) void this.refresh(); });
      machine.on("error", (text) => this.tell(text, true));
      if (this.kind === "toy") machine.on("screen", (s) => this.draw(s));
    } catch (error) {
      this.tell((error as Error).message, true);
      return;
    }
    this.description = (await this.machine!.look({ json: "description" }))[0] as Description;
    this.path = new DataPath(this.description);
    this.pathPlace.replaceChildren(this.path.element);
    const addresses = Object.keys(this.machine!.lines).map(Number).sort((a, b) => a - b);
    const firsts = addresses.filter((a) => this.machine!.lines[a] !== this.machine!.lines[a - 1]).slice(0, MAX_ROWS);
    const instructions = await this.machine!.look(...firsts.map((argument) => ({ json: "instruction" as const, argument })));
    this.rows = firsts.map((address, n) => ({ address, line: this.machine!.lines[address]!, instruction: instructions[n] as Instruction }));
    this.memoryAt = (firsts[0] ?? 0) & ~7;
    this.stopped = undefined;
    this.micro = -1;
    this.why.replaceChildren(h("li.soft", {}, "Choose a register or a cell: here stands how it got its value."));
    await this.refresh();
  }

  // --- moving ---

  private async toggleRun(): Promise<void> {
    if (!this.machine) return;
    this.micro = -1;
    if (this.machine.isRunning) await this.machine.pause();
    else await this.machine.run();
  }

  private async move(motion: Motion, isBack: boolean): Promise<void> {
    if (!this.machine) return;
    this.micro = -1;
    this.stopped = await this.machine.move(motion, isBack);
    await this.refresh();
  }

  private async goTo(step: number): Promise<void> {
    this.micro = -1;
    this.stopped = undefined;
    await this.machine?.goTo(step);
    await this.refresh();
  }

  private async microStep(): Promise<void> {
    const next = this.look?.next;
    if (!next || this.micro + 1 >= next.micros.length) return this.move("step", false);
    this.micro++;
    this.paint();
  }

  private typed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.machine) return;
    const text = event.key === "Enter" ? "\n" : event.key === "Backspace" ? "\b" : event.key.length === 1 ? event.key : "";
    if (!text) return;
    event.preventDefault();
    void this.machine.serialSend(text).then(async () => {
      if (this.stopped?.reason === "input") await this.machine!.run();
      else await this.refresh();
    });
  }

  private async share(): Promise<void> {
    setAddress(this.address);
    await navigator.clipboard?.writeText(location.href).then(() => this.tell("The link is in the clipboard."),
                                                             () => this.tell("The page's address is the link."));
  }

  // --- showing ---

  private async refresh(): Promise<void> {
    if (this.refreshing || !this.machine) return;
    this.refreshing = true;
    try {
      const machine = this.machine;
      const moment = await machine.moment();
      const [registers, delta, next, display, keys, memory] = await machine.look(
        { json: "registers" }, { json: "delta", argument: moment.step - 1 }, { json: "prediction" }, { ask: "display" },
        { ask: "keys" }, { memory: 0, address: this.memoryAt, count: MEMORY_CELLS }) as
        [string[], Delta | null, Delta | null, string, string, Uint16Array];
      this.look = { moment, registers: registers.map((r) => parseInt(r, 16)), delta: moment.step > 0 ? delta : null, next,
                    display, keys, memory };
      if (machine === this.machine) this.paint();
    } finally {
      this.refreshing = false;
    }
  }

  private enable(): void {
    const isThere = !!this.machine, isRunning = !!this.machine?.isRunning;
    for (const [name, button] of Object.entries(this.buttons)) button.disabled = !isThere || (isRunning && name !== "run" && name !== "reset");
    if (isThere && !isRunning && this.look) this.buttons.back!.disabled = this.look.moment.step === 0;
    this.buttons.run!.firstChild!.textContent = isRunning ? "Pause" : "Run";
    this.buttons.run!.setAttribute("aria-pressed", String(isRunning));
  }

  private tell(text: string, isBad = false): void {
    this.say.textContent = text;
    this.say.classList.toggle("bad", isBad);
  }

  private value(value: number, width: number): string {
    switch (this.base) {
      case "hex": return "x" + hex(value, width);
      case "binary": return value.toString(2).padStart(width, "0");
      case "character": return value >= 32 && value < 127 ? `'${String.fromCharCode(value)}'` : "·";
      case "unsigned": return String(value);
      case "signed": return String(value >= 2 ** (width - 1) && width === 16 ? value - 2 ** width : value);
    }
  }

  private paint(): void {
    const { moment, delta, next } = this.look;
    this.enable();
    this.slider.max = String(moment.last);
    this.slider.value = String(moment.step);
    this.momentText.textContent = `${moment.step} of ${moment.last}`;
    this.paintSentence();
    this.paintRows();
    this.paintRegisters();
    this.paintMemory();
    this.console.textContent = this.look.display;
    this.console.scrollTop = this.console.scrollHeight;
    this.queue.textContent = this.look.keys ? `waiting: ${this.look.keys.replace(/\n/g, "⏎")}` : this.stopped?.reason === "input" ? "The program waits for a key." : "";
    const shown = this.micro >= 0 ? next : delta;
    this.path?.show(shown, this.micro, this.look.registers, (v) => this.value(v, 16));
    const micro = this.micro >= 0 && next ? this.description.micros[next.micros[this.micro]!] : undefined;
    this.microText.textContent = micro ? `${micro.name}: ${micro.text}` : "Micro-step moves one state of the next instruction.";
    this.editor.markLine(next ? this.lineOf(next.pc) : 0);
  }

  private lineOf(address: number): number { return this.machine?.lines[address] ?? 0; }

  private paintSentence(): void {
    const { moment, delta } = this.look;
    const ends: Record<string, string> = {
      "power-off": "The program has ended.", input: "The program waits for a key.", break: "A breakpoint.", pause: "Paused.",
    };
    if (this.machine?.isRunning) this.tell("Running …");
    else if (this.stopped?.reason === "fault") this.tell(this.stopped.text, true);
    else if (moment.step === 0) this.tell("Ready. Step shows what the first instruction does.");
    else this.tell([delta?.text, this.stopped && moment.step === moment.last ? ends[this.stopped.reason] : ""].filter(Boolean).join(" "));
  }

  // The program's lines; what was or will be carried out elsewhere stands behind them.
  private rowsToShow(): typeof this.rows {
    const { delta, next } = this.look;
    const elsewhere = [delta, next].filter((d): d is Delta => !!d && d.instruction.length > 0 && !this.rows.some((r) => r.address === d.pc))
      .map((d) => ({ address: d.pc, line: 0, instruction: d.instruction }));
    return [...this.rows, ...elsewhere.filter((row, n) => elsewhere.findIndex((other) => other.address === row.address) === n)];
  }

  private paintRows(): void {
    const { delta, next } = this.look;
    let here: HTMLElement | undefined;
    const rows = this.rowsToShow().map(({ address, line, instruction }) => {
      const isNext = next?.pc === address, isDone = delta?.pc === address && delta.cause === "instruction";
      const effect = isDone ? effectText(delta, (v, w) => this.value(v, w)) : isNext ? effectText(next, (v, w) => this.value(v, w)) : "";
      const row = h("tr", {},
        h("td.soft", {}, hex(address, 16)), h("td", {}, this.editor.line(line).replace(/\s*;.*/, "").trim() || instruction.text),
        h("td", {}, instruction.cells.map((c) => hex(c, 16)).join(" ")), h("td", {}, bits(instruction)),
        h(isNext && !isDone ? "td.ghost" : "td", {}, effect));
      if (isDone) row.classList.add("done");
      if (isNext) {
        row.classList.add("here");
        row.setAttribute("aria-current", "step");
        here = row;
      }
      return row;
    });
    this.rowsBody.replaceChildren(...rows);
    const scroll = this.rowsBody.closest(".scroll")!;
    if (here && (here.offsetTop < scroll.scrollTop + 30 || here.offsetTop > scroll.scrollTop + scroll.clientHeight - 40)) {
      scroll.scrollTop = here.offsetTop - scroll.clientHeight / 2;
    }
  }

  private paintRegisters(): void {
    const { registers, delta } = this.look;
    const changes = new Map(delta?.effects.filter((e) => e.place.kind === "register").map((e) => [e.place.index, e]));
    this.registerList.replaceChildren(...this.description.registers.map((r, n) => {
      const change = changes.get(n), isAddress = r.role !== "general" && r.role !== "stack";
      const show = (value: number) => (isAddress ? "x" + hex(value, r.bits) : this.value(value, r.bits));
      const text = change && change.old !== change.new ? h("span", {}, h("s", {}, show(change.old) + " → "), show(registers[n]!)) : show(registers[n]!);
      const button = h("button", { title: `${r.text}: why this value?`, "data-register": r.name,
        onclick: () => void this.ask({ kind: "register", index: n, name: r.name }) }, h("b", {}, r.name), text);
      button.classList.toggle("changed", !!change);
      return button;
    }));
    this.flagList.replaceChildren(...this.description.flags.map((f) => {
      const value = Math.floor(registers[f.register]! / 2 ** f.first_bit) % 2 ** f.bits;
      return h(value ? "span.on" : "span", { title: f.text }, f.bits > 1 ? `${f.name} ${value}` : f.name);
    }));
  }

  private paintMemory(): void {
    const { memory, delta, next } = this.look;
    const written = new Set(delta?.effects.filter((e) => e.place.kind === "memory" && !e.place.space).map((e) => e.place.index));
    const cells: Node[] = [];
    memory.forEach((value, n) => {
      const address = this.memoryAt + n;
      if (n % 8 === 0) cells.push(h("span.soft", {}, hex(address, 16)));
      const cell = h("button", { title: `x${hex(address, 16)}: ${value}. Why?`, "aria-label": `cell ${hex(address, 16)}: ${value}`,
        onclick: () => void this.ask({ kind: "memory", index: address, space: 0 }) }, hex(value, 16));
      cell.classList.toggle("zero", value === 0);
      cell.classList.toggle("changed", written.has(address));
      cell.classList.toggle("pc", next?.pc === address);
      cells.push(cell);
    });
    this.memoryGrid.replaceChildren(...cells);
  }

  private async showMemory(expression: string): Promise<void> {
    try {
      this.memoryAt = Math.max(0, await this.machine!.evaluate(expression)) & ~7;
      await this.refresh();
    } catch (error) {
      this.tell(`${expression}: ${(error as Error).message}`, true);
    }
  }

  private draw(s: Events["screen"]): void {
    if (this.canvas.width !== s.width || this.canvas.height !== s.height) Object.assign(this.canvas, { width: s.width, height: s.height });
    this.canvas.getContext("2d")!.putImageData(new ImageData(s.pixels as Uint8ClampedArray<ArrayBuffer>, s.width), 0, s.first);
  }

  // --- why ---

  private async ask(place: Place): Promise<void> {
    if (!this.machine) return;
    const packed = (place.kind === "register" ? 1 : 2) * 2 ** 40 + (place.space ?? 0) * 2 ** 36 + place.index;
    const links = (await this.machine.look({ json: "why", argument: packed }))[0] as WhyLink[];
    const depths: number[] = [];
    const rows = links.map((link, n) => {
      depths[n] = link.parent < 0 ? 0 : (depths[link.parent] ?? 0) + 1;
      const e = link.effect, name = e.place.name ?? (e.place.kind === "memory" ? `cell x${hex(e.place.index, 16)}` : e.place.kind);
      const text = link.origin ? `${name} = ${this.value(e.new, 16)}, from the beginning`
                               : `${name} = ${this.value(e.new, 16)}, by step ${link.step}`;
      return h("li", { style: `margin-left:${depths[n]! * 1.1}rem` },
        h("button", { disabled: link.origin, onclick: () => void this.goTo(link.step + 1), title: "go to this moment" }, text));
    });
    this.why.replaceChildren(...(rows.length > 0 ? rows : [h("li.soft", {}, "No step has written to it.")]));
  }
}

export function startStudy(kind: Kind): () => string {
  const tab = new StudyTab(kind, document.getElementById(`panel-${kind}`)!);
  return () => tab.address;
}
