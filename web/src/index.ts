// The library: createPC, createLC3, createToy. In a browser each machine has a worker of its own; in node it runs on
// the calling thread, in slices between which the program's own events are served.
import { Core, VitrineError, motions, slots } from "./core.js";
import type { BreakKind, DriveFlags, JsonKind, Motion, Slot, StopReason } from "./core.js";
import { Disk, forgetWrites, isNode } from "./disks.js";
import type { DiskOptions, DiskSpec } from "./disks.js";
import { Engine } from "./engine.js";
import type { Branch, Diagnostic, Emit, Events, Frame, Mark, Moment, Question, ScreenUpdate, Spec } from "./engine.js";

export { VitrineError, forgetWrites, slots };
export type { Branch, BreakKind, Diagnostic, DiskOptions, DiskSpec, DriveFlags, Events, Frame, JsonKind, Mark, Moment, Motion, Question, ScreenUpdate, Slot, StopReason };

/** Where the library's own files are: beside this module unless said otherwise. */
export interface Places {
  /** Hears of downloads while the machine is being made, when nobody can listen to it yet. */
  onProgress?: (progress: Events["progress"]) => void;
  wasm?: string | URL;
  worker?: string | URL;
}

export type Drive = DiskSpec | (DiskOptions & DriveFlags);

export interface PCOptions extends Places {
  /** Bytes, or with K, M, G behind: "256M". The default is 128M. */
  memory?: number | string;
  cpu?: "486" | "pentium" | "pentium3" | "max";
  hda?: Drive; hdb?: Drive; hdc?: Drive; hdd?: Drive;
  cdrom?: DiskSpec;
  fda?: Drive; fdb?: Drive;
  kernel?: DiskSpec;
  initrd?: DiskSpec;
  /** The kernel's command line. */
  append?: string;
  bios?: DiskSpec;
  vgaBios?: DiskSpec;
  /** Letters of a c d n; the default is "cad". */
  bootOrder?: string;
  bootMenu?: boolean;
  serialPorts?: number;
  debugcon?: boolean;
  /** What the clock shows at the start; now unless given. */
  date?: Date;
  /** Guest time of an instruction, 1 to 1024 whole nanoseconds; 4 unless given. */
  nsPerInstruction?: number;
  /** False: as fast as it goes, and the same on each run. True, the default: no faster than real time. */
  paced?: boolean;
}

export interface LC3Options extends Places {
  /** A program in assembly language. */
  source: string;
  edition?: 2 | 3;
  /** Programs may touch system space and device registers. */
  unprivileged?: boolean;
  /** HALT and faults run through the operating system's routines. */
  realTraps?: boolean;
}

export interface ToyOptions extends Places {
  /** Text, or the JSON list. */
  source: string;
}

// --- the other side ---

type Call = (method: string, words: unknown[], transfer?: Transferable[]) => Promise<unknown>;

interface Side {
  call: Call;
  end(): void;
}

const beside = (name: string) => new URL(name, import.meta.url);

async function workerSide(places: Places, emit: Emit): Promise<Side> {
  const worker = new Worker(places.worker ?? beside("./worker.js"), { type: "module" });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  worker.onmessage = ({ data }) => {
    if ("event" in data) return emit(data.event, data.payload);
    const { resolve, reject } = waiting.get(data.id)!;
    waiting.delete(data.id);
    if ("error" in data) reject(new VitrineError(data.error));
    else resolve(data.result);
  };
  worker.onerror = (event) => {
    const error = new VitrineError(event.message || "the worker can't be started: is worker.js there?");
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const call: Call = (method, words, transfer = []) => new Promise((resolve, reject) => {
    waiting.set(nextId, { resolve, reject });
    worker.postMessage({ id: nextId++, method, words }, transfer);
  });
  try {
    await call("load", [String(places.wasm ?? beside("./vitrine.wasm"))]);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return { call, end: () => worker.terminate() };
}

let nodeModule: Promise<WebAssembly.Module> | undefined;

async function nodeSide(places: Places, emit: Emit): Promise<Side> {
  const compile = async (place: string | URL) => {
    const fs = await import("node:fs/promises");
    return WebAssembly.compile(await fs.readFile(place));
  };
  const module = await (places.wasm ? compile(places.wasm) : (nodeModule ??= compile(beside("./vitrine.wasm"))));
  const engine = new Engine(new Core(module), emit) as unknown as Record<string, (...w: unknown[]) => unknown>;
  return { call: async (method, words) => engine[method]!(...words), end() {} };
}

// --- machines ---

type Listener<E extends keyof Events> = (payload: Events[E]) => void;

/** What all machines can do. Each method answers when the machine has done it. */
export class Machine {
  protected side!: Side;
  private readonly listeners = new Map<string, Set<Listener<never>>>();
  private running = false;
  /** The source's line of each address that has one (toy and LC-3). */
  lines: Record<number, number> = {};
  /** The program's labels (toy and LC-3). */
  symbols: { name: string; address: number }[] = [];

  protected async open(spec: Spec, places: Places): Promise<this> {
    const emit: Emit = (event, payload) => {
      if (event === "progress") places.onProgress?.(payload as Events["progress"]);
      this.hear(event, payload);
    };
    this.side = await (isNode ? nodeSide : workerSide)(places, emit);
    try {
      Object.assign(this, await this.call("create", spec) as Pick<Machine, "lines" | "symbols">);
    } catch (error) {
      this.side.end();
      throw error;
    }
    return this;
  }

  protected call(method: string, ...words: unknown[]): Promise<unknown> {
    return this.side.call(method, words);
  }

  private hear<E extends keyof Events>(event: E, payload: Events[E]): void {
    if (event === "run") this.running = true;
    if (event === "stop") this.running = false;
    for (const listener of this.listeners.get(event) ?? []) (listener as Listener<E>)(payload);
  }

  /** Returns a function that ends the listening. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(listener as Listener<never>));
    if (event === "screen" && all.size === 1) void this.call("watchScreen", true);
    return () => {
      all.delete(listener as Listener<never>);
      if (event === "screen" && all.size === 0) void this.call("watchScreen", false);
    };
  }

  /** The next event of a kind. */
  once<E extends keyof Events>(event: E): Promise<Events[E]> {
    return new Promise((resolve) => {
      const end = this.on(event, (payload) => { end(); resolve(payload); });
    });
  }

  get isRunning(): boolean { return this.running; }

  /** Starts it. It has then begun; "stop" tells when and why it ended. */
  async run(): Promise<void> { await this.call("run"); }
  /** Runs until so many instructions have been carried out since power-on, and answers why it stopped. */
  async runTo(instructions: number): Promise<Events["stop"]> {
    const stop = this.once("stop");
    await this.call("run", instructions);
    return stop;
  }
  async pause(): Promise<void> { await this.call("pause"); }
  async reset(): Promise<void> { await this.call("reset"); }
  async destroy(): Promise<void> {
    await this.call("destroy");
    this.side.end();
  }

  async step(): Promise<Events["stop"]> { return this.move("step"); }
  /** Step, over a call, out of it, or run to a breakpoint; backwards on toy and LC-3. */
  async move(motion: Motion, isBack = false): Promise<Events["stop"]> {
    return await this.call("move", motion, isBack) as Events["stop"];
  }
  /** Goes to a moment of the history (toy and LC-3). */
  async goTo(step: number): Promise<boolean> { return await this.call("goTo", step) as boolean; }

  /** Bytes to serial port 0; on toy and LC-3 these are the keys. */
  async serialSend(text: string | Uint8Array): Promise<void> {
    await this.call("serialSend", typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  /** Registers by name, as numbers; those of 64 bits as bigint. */
  async registers(): Promise<Record<string, number | bigint>> {
    const [description, values] = await this.look({ json: "description" }, { json: "registers" }) as
      [{ registers: { name: string; bits: number }[] }, string[]];
    return Object.fromEntries(description.registers.map((r, n) =>
      [r.name, r.bits > 52 ? BigInt("0x" + values[n]) : parseInt(values[n]!, 16)]));
  }
  /** By name, as the description spells it. False: this one can't be set so. */
  async setRegister(name: string, value: number): Promise<boolean> {
    const [d] = await this.look({ json: "description" }) as [{ registers: { name: string }[] }];
    const n = d.registers.findIndex((r) => r.name.toLowerCase() === name.toLowerCase());
    if (n < 0) throw new VitrineError(`${name}: no such register`);
    return await this.call("setRegister", n, value) as boolean;
  }
  /** Cells of an address space (0 is the one that programs run in). Looking has no effect on devices. */
  async memory(address: number, count: number, space = 0): Promise<Uint16Array> {
    return await this.call("look", [{ memory: space, address, count }]).then((a) => (a as [Uint16Array])[0]);
  }
  async setMemory(address: number, cells: ArrayLike<number>, space = 0): Promise<number> {
    return await this.call("setMemory", space, address, [...Array.from(cells)]) as number;
  }
  async evaluate(expression: string): Promise<number> {
    const { value, error } = await this.call("evaluate", expression) as { value: number; error: string };
    if (Number.isNaN(value)) throw new VitrineError(error);
    return value;
  }
  /** Returns its number, which the "stop" event has as `code`. */
  async addBreakpoint(kind: BreakKind, first: number, last = first, options: { space?: number; condition?: string } = {}): Promise<number> {
    const n = await this.call("breakAdd", kind, first, last, options.space ?? 0, options.condition ?? "") as number;
    if (n < 0) throw new VitrineError("this machine can't have this breakpoint, there are too many, or its condition is longer than 95 characters");
    return n;
  }
  async removeBreakpoint(number: number): Promise<void> { await this.call("breakRemove", number); }
  /** Answers of one moment to several questions. */
  async look(...questions: Question[]): Promise<unknown[]> {
    return await this.call("look", questions) as unknown[];
  }
  async moment(): Promise<Moment> { return (await this.look({ ask: "moment" }))[0] as Moment; }
  async instructionCount(): Promise<number> { return (await this.moment()).instructions; }
  /** A hash of the machine's whole state, as `vitrine --digest` prints it. */
  async digest(): Promise<string> { return (await this.look({ ask: "digest" }))[0] as string; }
}

export class PC extends Machine {
  static make(spec: Spec, places: Places): Promise<PC> { return new PC().open(spec, places); }

  /** Presses the power button: a guest that listens shuts down. */
  async powerButton(): Promise<void> { await this.call("powerButton"); }
  /** Pulls the plug. */
  async powerOff(): Promise<void> { await this.destroy(); }
  /** Types text on the keyboard (US layout). */
  async keyboardSendText(text: string): Promise<void> { await this.call("keyboardSendText", text); }
  /** Scancodes of set 1, E0-prefixed ones 100h more, a release with 80000000h added. */
  async keyboardSendScancodes(codes: number[]): Promise<void> { await this.call("keyboardSend", codes); }
  async mouseSend(dx: number, dy: number, wheel: number, buttons: number): Promise<void> {
    await this.call("mouse", dx, dy, wheel, buttons);
  }
  /** The rows of a text screen; null: it shows graphics. */
  async screenText(): Promise<string[] | null> { return (await this.look({ ask: "text" }))[0] as string[] | null; }
  /** Puts another medium into a CD or floppy drive; null takes it out. */
  async setMedium(slot: "cdrom" | Slot, disk: Drive | null, isForced = false): Promise<void> {
    await this.call("setMedium", slot === "cdrom" ? "hdc" : slot, disk === null ? null : options(disk), isForced);
  }
  /** The image in a drive with the guest's writes in it. */
  async saveDisk(slot: Slot): Promise<Blob> { return await this.call("saveDisk", slot) as Blob; }
}

export class Study extends Machine {
  static make(spec: Spec, places: Places): Promise<Study> { return new Study().open(spec, places); }

  /** What the program has printed up to the present moment (LC-3; the toy's comes with "serial"). */
  async display(): Promise<string> { return (await this.look({ ask: "display" }))[0] as string; }
  /** The cells that an instruction becomes at an address; throws what is wrong with it. */
  async assembleAt(address: number, text: string): Promise<number[]> { return await this.call("assembleAt", address, text) as number[]; }
  /** Open calls, the innermost first. */
  async frames(): Promise<Frame[]> { return (await this.look({ ask: "frames" }))[0] as Frame[]; }
  /** Courses of events: input or an edit in the past begins another, and the one that was is kept. */
  async branches(): Promise<Branch[]> { return (await this.look({ ask: "branches" }))[0] as Branch[]; }
  async switchBranch(number: number): Promise<boolean> { return await this.call("switchBranch", number) as boolean; }
  /** Steps of the latest past that printed, took a key, or entered a handler. */
  async marks(): Promise<Mark[]> { return (await this.look({ ask: "marks" }))[0] as Mark[]; }
  /** Keys that wait to be read. */
  async keys(): Promise<string> { return (await this.look({ ask: "keys" }))[0] as string; }
}

// --- options ---

function options(spec: Drive): DiskOptions & DriveFlags {
  if (typeof spec === "string" || spec instanceof URL) {
    const isPath = isNode && !/^https?:/.test(String(spec));
    const path = spec instanceof URL && spec.protocol === "file:" ? decodeURIComponent(spec.pathname) : String(spec);
    return isPath ? { path } : { url: absolute(String(spec)) };
  }
  if (spec instanceof Uint8Array || spec instanceof ArrayBuffer) return { buffer: spec };
  if (typeof Blob !== "undefined" && spec instanceof Blob) return { blob: spec };
  const given = spec as DiskOptions & DriveFlags;
  return given.url === undefined ? given : { ...given, url: absolute(String(given.url)) };
}

// A worker's addresses would be relative to the worker.
const absolute = (url: string) => (typeof document === "undefined" ? url : String(new URL(url, document.baseURI)));

function bytesOf(memory: number | string): number {
  if (typeof memory === "number") return memory;
  const [, number, unit] = /^(\d+)([KMG]?)$/i.exec(memory) ?? [];
  if (!number) throw new VitrineError(`memory: ${memory}: not a size such as 128M`);
  const units: Record<string, number> = { "": 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };
  return Number(number) * units[unit!.toUpperCase()]!;
}

function nanoseconds(count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > 1024) throw new VitrineError(`nsPerInstruction: ${count}: not a whole number from 1 to 1024`);
  return count;
}

/** The default guest's options: a small Linux. `console`: where its shell is. */
export function defaultGuest(console: "ttyS0" | "tty0" = "ttyS0"): Pick<PCOptions, "kernel" | "initrd" | "append"> {
  return {
    kernel: beside("./guest/bzImage"),
    initrd: beside("./guest/initramfs.cpio.gz"),
    append: `console=${console} cryptomgr.notests noisapnp`,
  };
}

/** Makes a PC and powers it on; `run` starts it. Without disk, kernel and firmware of yours it is a small Linux. */
export async function createPC(given: PCOptions = {}): Promise<PC> {
  const isBare = !given.kernel && !given.bios && !given.cdrom && !slots.some((slot) => given[slot]);
  const o = isBare ? { ...given, ...defaultGuest(), ...(given.append ? { append: given.append } : {}) } : given;
  const drives: Partial<Record<Slot, DiskOptions & DriveFlags>> = {};
  for (const slot of slots) if (o[slot]) drives[slot] = options(o[slot]);
  if (o.cdrom) drives.hdc = { ...options(o.cdrom), cdrom: true };
  return PC.make({
    kind: "pc",
    memory: bytesOf(o.memory ?? "128M"),
    cpu: o.cpu ?? "max",
    bios: options(o.bios ?? beside("./firmware/bios-256k.bin")),
    vgaBios: options(o.vgaBios ?? beside("./firmware/vgabios-stdvga.bin")),
    ...(o.kernel ? { kernel: options(o.kernel) } : {}),
    ...(o.initrd ? { initrd: options(o.initrd) } : {}),
    append: o.append ?? "",
    bootOrder: o.bootOrder ?? "cad",
    bootMenu: o.bootMenu ?? false,
    serialPorts: o.serialPorts ?? 1,
    debugcon: o.debugcon ?? false,
    ...(o.nsPerInstruction !== undefined ? { nsPerInstruction: nanoseconds(o.nsPerInstruction) } : {}),
    date: Math.floor((o.date?.getTime() ?? Date.now()) / 1000),
    drives,
    paced: o.paced ?? true,
  }, o);
}

/** An LC-3 with a program in it. Throws if the program has errors; `checkLC3` lists them. */
export async function createLC3(o: LC3Options): Promise<Study> {
  return Study.make({ kind: "lc3", source: o.source, edition: o.edition ?? 3, unprivileged: o.unprivileged ?? false,
                      realTraps: o.realTraps ?? false, paced: false }, o);
}

/** The toy machine with a program in it. */
export async function createToy(o: ToyOptions): Promise<Study> {
  return Study.make({ kind: "toy", source: o.source, paced: false }, o);
}

/** The assemblers alone, on one side that stays. */
export class Assembler {
  private constructor(private readonly side: Side) {}
  static async open(places: Places = {}): Promise<Assembler> {
    return new Assembler(await (isNode ? nodeSide : workerSide)(places, () => {}));
  }
  async check(kind: "toy" | "lc3", source: string): Promise<Diagnostic[]> {
    return await this.side.call("check", [kind, source]) as Diagnostic[];
  }
  close(): void { this.side.end(); }
}

export { Disk, motions };
