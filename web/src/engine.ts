// A machine that runs in slices: what is on the other side of a page's message port, or in the same thread in node.
// It takes requests (a method's name and arguments) and emits events; index.ts is the side that people see.
import { Core, CoreMachine, VitrineError, slots } from "./core.js";
import type { BreakKind, DriveFlags, JsonKind, Motion, Picture, Slot, StopReason } from "./core.js";
import { Disk, fetchWhole } from "./disks.js";
import type { DiskOptions } from "./disks.js";

/** A machine to be made. */
export type Spec = PCSpec | LC3Spec | ToySpec;

export interface Diagnostic {
  line: number;
  column: number;
  length: number;
  message: string;
  hint: string;
  severity: "error" | "warning";
}

export interface PCSpec {
  kind: "pc";
  memory: number;
  cpu: string;
  bios: DiskOptions;
  vgaBios: DiskOptions;
  kernel?: DiskOptions;
  initrd?: DiskOptions;
  append: string;
  bootOrder: string;
  bootMenu: boolean;
  serialPorts: number;
  debugcon: boolean;
  nsPerInstruction?: number;
  date: number;
  drives: Partial<Record<Slot, DiskOptions & DriveFlags>>;
  paced: boolean;
}

export interface LC3Spec {
  kind: "lc3";
  source: string;
  edition: number;
  unprivileged: boolean;
  realTraps: boolean;
  paced: boolean;
}

export interface ToySpec {
  kind: "toy";
  source: string;
  paced: boolean;
}

/** What happens to a machine, as its listeners hear it. */
export interface Events {
  /** Text of serial port 0: the console of toy and LC-3. */
  serial: string;
  /** Bytes of any serial port. */
  "serial-bytes": { port: number; bytes: Uint8Array };
  /** Text from port E9h. */
  debugcon: string;
  /** Bytes for the printer at the parallel port. */
  parallel: Uint8Array;
  /** Lines of the screen that have changed. */
  screen: ScreenUpdate;
  /** The machine runs, or has stopped and why. */
  run: undefined;
  stop: { reason: StopReason | "pause"; code: number; text: string };
  /** Every second while it runs. */
  speed: { mips: number; instructions: number; guestSeconds: number; idle: boolean };
  progress: { what: string; loaded: number; total: number };
  log: { kind: string; text: string };
  /** Something went wrong on the other side; the machine has stopped. */
  error: string;
}

export interface ScreenUpdate extends Omit<Picture, "pixels" | "changedFirst" | "changedEnd"> {
  /** Number of the first line in `pixels`. */
  first: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

export type Emit = <E extends keyof Events>(event: E, payload: Events[E], transfer?: Transferable[]) => void;

/** A question about the machine, several of which are answered at one moment. */
export type Question =
  | { json: JsonKind; argument?: number }
  | { memory: number; address: number; count: number }
  | { instructions: number; count: number; before?: number }
  | { ask: "moment" | "display" | "keys" | "text" | "fault" | "digest" | "written" | "frames" | "branches" | "marks" };

/** An open call: who called what, in which step (-1: before the history), and by which cause. */
export interface Frame { call: number; target: number; step: number; cause: "instruction" | "interrupt" | "exception" | "edit" }
/** A step that is worth a mark on a timeline. */
export interface Mark { step: number; kind: "output" | "input" | "interrupt" | "exception" | "edit" }
/** A course of events: input in the past began another. */
export interface Branch { number: number; fork: number; last: number; isPresent: boolean }

export interface Moment {
  step: number;
  last: number;
  instructions: number;
  guestNs: number;
}

const SLICE_MS = 10;
const PICTURE_MS = 16;

export class Engine {
  private machine!: CoreMachine;
  private kind: Spec["kind"] = "toy";
  private readonly disks: (Disk | null)[] = slots.map(() => null);
  private isRunning = false;
  private isPaced = true;
  private sliceInstructions = 200_000;
  private limit = Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private started = { wallMs: 0, guestNs: 0 };
  private speed = { wallMs: 0, instructions: 0 };
  private pictureMs = 0;
  private watchesScreen = false;
  private serial: number[][] = [[], [], [], []];
  private input: number[] = [];
  private keys: number[] = [];
  private debug: number[] = [];
  private printer: number[] = [];
  private readonly decoder = new TextDecoder("utf-8", { fatal: false });
  /** Of the program in it: the source's line of each address, and the other way round. */
  private lines: Record<number, number> = {};
  private symbols: { name: string; address: number }[] = [];
  /** What a toy has printed, and in which step: its past is shown as it was. */
  private printed: { step: number; byte: number }[] = [];
  private isQuiet = false; // what is printed now has been printed before
  private readonly yieldPort = new MessageChannel();

  constructor(private readonly core: Core, private readonly emit: Emit) {
    this.yieldPort.port1.onmessage = () => this.slice();
    (this.yieldPort.port1 as unknown as { unref?(): void }).unref?.();
  }

  // --- making one ---

  async create(spec: Spec): Promise<{ lines: Record<number, number>; symbols: { name: string; address: number }[] }> {
    this.kind = spec.kind;
    this.isPaced = spec.paced;
    this.machine = this.core.create({
      diskRead: (disk, offset, to) => this.disks[disk]?.read(offset, to) ?? false,
      diskWrite: (disk, offset, from) => this.guard(() => this.disks[disk]?.write(offset, from) ?? false),
      diskFlush: (disk) => this.guard(() => this.disks[disk]?.flush() ?? false),
      serialWrite: (uart, byte) => {
        if (this.isQuiet) return;
        this.serial[uart]?.push(byte);
        if (this.kind === "toy") this.printed.push({ step: this.machine.call("steps"), byte });
      },
      debugWrite: (byte) => void this.debug.push(byte),
      parallelWrite: (byte) => void this.printer.push(byte),
      log: (kind, text) => this.emit("log", { kind, text }),
    });
    if (spec.kind === "pc") await this.createPC(spec);
    else if (spec.kind === "toy") this.createToy(spec);
    else this.createLC3(spec);
    return { lines: this.lines, symbols: this.symbols };
  }

  // A disk that fails is the guest's to deal with; the person hears of it as well.
  private guard(act: () => boolean): boolean {
    try {
      return act();
    } catch (error) {
      this.emit("error", (error as Error).message);
      return false;
    }
  }

  private async createPC(spec: PCSpec): Promise<void> {
    const m = this.machine;
    const files = { bios: spec.bios, vgaBios: spec.vgaBios, kernel: spec.kernel, initrd: spec.initrd };
    await Promise.all(Object.entries(files).map(async ([what, file]) => {
      if (file) m.setBytes(what as keyof typeof files, await this.load(what, file));
    }));
    m.setNumber("memory", spec.memory);
    m.setNumber("serialPorts", spec.serialPorts);
    m.setNumber("bootMenu", +spec.bootMenu);
    m.setNumber("date", spec.date);
    m.setNumber("debugcon", +spec.debugcon);
    if (spec.nsPerInstruction) m.setNumber("nsPerInstruction", spec.nsPerInstruction);
    m.setText("cpu", spec.cpu);
    m.setText("bootOrder", spec.bootOrder);
    if (spec.kernel) m.setText("append", spec.append);
    m.setDrive("hdc", 2, 0, { cdrom: true }, false); // an empty CD drive, unless a disk is there
    for (const slot of slots) {
      const drive = spec.drives[slot];
      if (drive) {
        const disk = await this.openDisk(slot, drive);
        m.setDrive(slot, slots.indexOf(slot), disk.size, this.flagsOf(drive, disk), true);
      }
    }
    m.createPC();
    if (m.call("instructions") !== 0) throw new VitrineError("the machine can't be made");
  }

  private flagsOf(drive: DriveFlags, disk: Disk): DriveFlags {
    return { cdrom: !!drive.cdrom, readOnly: disk.readOnly || !!drive.cdrom };
  }

  private async openDisk(slot: Slot, spec: DiskOptions): Promise<Disk> {
    const disk = await Disk.open(spec, (loaded, total) => this.emit("progress", { what: slot, loaded, total }));
    this.disks[slots.indexOf(slot)]?.close();
    this.disks[slots.indexOf(slot)] = disk;
    return disk;
  }

  private async load(what: string, file: DiskOptions): Promise<Uint8Array> {
    if (file.buffer) return new Uint8Array(file.buffer as ArrayBuffer);
    if (file.blob) return new Uint8Array(await file.blob.arrayBuffer());
    if (file.path !== undefined) {
      const fs = await import("node:fs");
      return fs.readFileSync(file.path);
    }
    return fetchWhole(String(file.url), (loaded, total) => this.emit("progress", { what, loaded, total }));
  }

  private createToy(spec: ToySpec): void {
    const x = this.core.x;
    const program = assembleToy(this.core, spec.source);
    this.machine.check(x.web_toy_create!(this.machine.handle, program));
    const count = x.web_toy_cell_count!(program);
    for (let cell = 0; cell < count; cell++) this.lines[cell] = x.web_toy_line!(program, cell);
    this.setSymbols("toy", program);
    x.web_toy_free!(program);
  }

  private createLC3(spec: LC3Spec): void {
    const x = this.core.x;
    const { at, size } = this.core.putText(spec.source);
    const program = x.web_lc3_assemble!(this.machine.handle, at, size - 1);
    this.core.giveBack(at, size);
    if (program === 0) throw new VitrineError("the browser gives no more memory");
    try {
      if (x.web_lc3_error_count!(program) > 0) throw new VitrineError("the program has errors");
      this.machine.check(
        x.web_lc3_create!(this.machine.handle, program, spec.edition, +spec.unprivileged, +spec.realTraps));
      for (let address = 0; address < 65536; address++) {
        const line = x.web_lc3_line!(program, address);
        if (line) this.lines[address] = line;
      }
      this.setSymbols("lc3", program);
    } finally {
      x.web_lc3_free!(program);
    }
  }

  private setSymbols(kind: "toy" | "lc3", program: number): void {
    const call = (what: string, n = 0) => this.core.x[`web_${kind}_symbol_${what}`]!(program, n);
    this.symbols = Array.from({ length: call("count") }, (_, n) => ({ name: this.core.text(call("name", n)), address: call("address", n) }));
    this.machine.setSymbols(this.symbols);
  }

  /** The cells that one instruction becomes at an address: labels of the program are known. */
  assembleAt(address: number, text: string): number[] {
    if (this.kind === "toy") return this.assembleToyAt(text);
    // It is assembled alone, so a label stands as what it means there: a distance, or behind .FILL an address.
    const isAddress = /^\s*\./.test(text);
    const alone = text.replace(/\b[A-Za-z_]\w*\b/g, (word) => {
      const symbol = this.symbols.find((s) => s.name.toLowerCase() === word.toLowerCase());
      return !symbol ? word : isAddress ? `x${symbol.address.toString(16)}` : `#${((symbol.address - address - 1) << 16) >> 16}`;
    });
    const { at, size } = this.core.putText(`.ORIG x${address.toString(16)}\n${alone}\n.END\n`);
    const x = this.core.x, program = x.web_lc3_assemble!(this.machine.handle, at, size - 1);
    this.core.giveBack(at, size);
    const cells: number[] = [];
    if (x.web_lc3_error_count!(program) === 0) {
      for (let n = 0, word = 0; (word = x.web_lc3_word!(program, address + n)) >= 0; n++) cells.push(word);
    }
    const why = lc3Diagnostics(this.core, program).find((d) => d.severity === "error");
    x.web_lc3_free!(program);
    if (why) throw new VitrineError(why.message);
    return cells;
  }

  private assembleToyAt(text: string): number[] {
    const alone = text.replace(/\b[A-Za-z_]\w*\b/g, (word) => String(this.symbols.find((s) => s.name === word)?.address ?? word));
    const x = this.core.x, why = checkToy(this.core, alone)[0];
    if (why) throw new VitrineError(why.message);
    const program = assembleToy(this.core, alone);
    const cells = Array.from({ length: x.web_toy_cell_count!(program) }, (_, n) => x.web_toy_cell!(program, n));
    x.web_toy_free!(program);
    return cells;
  }

  switchBranch(number: number): boolean {
    this.pause();
    return !!this.machine.call("switch_branch", number);
  }

  /** What the assembler has to say about a source. */
  check(kind: "toy" | "lc3", source: string): Diagnostic[] {
    return kind === "toy" ? checkToy(this.core, source) : checkLC3(this.core, source);
  }

  // --- running ---

  run(limit = Infinity): void {
    this.limit = limit;
    if (this.isRunning) return;
    this.isRunning = true;
    const now = performance.now();
    this.started = { wallMs: now, guestNs: this.machine.call("guest_ns") };
    this.speed = { wallMs: now, instructions: this.machine.call("instructions") };
    this.emit("run", undefined);
    this.again(0);
  }

  pause(): void {
    if (this.isRunning) this.stop("pause", 0);
  }

  private stop(reason: StopReason | "pause", code: number): void {
    this.isRunning = false;
    clearTimeout(this.timer);
    this.keepAlive(false);
    this.flushOutput();
    this.sendPicture(true);
    this.emit("stop", { reason, code, text: this.stopText(reason) });
  }

  private stopText(reason: string): string {
    if (reason !== "fault") return "";
    return this.kind === "pc" ? "" : this.core.text(this.machine.call(this.kind === "toy" ? "toy_fault" : "lc3_fault"));
  }

  private keepAlive(isOn: boolean): void {
    const port = this.yieldPort.port1 as unknown as { ref?(): void; unref?(): void };
    if (isOn) port.ref?.();
    else port.unref?.();
  }

  // Lets waiting requests in, then goes on.
  private again(delayMs: number): void {
    this.keepAlive(true);
    if (delayMs > 1) this.timer = setTimeout(() => this.slice(), delayMs);
    else this.yieldPort.port2.postMessage(0);
  }

  // Up to where guest time may go: real time, and no further behind than a little.
  private paceNs(nowMs: number): number {
    if (!this.isPaced) return Infinity;
    const target = this.started.guestNs + (nowMs - this.started.wallMs) * 1e6;
    const guest = this.machine.call("guest_ns");
    if (target - guest > 200e6) {
      this.started = { wallMs: nowMs, guestNs: guest };
      return guest + SLICE_MS * 1e6;
    }
    return target + 1e6;
  }

  private slice(): void {
    if (!this.isRunning) return;
    try {
      this.runSlice();
    } catch (error) {
      this.stop("fault", 0);
      this.emit("error", (error as Error).message);
    }
  }

  private runSlice(): void {
    const m = this.machine;
    const begin = performance.now();
    const before = m.call("instructions");
    this.offerInput();
    // Toy and LC-3 count a nanosecond a step: their pace is that of the host.
    const until = this.kind === "pc" ? this.paceNs(begin) : Infinity;
    const stop = m.run(Math.min(before + this.sliceInstructions, this.limit), until);
    const took = performance.now() - begin;
    const done = m.call("instructions") - before;
    if (done >= this.sliceInstructions) {
      const factor = Math.min(2, Math.max(0.5, SLICE_MS / Math.max(took, 0.5)));
      this.sliceInstructions = Math.min(20_000_000, Math.max(20_000, Math.floor(this.sliceInstructions * factor)));
    }
    this.flushOutput();
    this.sendPicture(false);
    this.tellSpeed();
    if (stop.reason === "limit" && m.call("instructions") < this.limit) return this.again(0);
    if (stop.reason === "time") return this.again(this.waitMs());
    if (stop.reason === "input" && this.input.length > 0) return this.again(0);
    if (stop.reason === "halted" && this.kind === "pc" && this.isPaced) return this.again(50);
    this.stop(stop.reason, stop.code);
  }

  // An idle guest sleeps until its next event; input wakes it.
  private waitMs(): number {
    const aheadNs = (toNs: number) => toNs - this.started.guestNs - (performance.now() - this.started.wallMs) * 1e6;
    if (!this.machine.call("is_idle")) return Math.max(0, aheadNs(this.machine.call("guest_ns")) / 1e6);
    return Math.min(50, Math.max(1, aheadNs(this.machine.call("next_event_ns")) / 1e6));
  }

  private wake(): void {
    if (this.isRunning && this.timer !== undefined) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.again(0);
    }
  }

  private offerInput(): void {
    const m = this.machine;
    if (this.input.length > 0) {
      const taken = m.serialInput(0, Uint8Array.from(this.input.slice(0, 4096)));
      this.input.splice(0, taken);
    }
    // Two free places: a key has up to four bytes, and the guest is to keep pace.
    while (this.keys.length > 0 && m.call("key_room") >= 2) {
      const key = this.keys[0]!;
      if (!m.call("key", key & 0xffff, +(key >>> 31 === 0))) break;
      this.keys.shift();
    }
  }

  private flushOutput(): void {
    this.serial.forEach((bytes, port) => {
      if (bytes.length === 0) return;
      const copy = Uint8Array.from(bytes);
      bytes.length = 0;
      if (port === 0) this.emit("serial", this.decoder.decode(copy, { stream: true }));
      this.emit("serial-bytes", { port, bytes: copy });
    });
    if (this.debug.length > 0) {
      this.emit("debugcon", String.fromCharCode(...this.debug));
      this.debug.length = 0;
    }
    if (this.printer.length > 0) {
      this.emit("parallel", Uint8Array.from(this.printer));
      this.printer.length = 0;
    }
  }

  private tellSpeed(): void {
    const now = performance.now();
    if (now - this.speed.wallMs < 1000) return;
    const instructions = this.machine.call("instructions");
    this.emit("speed", {
      mips: (instructions - this.speed.instructions) / (now - this.speed.wallMs) / 1000,
      instructions,
      guestSeconds: this.machine.call("guest_ns") / 1e9,
      idle: !!this.machine.call("is_idle"),
    });
    this.speed = { wallMs: now, instructions };
  }

  private sendPicture(isForced: boolean): void {
    const now = performance.now();
    if (!this.watchesScreen || (!isForced && now - this.pictureMs < PICTURE_MS)) return;
    this.pictureMs = now;
    const p = this.machine.picture();
    if (!p || p.changedFirst >= p.changedEnd) return;
    const pixels = p.pixels.slice(4 * p.width * p.changedFirst, 4 * p.width * p.changedEnd);
    const { width, height, pixelWidth, pixelHeight, isText, isBlank } = p;
    this.emit("screen", { width, height, pixelWidth, pixelHeight, isText, isBlank, first: p.changedFirst, pixels },
              [pixels.buffer]);
  }

  /** Whether "screen" events are wanted; the first then brings the whole picture. */
  watchScreen(isOn: boolean): void {
    this.watchesScreen = isOn;
    if (isOn) this.sendPicture(true);
  }

  move(motion: Motion, isBack: boolean, maxSteps = 20_000_000): { reason: StopReason; code: number; text: string } {
    this.pause();
    this.offerInput();
    const stop = this.machine.move(motion, isBack, maxSteps);
    this.flushOutput();
    this.sendPicture(true);
    return { ...stop, text: this.stopText(stop.reason) };
  }

  goTo(step: number): boolean {
    this.pause();
    const isThere = !!this.machine.call("go_to", step);
    this.flushOutput();
    this.sendPicture(true);
    return isThere;
  }

  reset(): void {
    this.machine.call("reset");
    this.wake();
  }

  powerButton(): void {
    this.machine.call("power_button");
    this.wake();
  }

  destroy(): void {
    this.isRunning = false;
    clearTimeout(this.timer);
    this.yieldPort.port1.close();
    for (const disk of this.disks) disk?.close();
    this.machine?.destroy();
  }

  // --- input ---

  serialSend(bytes: Uint8Array): void {
    // Input in the past begins another course of events: what was printed later has not been.
    const now = this.kind === "toy" ? this.machine.call("steps") : 0;
    this.printed = this.printed.filter((p) => p.step < now);
    this.input.push(...bytes);
    this.offerInput();
    this.wake();
  }

  /** Scancodes of set 1; E0-prefixed ones are 100h more, and 80000000h marks a release. */
  keyboardSend(keys: number[]): void {
    this.keys.push(...keys);
    this.offerInput();
    this.wake();
  }

  keyboardSendText(text: string): void {
    this.keyboardSend([...text].flatMap((c) => {
      const code = c === "\n" ? 10 : c.charCodeAt(0);
      return code < 128 ? this.machine.keysOfCharacter(code) : [];
    }));
  }

  mouse(dx: number, dy: number, dz: number, buttons: number): void {
    this.machine.call("mouse", dx, dy, dz, buttons);
    this.wake();
  }

  // --- looking ---

  look(questions: Question[]): unknown[] {
    return questions.map((q) => this.answer(q));
  }

  private answer(q: Question): unknown {
    const m = this.machine;
    if ("json" in q) return m.json(q.json, q.argument);
    if ("memory" in q) return m.memory(q.memory, q.address, q.count);
    if ("instructions" in q) return [...this.listingBefore(q.instructions, q.before ?? 0), ...this.listing(q.instructions, q.count)];
    switch (q.ask) {
      case "moment":
        return { step: m.call("steps"), last: m.call("history_last"), instructions: m.call("instructions"),
                 guestNs: m.call("guest_ns") } satisfies Moment;
      case "display": return this.display();
      case "keys": return this.waitingKeys();
      case "text": return m.textScreen();
      case "digest": return m.digest();
      case "fault": return this.stopText("fault");
      case "frames": return m.rows("frames").map(([call, target, step, cause]): Frame =>
        ({ call: call!, target: target!, step: step!, cause: (["instruction", "interrupt", "exception", "edit"] as const)[cause!]! }));
      case "branches": return m.rows("branches").map(([number, fork, last, isPresent]): Branch =>
        ({ number: number!, fork: fork!, last: last!, isPresent: isPresent !== 0 }));
      case "marks": return this.marks();
      case "written": return this.kind === "toy" ? m.call("toy_registers_written") : 0;
    }
  }

  private listing(first: number, count: number): { address: number; length: number }[] {
    const rows: { address: number; length: number }[] = [];
    for (let address = first; rows.length < count; ) {
      const instruction = this.machine.json("instruction", address) as { length: number } | null;
      if (!instruction || instruction.length === 0) break;
      rows.push({ address, ...instruction });
      address += instruction.length;
    }
    return rows;
  }

  // Of the latest steps, as many as a short time allows. They are gone through once more, in silence.
  private marks(): Mark[] {
    const kinds = ["output", "input", "interrupt", "exception", "edit"] as const;
    const begin = performance.now();
    const found: { step: number; kind: number }[] = [];
    this.isQuiet = true;
    for (let end = this.machine.call("steps"); end > 0 && performance.now() - begin < 20 && found.length < 2048; end -= 128) {
      found.push(...this.machine.marks(Math.max(0, end - 128), end));
    }
    this.isQuiet = false;
    return found.map(({ step, kind }) => ({ step, kind: kinds[kind - 1]! }));
  }

  // Instructions have no fixed length: the first start from which they lead exactly to `address` counts.
  private listingBefore(address: number, count: number): unknown[] {
    for (let first = Math.max(0, address - 6 * count); count > 0 && first < address; first++) {
      const rows = this.listing(first, count + 6 * count).filter((row) => row.address < address);
      const last = rows.at(-1);
      if (last && last.address + last.length === address) return rows.slice(-count);
    }
    return [];
  }

  private display(): string {
    if (this.kind === "toy") {
      const now = this.machine.call("steps");
      const bytes = this.printed.filter((p) => p.step < now).slice(-65536).map((p) => p.byte);
      return bytes.map((byte) => String.fromCharCode(byte)).join("");
    }
    if (this.kind !== "lc3") return "";
    const count = this.machine.call("lc3_display_count"), first = Math.max(0, count - 65536);
    const at = this.core.take(65536);
    const length = this.machine.call("lc3_display", first, at, 65536);
    const text = new TextDecoder("latin1").decode(this.core.bytes(at, length).slice());
    this.core.giveBack(at, 65536);
    return text;
  }

  private waitingKeys(): string {
    const own = String.fromCharCode(...this.input);
    if (this.kind !== "lc3") return own;
    const at = this.core.take(256);
    const count = Math.min(256, this.machine.call("lc3_keys", at, 256));
    const text = String.fromCharCode(...this.core.bytes(at, count));
    this.core.giveBack(at, 256);
    return text + own;
  }

  setMemory(space: number, address: number, cells: number[]): number {
    return this.machine.setMemory(space, address, cells);
  }

  setRegister(register: number, value: number): boolean {
    return !!this.machine.call("set_register", register, value);
  }

  evaluate(expression: string): { value: number; error: string } {
    return this.machine.evaluate(expression);
  }

  breakAdd(kind: BreakKind, first: number, last: number, space: number, condition: string): number {
    return this.machine.addBreak(kind, first, last, space, condition);
  }

  breakRemove(number: number): boolean {
    return !!this.machine.call("break_remove", number);
  }

  // --- disks ---

  async setMedium(slot: Slot, spec: (DiskOptions & DriveFlags) | null, isForced = false): Promise<void> {
    const n = slots.indexOf(slot);
    if (!spec) {
      this.machine.changeMedium(slot, n, 0, {}, false, isForced);
      this.disks[n]?.close();
      this.disks[n] = null;
      return;
    }
    const disk = await Disk.open(spec, (loaded, total) => this.emit("progress", { what: slot, loaded, total }));
    const old = this.disks[n];
    this.machine.changeMedium(slot, n, disk.size, this.flagsOf({ cdrom: slot === "hdc", ...spec }, disk), true, isForced);
    old?.close();
    this.disks[n] = disk;
  }

  saveDisk(slot: Slot): Blob {
    const disk = this.disks[slots.indexOf(slot)];
    if (!disk) throw new VitrineError(`there is no image in ${slot}`);
    return disk.whole();
  }
}

// --- assemblers ---

function assembleToy(core: Core, source: string): number {
  const { at, size } = core.putText(source);
  const program = core.x.web_toy_assemble!(at, size - 1);
  core.giveBack(at, size);
  if (program === 0) throw new VitrineError("the browser gives no more memory");
  return program;
}

export function checkToy(core: Core, source: string): Diagnostic[] {
  const x = core.x, program = assembleToy(core, source);
  const number = (n: number, what: number) => x.web_toy_diagnostic_number!(program, n, what);
  const text = (n: number, isHint: number) => core.text(x.web_toy_diagnostic_text!(program, n, isHint));
  const found = Array.from({ length: x.web_toy_diagnostic_count!(program) }, (_, n): Diagnostic => ({
    line: number(n, 0), column: number(n, 1), length: number(n, 2), message: text(n, 0), hint: text(n, 1), severity: "error",
  }));
  x.web_toy_free!(program);
  return found;
}

export function checkLC3(core: Core, source: string): Diagnostic[] {
  const machine = core.create({
    diskRead: () => false, diskWrite: () => false, diskFlush: () => false, serialWrite() {}, debugWrite() {}, parallelWrite() {}, log() {},
  });
  const { at, size } = core.putText(source);
  const program = core.x.web_lc3_assemble!(machine.handle, at, size - 1);
  core.giveBack(at, size);
  if (program === 0) throw new VitrineError("the browser gives no more memory");
  const found = lc3Diagnostics(core, program);
  core.x.web_lc3_free!(program);
  machine.destroy();
  return found;
}

function lc3Diagnostics(core: Core, program: number): Diagnostic[] {
  for (let room = 16384; ; ) {
    const to = core.take(room);
    const length = core.x.web_lc3_json!(program, to, room);
    const text = length <= room ? new TextDecoder().decode(core.bytes(to, length).slice()) : "";
    core.giveBack(to, room);
    if (length <= room) return readDiagnostics(JSON.parse(text));
    room = length;
  }
}

function readDiagnostics(json: unknown): Diagnostic[] {
  const list = (Array.isArray(json) ? json : (json as { diagnostics: unknown[] }).diagnostics) as Record<string, unknown>[];
  return list.map((d) => ({
    line: Number(d.line), column: Number(d.column), length: Number(d.length ?? 1), message: String(d.message),
    hint: String(d.hint ?? ""), severity: d.severity === "warning" ? "warning" : "error",
  }));
}
