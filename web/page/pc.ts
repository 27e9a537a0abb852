// The tab of the PC: screen, keyboard, serial terminal, disks, and a look inside.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { createPC, defaultGuest, forgetWrites } from "../src/index.js";
import type { Drive, Events, PC, PCOptions } from "../src/index.js";
import { card, h, reducedMotion, save, setAddress } from "./dom.js";
import { Inspector } from "./inspect.js";
import { RELEASE, scancodes } from "./keys.js";

const drives = ["hda", "cdrom", "fda"] as const;
type DriveName = (typeof drives)[number];
const driveNames: Record<DriveName, string> = { hda: "Hard disk", cdrom: "CD (ISO)", fda: "Floppy" };

// What comes along to be started; all but Linux are disks.
const guests = { "": "Linux", modes: "Every screen mode", pctest: "A test of the PC" } as const;
const PROGRESS_MS = 1500; // a bar goes so long after the last piece
const QUIET_MS = 2500; // a word about something done, too

class PCTab {
  private pc: PC | null = null;
  private turn = 0; // counts machines begun and thrown away
  private readonly files: Partial<Record<DriveName, File>> = {};
  private readonly down = new Set<number>();
  private saved: Partial<Record<DriveName, string>> = {};

  private readonly notice = h("p.notice", { role: "status" });
  private readonly canvas = h("canvas", { width: 720, height: 400, tabindex: 0, role: "application",
    "aria-label": "Screen of the PC. Keys go to it while it has the focus; Shift+Escape leaves it." });
  private readonly display = h("div.display", {}, this.canvas);
  private readonly serial = h("div.serial", { "aria-label": "Serial terminal" });
  private readonly speed = h("span.mono.soft", { "aria-live": "off" });
  private readonly progress = h("span.soft.progress");
  private progressEnd: ReturnType<typeof setTimeout> | undefined;
  private readonly inspector = new Inspector((text, isBad) => this.tell(text, isBad));
  private readonly runButton = h("button.main", { onclick: () => void this.toggle(), "data-act": "run" }, "Start");
  private optionsPanel!: HTMLDetailsElement;
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
    const guest = h("select", { "aria-label": "Boot", "data-act": "guest", onchange: () => void this.boot() },
      ...Object.entries(guests).map(([value, text]) => h("option", { value }, text)), h("option", { value: "own" }, "Disks of yours …"));
    this.inputs.guest = guest;
    const bar = h("div.bar", { role: "toolbar", "aria-label": "The machine" }, this.runButton,
      button("Reset", () => this.reset(), "the reset button"),
      button("Power button", () => this.pc?.powerButton(), "a guest that listens shuts down"),
      button("Power off", () => this.powerOff(), "pulls the plug"), guest, h("span.space"), this.progress, this.speed,
      button("Mouse", () => this.canvas.requestPointerLock(), "gives the mouse to the guest; Escape takes it back"),
      button("Screenshot", () => this.screenshot(), "the screen as a PNG file"),
      button("Full screen", () => this.display.requestFullscreen(), "Escape ends it"));
    this.panel.append(bar, this.notice, h("div.column", {},
      h("div.machine", {}, this.screenCard(), this.serialCard()), this.optionsCard(), this.inspector.element));
    this.listenToKeys();
    this.terminal.loadAddon(this.fit);
    this.terminal.open(this.serial);
    this.terminal.onData((text) => void this.pc?.serialSend(text));
    new ResizeObserver(() => { if (this.serial.clientWidth > 0) this.fit.fit(); }).observe(this.serial);
    new ResizeObserver(() => this.scale()).observe(this.display);
  }

  private screenCard(): HTMLElement {
    const key = (name: string, ...codes: string[]) => h("button", { onclick: () => void this.press(codes) }, name);
    const paste = h("button", { onclick: async () => {
      const text = await navigator.clipboard.readText().catch(() => "");
      if (text) await this.pc?.keyboardSendText(text);
      else this.tell("The browser gave nothing from the clipboard.");
    } }, "Paste as typing");
    const rows = ["` 1 2 3 4 5 6 7 8 9 0 - =", "q w e r t y u i o p [ ]", "a s d f g h j k l ; ' \\", "z x c v b n m , . /"];
    const shift = h("button", { "aria-pressed": "false", onclick: () => shift.setAttribute("aria-pressed", String(shift.getAttribute("aria-pressed") !== "true")) }, "Shift");
    const type = (character: string) => {
      const isShifted = shift.getAttribute("aria-pressed") === "true";
      shift.setAttribute("aria-pressed", "false");
      const there = "`1234567890-=[];'\\,./".indexOf(character);
      void this.pc?.keyboardSendText(!isShifted ? character : there < 0 ? character.toUpperCase() : "~!@#$%^&*()_+{}:\"|<>?"[there]!);
    };
    const board = h("details.board", {}, h("summary", {}, "Keyboard"), ...rows.map((row) => h("div.keys", {}, ...row.split(" ").map((c) => h("button", { onclick: () => type(c) }, c)))),
      h("div.keys", {}, shift, h("button.wide", { onclick: () => type(" "), "aria-label": "Space" }, "␣"), key("⌫", "Backspace"), key("⏎", "Enter")));
    return card("Screen", this.display, board, h("div.keys", { role: "group", "aria-label": "Keys" },
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
    const act = (text: string, name: string, title: string, what: () => unknown) => h("button.small", { "data-act": name, title, onclick: () => void what() }, text);
    const disks = drives.map((drive) => {
      const name = driveNames[drive];
      const file = h("input", { type: "file", "aria-label": `${name}: a file of this computer`, onchange: () => this.chose(drive, file.files?.[0]) });
      file.dataset.drive = drive;
      const address = field(drive, "or by its address", h("input", { type: "url", placeholder: "https://…" }));
      this.inputs[drive]!.addEventListener("change", () => this.disksChanged());
      const acts = [
        ...(drive === "hda" ? [] : [act("Insert", `insert-${drive}`, "into the running machine", () => this.insertChosen(drive)),
          act("Take out", `eject-${drive}`, "out of the running machine", () => this.insert(drive, null))]),
        ...(drive === "cdrom" ? [] : [act("Download", `save-${drive}`, "the image with what the guest has written", () => this.saveDisk(drive))])];
      return h("fieldset", {}, h("legend", {}, name), file, address, h("div.joined", {}, ...acts));
    });
    this.optionsPanel = h("details", {}, h("summary", {}, "Disks and options"),
      h("div.options.disks", {}, ...disks),
      h("div.options", {},
        field("memory", "Memory", choice(["64M", "64 MB"], ["128M", "128 MB"], ["256M", "256 MB"], ["512M", "512 MB"], ["1G", "1 GB"])),
        field("boot", "Boot order", choice(["cad", "hard disk, floppy, CD"], ["dca", "CD, hard disk, floppy"], ["acd", "floppy, hard disk, CD"])),
        field("icount", "Speed in guest time", choice(["", "250 MIPS"], ["1", "500 MIPS"], ["0", "1000 MIPS"], ["4", "63 MIPS"], ["6", "16 MIPS"])),
        field("keep", "What the guest writes", choice(["", "forget at the end"], ["yes", "keep in this browser"])),
        field("console", "Linux's shell", choice(["tty0", "on the screen"], ["ttyS0", "on the serial port"])),
        field("append", "More for Linux's command line", h("input", { type: "text" }))),
      h("div.bar", {}, h("button.main", { onclick: () => void this.restart(), "data-act": "restart" }, "Start this machine"),
        h("button", { onclick: () => void this.forget() }, "Forget kept writes"),
        h("span.soft", {}, "Files stay on your computer: the machine reads them where they are.")));
    return h("section.card", { "aria-label": "Disks and options" }, this.optionsPanel);
  }

  private chose(drive: DriveName, file: File | undefined): void {
    if (file) this.files[drive] = file;
    else delete this.files[drive];
    this.disksChanged();
  }

  // A disk of the person's goes before a guest that comes along.
  private disksChanged(): void {
    const hasDisk = drives.some((drive) => this.files[drive] || this.inputs[drive]!.value);
    this.inputs.guest!.value = hasDisk ? "own" : this.inputs.guest!.value === "own" ? "" : this.inputs.guest!.value;
  }

  /** Another guest of the menu. */
  private async boot(): Promise<void> {
    const isOwn = this.inputs.guest!.value === "own";
    if (isOwn) {
      this.optionsPanel.open = true;
      this.optionsPanel.scrollIntoView({ block: "nearest", behavior: reducedMotion.matches ? "auto" : "smooth" });
      this.optionsPanel.querySelector("input")!.focus();
      return;
    }
    for (const drive of drives) this.inputs[drive]!.value = "";
    for (const file of this.panel.querySelectorAll<HTMLInputElement>("input[type=file]")) file.value = "";
    for (const drive of drives) delete this.files[drive];
    await this.restart();
  }

  private tell(text: string, isBad = false): void {
    this.notice.textContent = text;
    this.notice.classList.toggle("bad", isBad);
  }

  /** A word about something done, which goes by itself. */
  private mention(text: string): void {
    this.tell(text);
    setTimeout(() => { if (this.notice.textContent === text) this.tell(""); }, QUIET_MS);
  }

  // --- the address ---

  private readAddress(): void {
    const given = new URLSearchParams(location.hash.split("?")[1] ?? "");
    this.inputs.memory!.value = "128M";
    for (const [name, input] of Object.entries(this.inputs)) {
      const value = given.get(name);
      if (value !== null) input.value = value;
    }
    this.disksChanged();
  }

  get address(): string {
    const usual: Record<string, string> = { memory: "128M", boot: "cad", console: "tty0" };
    const words = new URLSearchParams(Object.entries(this.inputs).filter(([name, input]) => input.value && input.value !== usual[name] && input.value !== "own")
      .map(([name, input]) => [name, input.value]));
    return words.size > 0 ? `#pc?${words}` : "#pc";
  }

  private async options(): Promise<PCOptions> {
    const value = (name: string) => this.inputs[name]!.value;
    const o: PCOptions = { memory: value("memory"), bootOrder: value("boot"), ...(value("icount") ? { nsPerInstruction: 1 << Number(value("icount")) } : {}) };
    this.saved = {};
    let hasDisk = false;
    for (const drive of drives) {
      const disk = this.chosen(drive);
      if (!disk) continue;
      Object.assign(o, { [drive]: disk });
      hasDisk = true;
    }
    if (hasDisk) return o;
    const guest = value("guest");
    if (guest in guests && guest !== "") return { ...o, hda: { buffer: await this.bundled(guest) } };
    const linux = defaultGuest(value("console") as "tty0");
    return { ...o, ...linux, append: `${value("console") === "tty0" ? "console=ttyS0 " : ""}${linux.append} ${value("append")}`.trim() };
  }

  private async bundled(name: string): Promise<ArrayBuffer> {
    const answer = await fetch(`guest/${name}.img`).catch(() => null);
    if (!answer?.ok) throw new Error(`${name}.img is not on this server, or the network is away.`);
    return answer.arrayBuffer();
  }

  // --- running ---

  private async restart(): Promise<void> {
    const off = this.powerOff(), turn = this.turn;
    setAddress(this.address);
    this.tell("");
    this.runButton.disabled = true;
    await off;
    this.terminal.reset();
    try {
      const pc = await createPC({ ...await this.options(), onProgress: (p) => { if (turn === this.turn) this.showProgress(p); } });
      if (turn !== this.turn) return await pc.destroy();
      this.pc = pc;
      this.listen(pc);
      await this.inspector.attach(pc);
      await pc.run();
    } catch (error) {
      if (turn === this.turn) this.tell((error as Error).message, true);
    } finally {
      if (turn === this.turn) this.isReady();
    }
  }

  private isReady(): void {
    this.progress.replaceChildren();
    this.runButton.disabled = false;
    this.paintButtons();
  }

  private listen(pc: PC): void {
    pc.on("screen", (s) => this.draw(s));
    pc.on("serial-bytes", ({ port, bytes }) => { if (port === 0) this.terminal.write(bytes); });
    pc.on("run", () => { this.paintButtons(); this.inspector.running(true); });
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
    const name = names[what] ?? driveNames[(what === "hdc" ? "cdrom" : what) as DriveName] ?? what;
    clearTimeout(this.progressEnd);
    if (loaded >= total) return this.progress.replaceChildren();
    // Of a disk only what is read is fetched, so that its bar does not get to its end.
    this.progress.replaceChildren(`Loading ${name} `, h("progress", { value: loaded, max: total, "aria-label": `Loading ${name}` }));
    this.progressEnd = setTimeout(() => this.progress.replaceChildren(), PROGRESS_MS);
  }

  private stopped(stop: Events["stop"]): void {
    const words: Record<string, string> = {
      "power-off": "The guest has switched the machine off.", "triple-fault": "The guest has crashed (triple fault).",
      halted: "The processor is halted, and nothing can wake it.",
    };
    this.tell(words[stop.reason] ?? "");
    this.paintButtons();
    this.inspector.running(false);
    void this.inspector.stopped(stop);
  }

  private paintButtons(): void {
    this.runButton.textContent = !this.pc ? "Start" : this.pc.isRunning ? "Pause" : "Run";
  }

  private async toggle(): Promise<void> {
    if (!this.pc) return this.restart();
    if (this.pc.isRunning) await this.pc.pause();
    else await this.pc.run();
  }

  private async reset(): Promise<void> {
    await this.pc?.reset();
  }

  /** A machine that is still being made is thrown away when it is there. */
  private async powerOff(): Promise<void> {
    const pc = this.pc;
    this.turn++;
    this.pc = null;
    this.isReady();
    await pc?.destroy();
    this.speed.textContent = "";
    await this.inspector.attach(null);
    this.canvas.getContext("2d")!.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.paintButtons();
  }

  private async saveDisk(slot: "hda" | "fda"): Promise<void> {
    try {
      if (!this.pc) throw new Error("There is no machine: start one first.");
      save(`${slot}.img`, await this.pc.saveDisk(slot));
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  private async insertChosen(drive: "cdrom" | "fda"): Promise<void> {
    const disk = this.chosen(drive);
    if (disk) await this.insert(drive, disk);
    else this.tell(`${driveNames[drive]}: choose a file or give an address first.`, true);
  }

  /** Puts a medium into a drive of the running machine; null takes out what is in it. */
  private async insert(drive: "cdrom" | "fda", disk: Drive | null): Promise<void> {
    try {
      if (!this.pc) throw new Error("There is no machine: start one first.");
      await this.pc.setMedium(drive, disk);
      this.mention(`${driveNames[drive]}: ${disk ? "inserted" : "taken out"}.`);
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  private chosen(drive: DriveName): Drive | null {
    const file = this.files[drive], url = this.inputs[drive]!.value;
    if (!file && !url) return null;
    const name = file ? `${file.name}-${file.size}` : url;
    this.saved[drive] = name;
    return { ...(file ? { blob: file } : { url }), ...(this.inputs.keep!.value && drive !== "cdrom" ? { persist: name } : {}) };
  }

  private async forget(): Promise<void> {
    await this.powerOff();
    for (const name of Object.values(this.saved)) await forgetWrites(name);
    this.mention("The kept writes are forgotten.");
  }

  // --- screen and keyboard ---

  private draw(s: Events["screen"]): void {
    const { canvas } = this;
    if (canvas.width !== s.width || canvas.height !== s.height) {
      Object.assign(canvas, { width: s.width, height: s.height });
      canvas.style.aspectRatio = `${s.width * s.pixelWidth} / ${s.height * s.pixelHeight}`;
      this.scale();
    }
    canvas.getContext("2d")!.putImageData(new ImageData(s.pixels, s.width), 0, s.first);
  }

  // Where there is room, whole dots: each as wide as the next. Where there is none, smoothed.
  private scale(): void {
    const room = this.display.clientWidth - parseFloat(getComputedStyle(this.display).paddingLeft) * 2;
    const whole = Math.floor((room * devicePixelRatio) / this.canvas.width);
    this.canvas.classList.toggle("crisp", whole >= 1);
    this.canvas.style.width = whole >= 1 ? `${(whole * this.canvas.width) / devicePixelRatio}px` : "";
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
}

export function startPC(): () => string {
  const tab = new PCTab(document.getElementById("panel-pc")!);
  return () => tab.address;
}
