// The tab of the PC: screen, keyboard, serial terminal, disks, and a look inside.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { createPC, defaultGuest, forgetWrites } from "../src/index.js";
import type { Events, PC, PCOptions, Slot } from "../src/index.js";
import { card, h, save, setAddress } from "./dom.js";
import { RELEASE, scancodes } from "./keys.js";
import { hex } from "./views.js";
import type { Description, Instruction } from "./views.js";

const drives = ["hda", "cdrom", "fda"] as const;
type DriveName = (typeof drives)[number];
const driveNames: Record<DriveName, string> = { hda: "Hard disk", cdrom: "CD (ISO)", fda: "Floppy" };

class PCTab {
  private pc: PC | null = null;
  private readonly files: Partial<Record<DriveName, File>> = {};
  private readonly down = new Set<number>();
  private description: Description | undefined;
  private lastRegisters: string[] = [];
  private saved: Partial<Record<DriveName, string>> = {};

  private readonly notice = h("p.notice", { role: "status" });
  private readonly canvas = h("canvas", { width: 720, height: 400, tabindex: 0, role: "application",
    "aria-label": "Screen of the PC. Keys go to it while it has the focus; Shift+Escape leaves it." });
  private readonly display = h("div.display", {}, this.canvas);
  private readonly serial = h("div.serial", { "aria-label": "Serial terminal" });
  private readonly speed = h("span.mono.soft", { "aria-live": "off" });
  private readonly progress = h("span.soft");
  private readonly inspector = h("div.column");
  private readonly runButton = h("button.main", { onclick: () => void this.toggle(), "data-act": "run" }, "Start");
  private readonly inputs: Record<string, HTMLInputElement | HTMLSelectElement> = {};
  private readonly terminal = new Terminal({ convertEol: false, fontSize: 13, scrollback: 2000, screenReaderMode: true,
    theme: { background: "#0b0c0d", foreground: "#d8d6d0" }, cursorBlink: false });
  private readonly fit = new FitAddon();

  constructor(private readonly panel: HTMLElement) {
    this.build();
    this.readAddress();
    void this.restart();
  }

  // --- the page ---

  private build(): void {
    const button = (text: string, act: () => unknown, title: string) => h("button", { onclick: () => void act(), title }, text);
    const bar = h("div.bar", { role: "toolbar", "aria-label": "The machine" }, this.runButton,
      button("Step", () => this.step(), "one instruction"),
      button("Reset", () => this.reset(), "the reset button"),
      button("Power button", () => this.pc?.powerButton(), "a guest that listens shuts down"),
      button("Power off", () => this.powerOff(), "pulls the plug"), h("span.space"), this.progress, this.speed,
      button("Screenshot", () => this.screenshot(), "the screen as a PNG file"),
      button("Full screen", () => this.display.requestFullscreen(), "Escape ends it"));
    this.panel.append(bar, this.notice, h("div.column", {},
      h("div.machine", {}, this.screenCard(), this.serialCard()), this.optionsCard(), this.inspector));
    this.listenToKeys();
    this.terminal.loadAddon(this.fit);
    this.terminal.open(this.serial);
    this.terminal.onData((text) => void this.pc?.serialSend(text));
    new ResizeObserver(() => { if (this.serial.clientWidth > 0) this.fit.fit(); }).observe(this.serial);
  }

  private screenCard(): HTMLElement {
    const key = (name: string, ...codes: string[]) => h("button", { onclick: () => void this.press(codes) }, name);
    const paste = h("button", { onclick: async () => {
      const text = await navigator.clipboard.readText().catch(() => "");
      if (text) await this.pc?.keyboardSendText(text);
      else this.tell("The browser gave nothing from the clipboard.");
    } }, "Paste as typing");
    return card("Screen", this.display, h("div.keys", { role: "group", "aria-label": "Keys" },
      key("Esc", "Escape"), key("Tab", "Tab"), key("Ctrl+C", "ControlLeft", "KeyC"), key("Ctrl+Alt+Del", "ControlLeft", "AltLeft", "Delete"),
      key("↑", "ArrowUp"), key("↓", "ArrowDown"), key("←", "ArrowLeft"), key("→", "ArrowRight"), key("Enter", "Enter"), key("F12", "F12"), paste));
  }

  private serialCard(): HTMLElement {
    return card("Serial port", this.serial);
  }

  private optionsCard(): HTMLElement {
    const field = (name: string, label: string, input: HTMLInputElement | HTMLSelectElement) => {
      this.inputs[name] = input;
      return h("label", {}, label, input);
    };
    const choice = (...values: [string, string][]) => h("select", {}, ...values.map(([value, text]) => h("option", { value }, text)));
    const disks = drives.map((drive) => {
      const file = h("input", { type: "file", "aria-label": `${driveNames[drive]} from this computer`, onchange: () => {
        const chosen = file.files?.[0];
        if (chosen) this.files[drive] = chosen;
        else delete this.files[drive];
      } });
      file.dataset.drive = drive;
      return h("div", {}, field(drive, `${driveNames[drive]}: a file of yours, or an address`, h("input", { type: "url", placeholder: "https://…" })), file);
    });
    return h("section.card", { "aria-label": "Disks and options" }, h("details", {}, h("summary", {}, "Disks and options"),
      h("div.options", {}, ...disks,
        field("memory", "Memory", choice(["64M", "64 MB"], ["128M", "128 MB"], ["256M", "256 MB"], ["512M", "512 MB"], ["1G", "1 GB"])),
        field("boot", "Boot order", choice(["cad", "hard disk, floppy, CD"], ["dca", "CD, hard disk, floppy"], ["acd", "floppy, hard disk, CD"])),
        field("console", "Linux's shell", choice(["tty0", "on the screen"], ["ttyS0", "on the serial port"])),
        field("append", "More for Linux's command line", h("input", { type: "text" })),
        field("keep", "What the guest writes", choice(["", "forget at the end"], ["yes", "keep in this browser"]))),
      h("div.bar", {}, h("button.main", { onclick: () => void this.restart(), "data-act": "restart" }, "Start this machine"),
        h("button", { onclick: () => void this.saveDisk() }, "Save the hard disk"),
        h("button", { onclick: () => void this.forget() }, "Forget kept writes"),
        h("span.soft", {}, "Files stay on your computer: the machine reads them where they are."))));
  }

  private tell(text: string, isBad = false): void {
    this.notice.textContent = text;
    this.notice.classList.toggle("bad", isBad);
  }

  // --- the address ---

  private readAddress(): void {
    const given = new URLSearchParams(location.hash.split("?")[1] ?? "");
    this.inputs.memory!.value = "128M";
    for (const [name, input] of Object.entries(this.inputs)) {
      const value = given.get(name);
      if (value !== null) input.value = value;
    }
  }

  get address(): string {
    const usual: Record<string, string> = { memory: "128M", boot: "cad", console: "tty0" };
    const words = new URLSearchParams(Object.entries(this.inputs).filter(([name, input]) => input.value && input.value !== usual[name])
      .map(([name, input]) => [name, input.value]));
    return words.size > 0 ? `#pc?${words}` : "#pc";
  }

  private options(): PCOptions {
    const value = (name: string) => this.inputs[name]!.value;
    const o: PCOptions = { memory: value("memory"), bootOrder: value("boot") };
    this.saved = {};
    let hasDisk = false;
    for (const drive of drives) {
      const file = this.files[drive], url = value(drive);
      if (!file && !url) continue;
      const name = file ? `${file.name}-${file.size}` : url;
      const persist = value("keep") && drive !== "cdrom" ? { persist: name } : {};
      this.saved[drive] = name;
      o[drive] = { ...(file ? { blob: file } : { url }), ...persist };
      hasDisk = true;
    }
    if (hasDisk) return o;
    const linux = defaultGuest(value("console") as "tty0");
    return { ...o, ...linux, append: `${value("console") === "tty0" ? "console=ttyS0 " : ""}${linux.append} ${value("append")}`.trim() };
  }

  // --- running ---

  private async restart(): Promise<void> {
    setAddress(this.address);
    await this.powerOff();
    this.terminal.reset();
    this.tell("");
    this.runButton.disabled = true;
    try {
      const pc = await createPC({ ...this.options(), ...this.listening() });
      this.pc = pc;
      this.listen(pc);
      await pc.run();
    } catch (error) {
      this.tell((error as Error).message, true);
    } finally {
      this.progress.replaceChildren();
      this.runButton.disabled = false;
      this.paintButtons();
    }
  }

  private listening(): Pick<PCOptions, "onProgress"> {
    return { onProgress: (p) => this.showProgress(p) };
  }

  private listen(pc: PC): void {
    pc.on("screen", (s) => this.draw(s));
    pc.on("serial-bytes", ({ port, bytes }) => { if (port === 0) this.terminal.write(bytes); });
    pc.on("run", () => { this.paintButtons(); this.inspector.replaceChildren(); });
    pc.on("stop", (stop) => this.stopped(stop));
    pc.on("error", (text) => this.tell(text, true));
    pc.on("progress", (p) => this.showProgress(p));
    pc.on("speed", (s) => {
      this.speed.textContent = s.idle && s.mips < 1 ? `idle · ${s.guestSeconds.toFixed(0)} s`
        : `${s.mips.toFixed(0)} MIPS · ${s.guestSeconds.toFixed(1)} s of guest time`;
    });
  }

  private showProgress({ what, loaded, total }: Events["progress"]): void {
    const names: Record<string, string> = { kernel: "Linux", initrd: "its files", bios: "firmware", vgaBios: "firmware" };
    if (loaded >= total) this.progress.replaceChildren();
    else this.progress.replaceChildren(`Loading ${names[what] ?? what} `, h("progress", { value: loaded, max: total }));
  }

  private stopped(stop: Events["stop"]): void {
    const words: Record<string, string> = {
      "power-off": "The guest has switched the machine off.", "triple-fault": "The guest has crashed (triple fault).",
      break: "Stopped at a breakpoint.", halted: "The processor is halted, and nothing can wake it.",
    };
    this.tell(words[stop.reason] ?? "");
    this.paintButtons();
    void this.inspect();
  }

  private paintButtons(): void {
    this.runButton.textContent = !this.pc ? "Start" : this.pc.isRunning ? "Pause" : "Run";
  }

  private async toggle(): Promise<void> {
    if (!this.pc) return this.restart();
    if (this.pc.isRunning) await this.pc.pause();
    else await this.pc.run();
  }

  private async step(): Promise<void> {
    if (!this.pc) return;
    if (this.pc.isRunning) return this.pc.pause();
    await this.pc.step();
    await this.inspect();
  }

  private async reset(): Promise<void> {
    await this.pc?.reset();
  }

  private async powerOff(): Promise<void> {
    const pc = this.pc;
    this.pc = null;
    await pc?.destroy();
    this.speed.textContent = "";
    this.inspector.replaceChildren();
    this.canvas.getContext("2d")!.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.paintButtons();
  }

  private async saveDisk(): Promise<void> {
    try {
      if (this.pc) save("hda.img", await this.pc.saveDisk("hda" as Slot));
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  private async forget(): Promise<void> {
    await this.powerOff();
    for (const name of Object.values(this.saved)) await forgetWrites(name);
    this.tell("The kept writes are forgotten.");
  }

  // --- screen and keyboard ---

  private draw(s: Events["screen"]): void {
    const { canvas } = this;
    if (canvas.width !== s.width || canvas.height !== s.height) {
      Object.assign(canvas, { width: s.width, height: s.height });
      canvas.style.aspectRatio = `${s.width * s.pixelWidth} / ${s.height * s.pixelHeight}`;
    }
    canvas.getContext("2d")!.putImageData(new ImageData(s.pixels as Uint8ClampedArray<ArrayBuffer>, s.width), 0, s.first);
  }

  private screenshot(): void {
    this.canvas.toBlob((blob) => { if (blob) save("screen.png", blob); });
  }

  private send(code: number, isDown: boolean): void {
    if (isDown) this.down.add(code);
    else this.down.delete(code);
    void this.pc?.keyboardSendScancodes([isDown ? code : code + RELEASE]);
  }

  private async press(codes: string[]): Promise<void> {
    const keys = codes.map((code) => scancodes[code]!);
    await this.pc?.keyboardSendScancodes([...keys, ...keys.reverse().map((key) => key + RELEASE)]);
    this.canvas.focus();
  }

  private listenToKeys(): void {
    this.canvas.addEventListener("keydown", (event) => {
      if (event.shiftKey && event.code === "Escape") return this.runButton.focus();
      const code = scancodes[event.code];
      if (code === undefined) return;
      event.preventDefault();
      this.send(code, true);
    });
    this.canvas.addEventListener("keyup", (event) => {
      const code = scancodes[event.code];
      if (code === undefined || !this.down.has(code)) return;
      event.preventDefault();
      this.send(code, false);
    });
    this.canvas.addEventListener("blur", () => { for (const code of [...this.down]) this.send(code, false); });
    this.canvas.addEventListener("paste", (event) => void this.pc?.keyboardSendText(event.clipboardData?.getData("text") ?? ""));
    this.canvas.addEventListener("click", () => this.canvas.focus());
    this.canvas.addEventListener("dblclick", () => void this.canvas.requestPointerLock());
    const mouse = (event: MouseEvent, wheel = 0) => {
      if (document.pointerLockElement !== this.canvas) return;
      const { buttons } = event;
      void this.pc?.mouseSend(event.type === "mousemove" ? event.movementX : 0, event.type === "mousemove" ? event.movementY : 0, wheel, buttons);
    };
    for (const type of ["mousemove", "mousedown", "mouseup"] as const) this.canvas.addEventListener(type, (e) => mouse(e));
    this.canvas.addEventListener("wheel", (e) => mouse(e, Math.sign(e.deltaY)), { passive: true });
  }

  // --- a look inside ---

  private async inspect(): Promise<void> {
    const { pc } = this;
    if (!pc || pc.isRunning) return;
    this.description ??= (await pc.look({ json: "description" }))[0] as Description;
    const d = this.description;
    const [registers, devices] = await pc.look({ json: "registers" }, { json: "devices" }) as [string[], string[]];
    const at = (name: string) => parseInt(registers[d.registers.findIndex((r) => r.name === name)] ?? "0", 16);
    const pcAt = at("pc");
    const [listing] = await pc.look({ instructions: pcAt, count: 14 }) as [({ address: number } & Instruction)[]];
    if (this.pc !== pc || pc.isRunning) return;
    const old = this.lastRegisters;
    this.lastRegisters = registers;
    const group = (name: string) => this.registerTable(d, registers, old, d.groups.indexOf(name));
    this.inspector.replaceChildren(
      h("div.pair", {}, card("Registers", group("general"), this.flagRow(d, registers)), card("Next instructions", this.listing(listing, pcAt))),
      h("div.pair", {}, card("Segments", this.segments(d, at)), card("Control", group("control"), group("tables"))),
      h("div.pair", {}, this.memoryCard(pc, pcAt), this.deviceCard(pc, devices)));
  }

  private registerTable(d: Description, values: string[], old: string[], group: number): HTMLElement {
    return h("div.registers", { style: "margin-bottom:.4rem" }, ...d.registers.flatMap((r, n) => {
      if (r.group !== group) return [];
      const isChanged = old[n] !== undefined && old[n] !== values[n];
      const cell = h("button", { title: isChanged ? `${r.text}; was ${old[n]}` : r.text, "data-register": r.name }, h("b", {}, r.name), values[n]!.padStart(Math.min(8, Math.ceil(r.bits / 4)), "0"));
      cell.classList.toggle("changed", isChanged);
      return [cell];
    }));
  }

  private flagRow(d: Description, values: string[]): HTMLElement {
    return h("div.flags", {}, ...d.flags.map((f) => {
      const value = (BigInt("0x" + values[f.register]) >> BigInt(f.first_bit)) & ((1n << BigInt(f.bits)) - 1n);
      return h(value ? "span.on" : "span", { title: f.text }, f.bits > 1 ? `${f.name} ${value}` : f.name);
    }));
  }

  private listing(rows: ({ address: number } & Instruction)[], at: number): HTMLElement {
    return h("div.scroll", {}, h("table.listing", {}, h("tbody", {}, ...rows.map((row) => {
      const line = h("tr", {}, h("td.soft", {}, hex(row.address, 32)), h("td.soft", {}, row.cells.slice(0, 8).map((c) => hex(c, 8)).join(" ")), h("td", {}, row.text));
      line.classList.toggle("here", row.address === at);
      return line;
    }))));
  }

  private segments(d: Description, at: (name: string) => number): HTMLElement {
    const names = d.registers.filter((r) => r.role === "segment").map((r) => r.name);
    return h("div.scroll", {}, h("table", {}, h("thead", {}, h("tr", {}, ...["", "selector", "base", "limit", "rights"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, ...names.map((name) => h("tr", {}, h("td", {}, h("b", {}, name)), h("td", {}, hex(at(name), 16)),
        h("td", {}, hex(at(`${name}.base`), 32)), h("td", {}, hex(at(`${name}.limit`), 32)), h("td", {}, hex(at(`${name}.rights`), 16)))))));
  }

  private memoryCard(pc: PC, pcAt: number): HTMLElement {
    const body = h("div");
    const space = h("select", { "aria-label": "Address space" }, h("option", { value: 0 }, "linear"), h("option", { value: 1 }, "physical"));
    const place = h("input", { type: "text", size: 12, value: "x" + hex(pcAt, 32), "aria-label": "Address" });
    const show = async () => {
      try {
        const address = await pc.evaluate(place.value);
        const [cells, walk] = await pc.look({ memory: Number(space.value), address, count: 128 }, { json: "pageWalk", argument: address }) as [Uint16Array, PageWalk];
        body.replaceChildren(this.dump(address, cells), space.value === "0" ? this.walk(walk) : "");
      } catch (error) {
        body.replaceChildren(h("p.notice.bad", {}, (error as Error).message));
      }
    };
    place.addEventListener("change", () => void show());
    space.addEventListener("change", () => void show());
    void show();
    const element = card("Memory", body);
    element.firstElementChild!.append(h("span", {}, space, " ", place));
    return element;
  }

  private dump(address: number, cells: Uint16Array): HTMLElement {
    const rows: string[] = [];
    for (let n = 0; n < cells.length; n += 16) {
      const row = [...cells.subarray(n, n + 16)];
      rows.push(`${hex(address + n, 32)}  ${row.map((c) => hex(c, 8)).join(" ").padEnd(47)}  ${row.map((c) => (c >= 32 && c < 127 ? String.fromCharCode(c) : "·")).join("")}`);
    }
    return h("pre.console.dump", { tabindex: 0 }, rows.join("\n") || "Nothing is mapped here.");
  }

  private walk(walk: PageWalk | null): HTMLElement {
    if (!walk) return h("span");
    const rights = [walk.writable ? "writable" : "read-only", walk.user ? "user" : "supervisor", walk.executable ? "executable" : "no code"].join(", ");
    const levels = walk.levels.map((l) => `${l.name} at ${hex(l.address, 32)}: ${l.entry_hex}`).join("  →  ");
    return h("p.soft.mono", {}, !walk.paged ? "No paging: linear is physical." : !walk.mapped ? `${levels}  →  not mapped`
      : `${levels}  →  ${hex(walk.physical, 32)} (${rights}, page of ${walk.page_bytes / 1024} KB)`);
  }

  private deviceCard(pc: PC, names: string[]): HTMLElement {
    const body = h("tbody");
    const choice = h("select", { "aria-label": "Device" }, ...names.map((name, n) => h("option", { value: n }, name)));
    const show = async () => {
      const [state] = await pc.look({ json: "device", argument: Number(choice.value) }) as [Record<string, string>];
      body.replaceChildren(...Object.entries(state).map(([name, value]) => h("tr", {}, h("td.soft", {}, name), h("td", {}, value))));
    };
    choice.addEventListener("change", () => void show());
    void show();
    const element = card("Devices", h("div.scroll", {}, h("table", {}, body)));
    element.firstElementChild!.append(choice);
    return element;
  }
}

interface PageWalk {
  paged: boolean; mapped: boolean; physical: number; page_bytes: number; writable: boolean; user: boolean; executable: boolean;
  levels: { name: string; address: number; entry_hex: string }[];
}

export function startPC(): () => string {
  const tab = new PCTab(document.getElementById("panel-pc")!);
  return () => tab.address;
}
