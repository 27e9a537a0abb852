// The WebAssembly module and one machine in it, as functions: everything here is synchronous and
// runs on the thread that calls it. front/web/web.c is the other side.

/** What a machine asks for. Offsets and sizes are bytes. */
export interface CoreHost {
  diskRead(disk: number, offset: number, to: Uint8Array): boolean;
  diskWrite(disk: number, offset: number, from: Uint8Array): boolean;
  diskFlush(disk: number): boolean;
  serialWrite(uart: number, byte: number): void;
  debugWrite(byte: number): void;
  parallelWrite(byte: number): void;
  log(kind: "guest" | "stub" | "host", text: string): void;
}

/** Why a run ended; the order of enum vt_stop_reason. */
export const stopReasons = [
  "limit", "time", "power-off", "reset", "debug-exit", "halted", "triple-fault", "break", "fault", "input",
] as const;
export type StopReason = (typeof stopReasons)[number];

export const slots = ["hda", "hdb", "hdc", "hdd", "fda", "fdb"] as const;
export type Slot = (typeof slots)[number];

export interface DriveFlags {
  readOnly?: boolean;
  snapshot?: boolean;
  cdrom?: boolean;
}

export interface Stop {
  reason: StopReason;
  code: number;
}

/** A picture of the screen. `pixels` are RGBA and lie in the module's memory: use or copy them at once. */
export interface Picture {
  width: number;
  height: number;
  pixelWidth: number;
  pixelHeight: number;
  changedFirst: number;
  changedEnd: number;
  isText: boolean;
  isBlank: boolean;
  pixels: Uint8ClampedArray;
}

/** Kinds of web_json; the order of enum json_kind. */
const jsonKinds = {
  description: 0, registers: 1, instruction: 2, delta: 3, prediction: 4, pageWalk: 5, devices: 6, device: 7, why: 8,
} as const;
export type JsonKind = keyof typeof jsonKinds;

export const motions = { step: 0, over: 1, out: 2, run: 3 } as const;
export type Motion = keyof typeof motions;
export const breakKinds = { execute: 0, read: 1, write: 2, register: 3 } as const;
export type BreakKind = keyof typeof breakKinds;

type Exports = Record<string, (...words: number[]) => number> & { memory: WebAssembly.Memory };

/** Thrown when something can't be done; the message is for a person. */
export class VitrineError extends Error {}

/** The compiled module with its memory. Several machines live in one. */
export class Core {
  readonly x: Exports;
  private readonly hosts = new Map<number, CoreHost>();
  private nextNumber = 1;

  constructor(module: WebAssembly.Module) {
    const logKinds = ["guest", "stub", "host"] as const;
    const host = (n: number): CoreHost => this.hosts.get(n)!;
    const imports = {
      disk_read: (n: number, disk: number, offset: number, to: number, size: number) =>
        +host(n).diskRead(disk, offset, this.bytes(to, size)),
      disk_write: (n: number, disk: number, offset: number, from: number, size: number) =>
        +host(n).diskWrite(disk, offset, this.bytes(from, size)),
      disk_flush: (n: number, disk: number) => +host(n).diskFlush(disk),
      serial_write: (n: number, uart: number, byte: number) => host(n).serialWrite(uart, byte),
      debug_write: (n: number, byte: number) => host(n).debugWrite(byte),
      parallel_write: (n: number, byte: number) => host(n).parallelWrite(byte),
      log: (n: number, kind: number, text: number) => host(n).log(logKinds[kind] ?? "host", this.text(text)),
      panic: (file: number, line: number, what: number) => {
        throw new VitrineError(`a defect in Vitrine: ${this.text(file)}:${line}: ${this.text(what)}`);
      },
    };
    const instance = new WebAssembly.Instance(module, { host: imports });
    this.x = instance.exports as unknown as Exports;
  }

  /** A view of the module's memory; valid until the next call that may allocate. */
  bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.x.memory.buffer, at, size);
  }

  /** Zero-ended text. */
  text(at: number): string {
    if (at === 0) return "";
    const memory = new Uint8Array(this.x.memory.buffer);
    const end = memory.indexOf(0, at);
    return new TextDecoder("latin1").decode(memory.slice(at, end));
  }

  /** Copies bytes into new memory of the module. */
  put(bytes: Uint8Array): number {
    const at = this.take(bytes.length);
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  putText(text: string): { at: number; size: number } {
    const bytes = new TextEncoder().encode(text + "\0");
    return { at: this.put(bytes), size: bytes.length };
  }

  take(size: number): number {
    const at = this.x.web_take!(size) >>> 0;
    if (at === 0) throw new VitrineError("the browser gives no more memory: choose less for the machine");
    return at;
  }

  giveBack(at: number, size: number): void {
    this.x.web_give_back!(at, size);
  }

  create(host: CoreHost): CoreMachine {
    const number = this.nextNumber++;
    this.hosts.set(number, host);
    const handle = this.x.web_new!(number) >>> 0;
    if (handle === 0) throw new VitrineError("the browser gives no more memory");
    return new CoreMachine(this, handle, () => this.hosts.delete(number));
  }
}

/** A machine: configured first, then created as one of three kinds, then run. */
export class CoreMachine {
  private readonly taken: { at: number; size: number }[] = [];

  constructor(readonly core: Core, readonly handle: number, private readonly forget: () => void) {}

  /** Text with the lifetime of the machine. */
  text(text: string): number {
    const { at, size } = this.core.putText(text);
    this.taken.push({ at, size });
    return at;
  }

  call(name: string, ...words: number[]): number {
    return this.core.x["web_" + name]!(this.handle, ...words);
  }

  // --- making a PC ---

  setBytes(what: "bios" | "vgaBios" | "kernel" | "initrd", bytes: Uint8Array): void {
    const at = this.core.put(bytes);
    this.taken.push({ at, size: bytes.length });
    this.call("pc_bytes", ["bios", "vgaBios", "kernel", "initrd"].indexOf(what), at, bytes.length);
  }

  setText(what: "cpu" | "append" | "bootOrder", text: string): void {
    this.call("pc_text", ["cpu", "append", "bootOrder"].indexOf(what), this.text(text));
  }

  setNumber(what: "memory" | "vga" | "serialPorts" | "bootMenu" | "date" | "debugcon" | "noReboot" | "nsPerInstruction", value: number): void {
    const order = ["memory", "vga", "serialPorts", "bootMenu", "date", "debugcon", "noReboot", "nsPerInstruction"];
    this.call("pc_number", order.indexOf(what), value);
  }

  setDrive(slot: Slot, disk: number, size: number, flags: DriveFlags, isPresent: boolean): void {
    this.call("pc_drive", slots.indexOf(slot), packFlags(flags, isPresent), disk, size);
  }

  createPC(): void {
    this.check(this.call("pc_create"));
  }

  changeMedium(slot: Slot, disk: number, size: number, flags: DriveFlags, isPresent: boolean, isForced = false): void {
    this.check(this.call("change_medium", slots.indexOf(slot), packFlags(flags, isPresent), disk, size, +isForced));
  }

  check(status: number): void {
    if (status !== 0) throw new VitrineError(this.core.text(this.core.x.web_status_text!(status)));
  }

  destroy(): void {
    this.call("destroy");
    for (const { at, size } of this.taken) this.core.giveBack(at, size);
    this.forget();
  }

  // --- running ---

  run(maxInstructions: number, untilNs: number): Stop {
    const reason = this.call("run", maxInstructions, untilNs);
    return { reason: stopReasons[reason]!, code: this.call("stop_code") };
  }

  move(motion: Motion, isBack: boolean, maxSteps = Infinity): Stop {
    const reason = this.call("move", motions[motion], +isBack, maxSteps);
    return { reason: stopReasons[reason]!, code: this.call("stop_code") };
  }

  /** Sixteen hexadecimal digits, as `vitrine --digest` prints them. */
  digest(): string {
    const half = (isHigh: number) => (this.call("digest", isHigh) >>> 0).toString(16).padStart(8, "0");
    return half(1) + half(0);
  }

  // --- input ---

  serialInput(uart: number, bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const at = this.core.put(bytes);
    const taken = this.call("serial_input", uart, at, bytes.length);
    this.core.giveBack(at, bytes.length);
    return taken;
  }

  /** Presses and releases that make a character: keys of vt_key, 0x80000000 for a release. */
  keysOfCharacter(character: number): number[] {
    const at = this.core.take(16);
    const count = this.core.x.web_keys_of_character!(this.handle, character, at);
    const keys = [...new Uint32Array(this.core.x.memory.buffer, at, count)];
    this.core.giveBack(at, 16);
    return keys;
  }

  // --- output ---

  picture(): Picture | null {
    const at = this.call("screen") >>> 0;
    const number = (n: number) => this.call("screen_number", n);
    const width = number(0), height = number(1);
    if (at === 0 || width === 0) return null;
    return {
      width, height, pixelWidth: number(2), pixelHeight: number(3), changedFirst: number(4), changedEnd: number(5),
      isText: number(6) !== 0, isBlank: number(7) !== 0,
      pixels: new Uint8ClampedArray(this.core.x.memory.buffer, at, 4 * width * height),
    };
  }

  /** The rows of a text screen; null: it shows graphics. */
  textScreen(): string[] | null {
    const size = this.call("text") >>> 0;
    if (size === 0) return null;
    const columns = size & 0xffff, rows = size >>> 16;
    return Array.from({ length: rows }, (_, row) => {
      const at = this.call("text_row", row);
      return Array.from(this.core.bytes(at, columns), (c) => codePage437[c] ?? " ").join("").trimEnd();
    });
  }

  // --- looking inside ---

  json(kind: JsonKind, argument = 0): unknown {
    for (let size = 16384; ; ) {
      const at = this.core.take(size);
      const length = this.call("json", jsonKinds[kind], argument, at, size);
      const text = length <= size ? new TextDecoder().decode(this.core.bytes(at, length).slice()) : "";
      this.core.giveBack(at, size);
      if (length <= size) return JSON.parse(text);
      size = length;
    }
  }

  memory(space: number, address: number, count: number): Uint16Array {
    const at = this.core.take(2 * count);
    const done = this.call("memory", space, address, at, count);
    const cells = new Uint16Array(this.core.x.memory.buffer.slice(at, at + 2 * done));
    this.core.giveBack(at, 2 * count);
    return cells;
  }

  setMemory(space: number, address: number, cells: ArrayLike<number>): number {
    const bytes = new Uint8Array(Uint16Array.from(cells).buffer);
    const at = this.core.put(bytes);
    const done = this.call("set_memory", space, address, at, cells.length);
    this.core.giveBack(at, bytes.length);
    return done;
  }

  /** What web_frames and web_branches fill: four numbers a row. */
  rows(name: "frames" | "branches"): number[][] {
    const at = this.core.take(64 * 32);
    const count = this.call(name, at);
    const numbers = new Float64Array(this.core.x.memory.buffer, at, 4 * count);
    const rows = Array.from({ length: count }, (_, n) => [...numbers.subarray(4 * n, 4 * n + 4)]);
    this.core.giveBack(at, 64 * 32);
    return rows;
  }

  /** Steps in [first, end) that are worth a mark, and of which kind; 128 at most. */
  marks(first: number, end: number): { step: number; kind: number }[] {
    const at = this.core.take(128 * 16);
    const count = this.call("marks", first, end, at);
    const numbers = new Float64Array(this.core.x.memory.buffer, at, 2 * count);
    const found = Array.from({ length: count }, (_, n) => ({ step: numbers[2 * n]!, kind: numbers[2 * n + 1]! }));
    this.core.giveBack(at, 128 * 16);
    return found;
  }

  /** NaN with a reason: it makes no sense. */
  evaluate(expression: string): { value: number; error: string } {
    const { at, size } = this.core.putText(expression);
    const error = this.core.take(4);
    const value = this.call("evaluate", at, error);
    const text = Number.isNaN(value) ? this.core.text(new Uint32Array(this.core.x.memory.buffer, error, 1)[0]!) : "";
    this.core.giveBack(at, size);
    this.core.giveBack(error, 4);
    return { value, error: text };
  }

  addBreak(kind: BreakKind, first: number, last: number, space: number, condition: string): number {
    const { at, size } = this.core.putText(condition);
    const number = this.call("break_add", breakKinds[kind], space, first, last, at);
    this.core.giveBack(at, size);
    return number;
  }

  setSymbols(symbols: { name: string; address: number }[]): void {
    const pairs = new Uint32Array(symbols.flatMap((s) => [this.text(s.name), s.address]));
    const bytes = new Uint8Array(pairs.buffer);
    const at = this.core.put(bytes);
    this.call("set_symbols", at, symbols.length);
    this.core.giveBack(at, bytes.length);
  }
}

function packFlags(flags: DriveFlags, isPresent: boolean): number {
  return +isPresent | (flags.readOnly ? 2 : 0) | (flags.snapshot ? 4 : 0) | (flags.cdrom ? 8 : 0);
}

/** Code page 437 as Unicode. */
export const codePage437: string[] = [...(
  " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼" +
  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~⌂" +
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"
)];
