// The tab of a machine to learn on. It knows no machine by name beyond its assembler: all it shows comes from the
// machine's description and delta records (include/vitrine/debug.h). Its cards are in files of their own, study_*.ts.
import * as examples from "examples";
import { Assembler, createLC3, createToy } from "../src/index.js";
import type { Branch, Events, Frame, Mark, Motion, Study } from "../src/index.js";
import { Breaks } from "./breaks.js";
import { card, h, packText, setAddress, unpackText } from "./dom.js";
import { Editor } from "./editor.js";
import { linkFields } from "./lens.js";
import { Bar, programChoices } from "./study_bar.js";
import { callsAndStack, deviceTables, flagWords, keyCaps, registerButtons } from "./study_cards.js";
import { flipBit, writePlace } from "./study_edit.js";
import { LessonCard } from "./study_lesson.js";
import { keyOf, stackAt } from "./study_look.js";
import type { Desk, Kind, Look } from "./study_look.js";
import { MemoryCard } from "./study_memory.js";
import { momentWords, readMoment } from "./study_moment.js";
import type { Moment, Typed } from "./study_moment.js";
import { Rows } from "./study_rows.js";
import { Timeline } from "./timeline.js";
import { ValueCard, bases, inBase } from "./value.js";
import type { Base } from "./value.js";
import { DataPath, hex } from "./views.js";
import type { Delta, Description, Instruction, Place, WhyLink } from "./views.js";

const STACK_CELLS = 8;
let assembler: Promise<Assembler> | undefined;

class StudyTab implements Desk {
  machine: Study | null = null;
  description!: Description;
  look!: Look;
  private turn = 0; // counts programs
  private micro = -1; // the micro-operation of the next step that is shown; -1: none
  private path: DataPath | undefined;
  private stopped: Events["stop"] | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private reading: Promise<void> | undefined;
  private isStale = false;
  private deviceNames: string[] = [];
  private base: Base = "signed";
  private readonly ownBases = new Map<string, Base>();
  private chosen: Place | null = null;

  private typedKeys: Typed[] = []; // what was typed, and when: with the program it makes the run
  private opening: Moment | null = null; // the moment that the address asks for

  private readonly editor: Editor;
  private readonly breaks: Breaks;
  private readonly rows: Rows;
  private readonly memory: MemoryCard;
  private readonly lesson: LessonCard;
  private readonly bar: Bar;
  private readonly errors = h("ul.errors", { "aria-live": "polite" });
  private readonly say = h("p.say", { role: "status" });
  private readonly registerList = h("div.registers");
  private readonly flagList = h("div.flags");
  private readonly console = h("pre.console", { tabindex: 0, role: "log", "aria-label": "Console: type here" });
  private readonly queue = h("div.queue", { "aria-live": "polite" });
  private readonly calls = h("div.calls");
  private readonly devices = h("div.devices");
  private readonly pathPlace = h("div");
  private readonly microText = h("p.soft", { "aria-live": "polite" });
  private readonly canvas = h("canvas.screen", { width: 32, height: 24, role: "img", "aria-label": "Screen of the machine" });
  private readonly timeline = new Timeline((step) => void this.goTo(step), (number) => void this.switchBranch(number));
  private readonly value = new ValueCard({
    write: async (place, text) => { if (text.trim()) await this.edit((machine) => writePlace(machine, this.description, place, text)); },
    flip: (bit) => {
      const place = this.chosen;
      if (place) void this.edit((machine) => flipBit(machine, this.description, place.index, bit));
    },
    base: (place, base) => {
      if (base) this.ownBases.set(keyOf(place), base);
      else this.ownBases.delete(keyOf(place));
      this.paint();
    },
    goTo: (step) => void this.goTo(step),
    name: (place) => this.nameOf(place),
  });

  constructor(readonly kind: Kind, private readonly panel: HTMLElement) {
    this.editor = new Editor("Program", () => this.changed(), (line) => this.breakAtLine(line));
    const space = (kind: "read" | "write", text: string) => ({ name: kind, text, kind, space: 0 });
    this.breaks = new Breaks([{ name: "code", text: "code at", kind: "execute", space: 0 }, space("read", "memory is read at"), space("write", "memory is written at"),
                              { name: "register", text: "register changes", kind: "register", space: 0 }],
      { example: kind === "toy" ? "3" : "x3002", hint: "None. A click beside a line sets one; so does the key k for the next instruction." },
      { tell: (text, isBad) => this.tell(text, isBad), changed: () => this.breaksChanged(), registers: () => this.description.registers.map((r) => r.name) });
    this.rows = new Rows(this, this.editor, this.breaks);
    this.memory = new MemoryCard(this);
    this.lesson = new LessonCard(this, this.canvas, (program) => { this.editor.text = program; });
    this.bar = new Bar({ reset: () => this.restart(), run: () => this.toggleRun(), micro: () => this.microStep(), move: (motion, isBack) => this.move(motion, isBack),
                         share: () => this.share() },
      programChoices(kind, (lesson) => this.lesson.begin(lesson), (source) => {
        this.lesson.end();
        this.editor.text = source;
      }));
    this.build();
    linkFields(this.panel);
    const [packed = "", ...words] = location.hash.replace(/^#\w+=?/, "").split("&");
    const program = unpackText(packed);
    this.opening = readMoment(new URLSearchParams(words.join("&")));
    const first = examples[kind].find((e) => e.name.startsWith(kind === "toy" ? "first" : "hello")) ?? examples[kind][0]!;
    this.editor.text = program || first.source;
  }

  get address(): string { return `#${this.kind}=${packText(this.editor.text)}`; }

  /** With the present moment: the program, what was typed up to it, and the step's number. */
  private get momentAddress(): string {
    return this.address + momentWords(this.look?.moment.step ?? 0, this.typedKeys);
  }

  // --- what there is to see ---

  private build(): void {
    const baseChoice = h("select", { "aria-label": "Show values as", onchange: () => {
      this.base = baseChoice.value as Base;
      this.paint();
    } }, ...bases.map((name) => h("option", {}, name)));
    const registers = card("Registers", this.registerList, this.flagList);
    registers.firstElementChild!.append(baseChoice);
    this.console.addEventListener("keydown", (event) => this.typed(event));
    this.panel.append(this.bar.element, h("div.grid", {},
      h("div.column", {},
        this.lesson.element,
        card("Program", this.editor.view.dom, this.errors),
        card("Data path", this.pathPlace, this.microText),
        card("Console: click it, then type", this.console, this.queue),
        this.kind === "toy" ? card("Screen", this.canvas) : null,
        card("Devices", this.devices)),
      h("div.column", {},
        card("What happened", this.say, this.timeline.element),
        this.rows.element,
        h("div.pair", {}, h("div.column", {}, registers, card("Value", this.value.element), this.breaks.element),
          h("div.column", {}, this.memory.element, this.kind === "lc3" ? card("Stack and calls", this.calls) : null)))));
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  private shortcut(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (this.panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest(".cm-editor, .console, input, select")) return;
    if (event.key === "k") return this.breakAtNext();
    this.bar.press(event.key);
  }

  // --- the program ---

  private changed(): void {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => void this.assemble(), 150);
  }

  private async assemble(): Promise<void> {
    const source = this.editor.text;
    if (!this.opening) setAddress(this.address);
    assembler ??= Assembler.open();
    const found = await (await assembler).check(this.kind, source);
    if (source !== this.editor.text) return;
    this.editor.showDiagnostics(found);
    const errors = found.filter((d) => d.severity === "error");
    this.errors.replaceChildren(...found.map((d) => h("li", {},
      h("button", { onclick: () => this.editor.goTo(d.line, d.column) }, `Line ${d.line}: ${d.message}`), d.hint && h("small", {}, d.hint))));
    if (errors.length > 0) {
      this.turn++;
      await this.machine?.destroy();
      this.machine = null;
      this.tell("The program has an error; the text under it says what to do.", true);
      this.enable();
      return;
    }
    await this.restart();
  }

  /** A machine that is still being made when the next one is begun is thrown away. */
  private async restart(): Promise<void> {
    const source = this.editor.text, turn = ++this.turn;
    try {
      const machine = await (this.kind === "toy" ? createToy({ source }) : createLC3({ source }));
      if (turn !== this.turn) return await machine.destroy();
      const old = this.machine;
      this.machine = machine;
      this.typedKeys = [];
      await old?.destroy();
      this.listen(machine);
      await this.begin(machine);
    } catch (error) {
      if (turn === this.turn) this.tell((error as Error).message, true);
    }
  }

  private listen(machine: Study): void {
    machine.on("stop", (stop) => { this.halted(stop); void this.refresh().then(() => this.judge()); });
    machine.on("run", () => this.enable());
    machine.on("speed", () => void this.refresh());
    machine.on("serial", () => { if (machine.isRunning) void this.refresh(); });
    machine.on("error", (text) => this.tell(text, true));
    if (this.kind === "toy") machine.on("screen", (s) => this.draw(s));
  }

  private async begin(machine: Study): Promise<void> {
    const [description, devices] = await machine.look({ json: "description" }, { json: "devices" }) as [Description, string[]];
    this.description = description;
    this.deviceNames = devices;
    this.path = new DataPath(this.description);
    this.pathPlace.replaceChildren(this.path.element);
    await this.rows.read(machine);
    this.memory.begin(this.rows.first);
    this.stopped = undefined;
    this.micro = -1;
    this.chosen = null;
    this.timeline.forget();
    this.value.clear();
    await this.placeBreaks(machine);
    await this.goToOpening(machine);
    await this.refresh();
  }

  // A link may lead to a moment: what was typed is typed again, at the steps at which it was.
  private async goToOpening(machine: Study): Promise<void> {
    const { opening } = this;
    if (!opening) return;
    this.opening = null;
    const to = async (step: number) => { if (step > (await machine.moment()).step) await machine.runTo(step); };
    for (const { step, text } of opening.keys) {
      await to(step);
      await this.send(machine, text);
    }
    await to(opening.step);
    this.stopped = undefined;
  }

  // --- breakpoints ---

  private halted(stop: Events["stop"]): void {
    this.stopped = stop;
    if (stop.reason === "break") this.breaks.hit(stop.code);
  }

  private breakAtLine(line: number): void {
    const address = this.rows.addressOf(line);
    if (address === null) this.tell(this.machine ? `Line ${line} has no instruction to stop at.` : "The program has an error: mend it first.", true);
    else void this.breaks.toggle(address, this.rows.nameOf(address, line), line);
  }

  private breakAtNext(): void {
    const at = this.look?.next?.pc;
    if (at !== undefined) void this.breaks.toggle(at, this.rows.nameOf(at, this.lineOf(at)), this.lineOf(at));
  }

  private breaksChanged(): void {
    this.editor.breakLines = this.breaks.list.flatMap((b) => b.line ?? []);
    if (this.look) this.paint();
  }

  // In a program that was edited they are where their lines are now.
  private async placeBreaks(machine: Study): Promise<void> {
    const now = this.editor.breakLines, own = this.breaks.list.filter((b) => b.line !== undefined).sort((a, b) => a.line! - b.line!);
    own.forEach((b, n) => { b.line = now.length === own.length ? now[n]! : b.line!; });
    const isGone = now.length !== own.length;
    await this.breaks.attach(machine, (b) => {
      if (b.line === undefined) return b.first;
      const address = isGone && !now.includes(b.line) ? null : this.rows.addressOf(b.line);
      if (address !== null) b.label = `code at ${this.rows.nameOf(address, b.line)}`;
      return address;
    });
    this.editor.breakLines = this.breaks.list.flatMap((b) => b.line ?? []);
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
    this.halted(await this.machine.move(motion, isBack));
    await this.refresh();
    this.judge();
  }

  async goTo(step: number): Promise<void> {
    this.micro = -1;
    this.stopped = undefined;
    await this.machine?.goTo(step);
    await this.refresh();
  }

  /** After a stop: whether the program has done what the lesson asks. */
  private judge(): void {
    if (this.machine && !this.machine.isRunning && this.stopped?.reason === "power-off") this.lesson.judge();
  }

  private async switchBranch(number: number): Promise<void> {
    await this.machine?.switchBranch(number);
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
    void this.send(this.machine, text).then(async () => {
      if (this.stopped?.reason === "input") await this.machine!.run();
      else await this.refresh();
    });
  }

  // What was typed later belongs to another course of events.
  private async send(machine: Study, text: string): Promise<void> {
    const { step } = await machine.moment();
    this.typedKeys = this.typedKeys.filter((k) => k.step <= step);
    const last = this.typedKeys.at(-1);
    if (last?.step === step) last.text += text;
    else this.typedKeys.push({ step, text });
    await machine.serialSend(text);
  }

  private async share(): Promise<void> {
    setAddress(this.momentAddress);
    await navigator.clipboard?.writeText(location.href).then(() => this.tell("The link is in the clipboard."),
                                                             () => this.tell("The page's address is the link."));
  }

  // --- showing ---

  // One at a time; a wish that comes in the middle is granted after it.
  refresh(): Promise<void> {
    this.isStale = true;
    this.reading ??= this.readAll().finally(() => { this.reading = undefined; });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    while (this.isStale && this.machine) {
      this.isStale = false;
      await this.read(this.machine);
    }
  }

  private async read(machine: Study): Promise<void> {
    const moment = await machine.moment();
    const [texts, delta, next, display, keys, frames, written] = await machine.look(
      { json: "registers" }, { json: "delta", argument: moment.step - 1 }, { json: "prediction" }, { ask: "display" }, { ask: "keys" }, { ask: "frames" }, { ask: "written" }) as
      [string[], Delta | null, Delta | null, string, string, Frame[], number];
    const registers = texts.map((r) => parseInt(r, 16));
    this.memory.place(registers, next);
    const [memory, stack, ...devices] = await machine.look(
      { memory: 0, address: this.memory.first, count: this.memory.count }, { memory: 0, address: stackAt(this.description, registers), count: STACK_CELLS },
      ...this.deviceNames.map((_, argument) => ({ json: "device" as const, argument }))) as [Uint16Array, Uint16Array, ...Record<string, string>[]];
    if (machine !== this.machine) return;
    this.look = { moment, registers, delta: moment.step > 0 ? delta : null, next, display, keys, memory, stack, frames, written, devices };
    this.paint();
    if (!machine.isRunning) {
      await this.showChosen();
      const [marks, branches] = await machine.look({ ask: "marks" }, { ask: "branches" }) as [Mark[], Branch[]];
      if (machine === this.machine) this.timeline.showMarks(marks, branches);
    }
  }

  private enable(): void {
    this.bar.enable(!!this.machine, !!this.machine?.isRunning, this.look?.moment.step === 0);
  }

  tell(text: string, isBad = false): void {
    this.say.textContent = text;
    this.say.classList.toggle("bad", isBad);
  }

  show(value: number, width: number, place?: Place): string {
    return inBase(value, width, (place && this.ownBase(place)) ?? this.base);
  }

  ownBase(place: Place): Base | undefined { return this.ownBases.get(keyOf(place)); }

  isChosen(place: Place): boolean { return !!this.chosen && keyOf(this.chosen) === keyOf(place); }

  symbolAt(address: number): string | undefined { return this.machine?.symbols.find((s) => s.address === address)?.name; }

  nameOf(place: Place): string {
    if (place.kind !== "memory") return place.name ?? place.kind;
    const symbol = place.space ? undefined : this.symbolAt(place.index), cell = `x${hex(place.index, 16)}`;
    return symbol ? `${symbol} (${cell})` : `cell ${cell}`;
  }

  paint(): void {
    const { moment, delta, next } = this.look;
    this.enable();
    this.timeline.show(moment.step, moment.last);
    this.paintSentence();
    this.registerList.replaceChildren(...registerButtons(this));
    this.flagList.replaceChildren(...flagWords(this));
    if (this.console.textContent !== this.look.display) {
      this.console.textContent = this.look.display;
      this.console.scrollTop = this.console.scrollHeight;
    }
    this.queue.replaceChildren(...keyCaps(this.look.keys, this.stopped?.reason === "input"));
    if (this.machine?.isRunning) return; // the rest changes too fast to be read
    this.rows.paint();
    this.memory.paint();
    this.calls.replaceChildren(...callsAndStack(this));
    this.devices.replaceChildren(...deviceTables(this.deviceNames, this.look.devices));
    const shown = this.micro >= 0 ? next : delta;
    this.path?.show(shown, this.micro, this.look.registers, (v) => inBase(v, 16, this.base));
    const micro = this.micro >= 0 && next ? this.description.micros[next.micros[this.micro]!] : undefined;
    this.microText.textContent = micro ? `${micro.name}: ${micro.text}` : "Micro moves one state of the next instruction.";
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
    else if (this.stopped?.reason === "power-off" && moment.step === moment.last) this.tell(`${ends["power-off"]}${this.results()}`);
    else this.tell([delta?.text, this.stopped && moment.step === moment.last ? ends[this.stopped.reason] : ""].filter(Boolean).join(" "));
  }

  // What the toy's command prints at the end: the registers that the program has written.
  private results(): string {
    const { registers, written } = this.look, bit = (n: number) => Math.floor(written / 2 ** n) % 2;
    const words = this.description.registers.map((r, n) => (bit(n) ? `${r.name}: ${this.show(registers[n]!, r.bits)}` : "")).filter(Boolean);
    return words.length > 0 ? ` ${words.join(", ")}` : "";
  }

  private draw(s: Events["screen"]): void {
    if (this.canvas.width !== s.width || this.canvas.height !== s.height) Object.assign(this.canvas, { width: s.width, height: s.height });
    this.canvas.getContext("2d")!.putImageData(new ImageData(s.pixels, s.width), 0, s.first);
  }

  // --- one value: why, and another ---

  async choose(place: Place): Promise<void> {
    this.chosen = place;
    this.paint();
    await this.showChosen();
  }

  private async showChosen(): Promise<void> {
    const place = this.chosen, { machine } = this;
    if (!place || !machine) return;
    const packed = (place.kind === "register" ? 1 : 2) * 2 ** 40 + (place.space ?? 0) * 2 ** 36 + place.index;
    const isCell = place.kind === "memory";
    const [why, cell, instruction] = await machine.look({ json: "why", argument: packed }, { memory: 0, address: isCell ? place.index : 0, count: 1 },
      { json: "instruction", argument: isCell ? place.index : 0 }) as [WhyLink[], Uint16Array, Instruction];
    if (this.chosen !== place || machine !== this.machine) return;
    this.value.show({ place, title: this.nameOf(place), why, value: isCell ? cell[0] ?? 0 : this.look.registers[place.index]!,
                      bits: isCell ? 16 : this.description.registers[place.index]!.bits, base: this.ownBase(place) ?? "",
                      instruction: isCell ? instruction : null, cellBits: this.description.spaces[0]!.cell_bits });
  }

  private async edit(change: (machine: Study) => Promise<void>): Promise<void> {
    const { machine } = this;
    if (!machine) return;
    try {
      await change(machine);
      await this.edited(machine);
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  private async edited(machine: Study): Promise<void> {
    this.stopped = undefined;
    await this.rows.read(machine);
    await this.refresh();
  }
}

export function startStudy(kind: Kind): () => string {
  const tab = new StudyTab(kind, document.getElementById(`panel-${kind}`)!);
  return () => tab.address;
}
