// The tab of a machine to learn on. It knows no machine by name beyond its assembler: all it shows comes from the
// machine's description and delta records (include/vitrine/debug.h).
import * as examples from "examples";
import { Assembler, createLC3, createToy } from "../src/index.js";
import type { Branch, Events, Frame, Mark, Motion, Study } from "../src/index.js";
import { Breaks } from "./breaks.js";
import { card, h, packText, setAddress, unpackText } from "./dom.js";
import { Editor } from "./editor.js";
import { linkFields } from "./lens.js";
import { lessons } from "./lessons.js";
import type { Lesson } from "./lessons.js";
import { Timeline } from "./timeline.js";
import { ValueCard, bases, inBase, readNumber } from "./value.js";
import type { Base } from "./value.js";
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
  stack: Uint16Array;
  frames: Frame[];
  written: number; // a bit for each register (toy)
  devices: Record<string, string>[];
}

const MEMORY_CELLS = 128, STACK_CELLS = 8, MAX_ROWS = 200, MAX_DEVICE_ROWS = 14, MAX_LABELS = 32;
let assembler: Promise<Assembler> | undefined;

const keyOf = (place: Place) => `${place.kind}${place.space ?? 0}:${place.index}`;

class StudyTab {
  private machine: Study | null = null;
  private description!: Description;
  private look!: Look;
  private rows: { address: number; line: number; instruction: Instruction }[] = [];
  private micro = -1; // the micro-operation of the next step that is shown; -1: none
  private memoryAt: number | "pc" | "stack" = 0;
  private memoryFirst = 0; // what is shown
  private path: DataPath | undefined;
  private stopped: Events["stop"] | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private reading: Promise<void> | undefined;
  private isStale = false;
  private deviceNames: string[] = [];
  private base: Base = "signed";
  private memoryBase: Base = "hex";
  private readonly ownBases = new Map<string, Base>();
  private chosen: Place | null = null;
  private lesson: Lesson | null = null;
  private readonly done: Set<string>;

  private typedKeys: { step: number; text: string }[] = []; // what was typed, and when: with the program it makes the run
  private opening: { step: number; keys: { step: number; text: string }[] } | null = null; // the moment that the address asks for
  private readonly breaks: Breaks;

  private readonly editor: Editor;
  private readonly errors = h("ul.errors", { "aria-live": "polite" });
  private readonly say = h("p.say", { role: "status" });
  private readonly rowsBody = h("tbody");
  private readonly registerList = h("div.registers");
  private readonly flagList = h("div.flags");
  private readonly memoryGrid = h("div.memory");
  private readonly labels = h("div.labels", { role: "group", "aria-label": "Labels of the program" });
  private readonly console = h("pre.console", { tabindex: 0, role: "log", "aria-label": "Console: type here" });
  private readonly queue = h("div.queue", { "aria-live": "polite" });
  private readonly calls = h("div.calls");
  private readonly devices = h("div.devices");
  private readonly pathPlace = h("div");
  private readonly microText = h("p.soft", { "aria-live": "polite" });
  private readonly lessonCard = h("section.card.lesson", { "aria-label": "Lesson", hidden: true });
  private readonly canvas = h("canvas.screen", { width: 32, height: 24, role: "img", "aria-label": "Screen of the machine" });
  private readonly buttons: Record<string, HTMLButtonElement> = {};
  private readonly timeline = new Timeline((step) => void this.goTo(step), (number) => void this.switchBranch(number));
  private readonly value = new ValueCard({
    write: (place, text) => this.write(place, text),
    flip: (bit) => void this.flip(bit),
    base: (place, base) => {
      if (base) this.ownBases.set(keyOf(place), base);
      else this.ownBases.delete(keyOf(place));
      this.paint();
    },
    goTo: (step) => void this.goTo(step),
    name: (place) => this.nameOf(place),
  });

  constructor(private readonly kind: Kind, private readonly panel: HTMLElement) {
    this.done = new Set(JSON.parse(localStorage.getItem(`lessons-${kind}`) ?? "[]") as string[]);
    this.editor = new Editor("Program", () => this.changed(), (line) => this.breakAtLine(line));
    const space = (kind: "read" | "write", text: string) => ({ name: kind, text, kind, space: 0 });
    this.breaks = new Breaks([{ name: "code", text: "code at", kind: "execute", space: 0 }, space("read", "memory is read at"), space("write", "memory is written at"),
                              { name: "register", text: "register changes", kind: "register", space: 0 }],
      { example: kind === "toy" ? "3" : "x3002", hint: "None. A click beside a line sets one; so does the key k for the next instruction." },
      { tell: (text, isBad) => this.tell(text, isBad), changed: () => this.breaksChanged(), registers: () => this.description.registers.map((r) => r.name) });
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
    const step = this.look?.moment.step ?? 0;
    const keys = this.typedKeys.filter((k) => k.step <= step).map((k) => `${k.step}.${packText(k.text)}`).join(",");
    return this.address + (keys ? `&keys=${keys}` : "") + (step > 0 ? `&step=${step}` : "");
  }

  // --- what there is to see ---

  private button(name: string, text: string, key: string, act: () => unknown, title: string): HTMLButtonElement {
    const button = h("button", { onclick: () => void act(), title: `${title} (key ${key})`, "data-act": name, "data-key": key, "aria-keyshortcuts": key }, text,
      name.includes("back") ? h("span.visually-hidden", {}, " backwards") : null, h("kbd", { "aria-hidden": "true" }, key));
    this.buttons[name] = button;
    return button;
  }

  private bar(): HTMLElement {
    const motion = (name: string, text: string, key: string, how: Motion, isBack: boolean, title: string) =>
      this.button(name, text, key, () => this.move(how, isBack), title);
    const run = this.button("run", "Run", "r", () => this.toggleRun(), "to the end, or to a wait for a key");
    run.classList.add("main");
    const group = (label: string, ...buttons: HTMLElement[]) => h("span.group", { role: "group", "aria-label": label },
      h("span.arrow", { "aria-hidden": "true" }, label === "Backwards" ? "←" : "→"), ...buttons);
    return h("div.bar", { role: "toolbar", "aria-label": "Running" },
      this.button("reset", "Reset", "0", () => this.restart(), "from the beginning"),
      group("Backwards", motion("run-back", "Run", "R", "run", true, "back to the beginning"), motion("out-back", "Out", "U", "out", true, "back to before the present routine was called"),
        motion("over-back", "Over", "O", "over", true, "back over a call"), motion("back", "Step", "b", "step", true, "one step back")),
      group("Forwards", this.button("micro", "Micro", "m", () => this.microStep(), "one micro-operation of the next instruction"),
        motion("step", "Step", "s", "step", false, "one instruction"), motion("over", "Over", "o", "over", false, "over a call"),
        motion("out", "Out", "u", "out", false, "to behind the present routine")),
      run, h("span.space"), this.choices(), h("button", { onclick: () => void this.share(), title: "an address that has the program, what was typed and this moment in it", "data-act": "link" }, "Copy link"));
  }

  private choices(): HTMLElement {
    const choice = h("select", { "aria-label": "Lessons and examples", onchange: () => {
      const [group, name] = choice.value.split(/:(.*)/s);
      choice.value = "";
      if (group === "lesson") this.beginLesson(lessons[this.kind][Number(name)]!);
      else {
        this.endLesson();
        this.editor.text = examples[this.kind].find((e) => e.name === name)?.source ?? this.editor.text;
      }
    } }, h("option", { value: "" }, "Lessons, examples"),
      h("optgroup", { label: "Lessons" }, ...lessons[this.kind].map((lesson, n) => h("option", { value: `lesson:${n}` }, `${n + 1}. ${lesson.title}`))),
      h("optgroup", { label: "Examples" }, ...examples[this.kind].map((e) => h("option", { value: `example:${e.name}` }, e.name.replace(/\.\w+$/, "")))));
    return choice;
  }

  private build(): void {
    const baseChoice = h("select", { "aria-label": "Show values as", onchange: () => {
      this.base = baseChoice.value as Base;
      this.paint();
    } }, ...bases.map((name) => h("option", {}, name)));
    const registers = card("Registers", this.registerList, this.flagList);
    registers.firstElementChild!.append(baseChoice);
    this.console.addEventListener("keydown", (event) => this.typed(event));
    const heads = ["breakpoint", "address", "source", "word", "bits", "effect"].map((t, n) => h("th", { scope: "col" }, n > 1 ? t : h("span.visually-hidden", {}, t)));
    this.panel.append(this.bar(), h("div.grid", {},
      h("div.column", {},
        this.lessonCard,
        card("Program", this.editor.view.dom, this.errors),
        card("Data path", this.pathPlace, this.microText),
        card("Console: click it, then type", this.console, this.queue),
        this.kind === "toy" ? card("Screen", this.canvas) : null,
        card("Devices", this.devices)),
      h("div.column", {},
        card("What happened", this.say, this.timeline.element),
        card("Step by step", h("div.scroll", { tabindex: 0, role: "region", "aria-label": "The program, step by step" },
          h("table.rows", {}, h("thead", {}, h("tr", {}, ...heads)), this.rowsBody)), fieldKey()),
        h("div.pair", {}, h("div.column", {}, registers, card("Value", this.value.element), this.breaks.element),
          h("div.column", {}, this.memoryCard(), this.kind === "lc3" ? card("Stack and calls", this.calls) : null)))));
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  private memoryCard(): HTMLElement {
    const place = h("input", { type: "text", size: 7, "aria-label": "Address of the memory shown", placeholder: "address",
      onchange: () => void this.showMemory(place.value) });
    const follow = h("select", { "aria-label": "The memory follows", onchange: () => {
      this.memoryAt = follow.value === "" ? this.memoryFirst : follow.value as "pc" | "stack";
      void this.refresh();
    } }, h("option", { value: "" }, "stays"), h("option", { value: "pc" }, "with PC"), ...(this.kind === "lc3" ? [h("option", { value: "stack" }, "with stack")] : []));
    const baseChoice = h("select", { "aria-label": "Show memory as", onchange: () => {
      this.memoryBase = baseChoice.value as Base;
      this.paint();
    } }, ...bases.map((name) => h("option", { selected: name === this.memoryBase }, name)));
    const memory = card("Memory", h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Cells of memory" }, this.memoryGrid), this.labels);
    memory.firstElementChild!.append(h("span.joined", {}, baseChoice, follow, place));
    return memory;
  }

  private shortcut(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (this.panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest(".cm-editor, .console, input, select")) return;
    if (event.key === "k") return this.breakAtNext();
    Object.values(this.buttons).find((button) => button.dataset.key === event.key)?.click();
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
      this.typedKeys = [];
      const machine = await (this.kind === "toy" ? createToy({ source }) : createLC3({ source }));
      await old?.destroy();
      this.machine = machine;
      machine.on("stop", (stop) => { this.halted(stop); void this.refresh().then(() => this.judge()); });
      machine.on("run", () => this.enable());
      machine.on("speed", () => void this.refresh());
      machine.on("serial", () => { if (machine.isRunning) void this.refresh(); });
      machine.on("error", (text) => this.tell(text, true));
      if (this.kind === "toy") machine.on("screen", (s) => this.draw(s));
    } catch (error) {
      this.tell((error as Error).message, true);
      return;
    }
    const machine = this.machine!;
    const [description, devices] = await machine.look({ json: "description" }, { json: "devices" }) as [Description, string[]];
    this.description = description;
    this.deviceNames = devices;
    this.path = new DataPath(this.description);
    this.pathPlace.replaceChildren(this.path.element);
    await this.readRows();
    this.memoryAt = (this.rows[0]?.address ?? 0) & ~7;
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

  /** The first address of a line; null: it has none. */
  private addressOf(line: number): number | null {
    return this.rows.find((row) => row.line === line)?.address ?? null;
  }

  private nameOfRow(address: number, line: number): string {
    return line > 0 ? `line ${line} (x${hex(address, 16)})` : `x${hex(address, 16)}`;
  }

  private breakAtLine(line: number): void {
    const address = this.addressOf(line);
    if (address === null) this.tell(this.machine ? `Line ${line} has no instruction to stop at.` : "The program has an error: mend it first.", true);
    else void this.breaks.toggle(address, this.nameOfRow(address, line), line);
  }

  private breakAtNext(): void {
    const at = this.look?.next?.pc;
    if (at !== undefined) void this.breaks.toggle(at, this.nameOfRow(at, this.lineOf(at)), this.lineOf(at));
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
      const address = isGone && !now.includes(b.line) ? null : this.addressOf(b.line);
      if (address !== null) b.label = `code at ${this.nameOfRow(address, b.line)}`;
      return address;
    });
    this.editor.breakLines = this.breaks.list.flatMap((b) => b.line ?? []);
  }

  private async readRows(): Promise<void> {
    const machine = this.machine!;
    const addresses = Object.keys(machine.lines).map(Number).sort((a, b) => a - b);
    const firsts = addresses.filter((a) => machine.lines[a] !== machine.lines[a - 1]).slice(0, MAX_ROWS);
    const instructions = await machine.look(...firsts.map((argument) => ({ json: "instruction" as const, argument })));
    this.rows = firsts.map((address, n) => ({ address, line: machine.lines[address]!, instruction: instructions[n] as Instruction }));
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
    await this.judge();
  }

  private async goTo(step: number): Promise<void> {
    this.micro = -1;
    this.stopped = undefined;
    await this.machine?.goTo(step);
    await this.refresh();
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

  // --- lessons ---

  private beginLesson(lesson: Lesson): void {
    this.lesson = lesson;
    this.editor.text = lesson.program;
    this.paintLesson(false);
  }

  private endLesson(): void {
    this.lesson = null;
    this.lessonCard.hidden = true;
  }

  private paintLesson(isDone: boolean): void {
    const all = lessons[this.kind], number = all.indexOf(this.lesson!);
    const { title, text, task } = this.lesson!;
    const next = all[number + 1];
    this.lessonCard.hidden = false;
    this.lessonCard.classList.toggle("done", isDone);
    this.lessonCard.replaceChildren(h("h2", {}, `Lesson ${number + 1} of ${all.length}: ${title}`, h("span", {}, this.done.has(title) ? "✓ done" : "")),
      ...text.map((paragraph) => h("p", {}, paragraph)),
      h("p.task", { role: "status" }, isDone ? "✓ That is it. " : "", task),
      h("div.bar.tight", {}, h("button", { onclick: () => this.endLesson() }, "Close"), h("span.space"),
        next ? h(isDone ? "button.main" : "button", { onclick: () => this.beginLesson(next) }, "Next lesson") : null));
  }

  /** After a stop: whether the lesson's conditions are true. */
  private async judge(): Promise<void> {
    const { lesson, machine } = this;
    if (!lesson || !machine || machine.isRunning || this.stopped?.reason !== "power-off") return;
    const d = this.description;
    const isRight = Object.entries(lesson.registers ?? {}).every(([name, value]) => this.look.registers[d.registers.findIndex((r) => r.name === name)] === value)
      && (lesson.output === undefined || this.look.display.trim() === lesson.output.trim()) && this.isDotRed(lesson.redDot);
    if (isRight) {
      this.done.add(lesson.title);
      localStorage.setItem(`lessons-${this.kind}`, JSON.stringify([...this.done]));
    }
    this.paintLesson(isRight);
  }

  private isDotRed(place: [number, number] | undefined): boolean {
    if (!place) return true;
    const [red, green, blue] = this.canvas.getContext("2d")!.getImageData(place[0], place[1], 1, 1).data;
    return red! > 128 && green! < 90 && blue! < 90;
  }

  // --- showing ---

  private stackAt(registers: number[]): number {
    const n = this.description.registers.findIndex((r) => r.role === "stack");
    return n < 0 ? 0 : registers[n]!;
  }

  // One at a time; a wish that comes in the middle is granted after it.
  private refresh(): Promise<void> {
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
    const cells = 2 ** this.description.spaces[0]!.address_bits;
    const wanted = this.memoryAt === "pc" ? (next?.pc ?? 0) - 16 : this.memoryAt === "stack" ? this.stackAt(registers) - 8 : this.memoryAt;
    this.memoryFirst = Math.min(Math.max(0, wanted & ~7), cells - MEMORY_CELLS);
    const [memory, stack, ...devices] = await machine.look(
      { memory: 0, address: this.memoryFirst, count: MEMORY_CELLS }, { memory: 0, address: this.stackAt(registers), count: STACK_CELLS },
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
    const isThere = !!this.machine, isRunning = !!this.machine?.isRunning;
    for (const [name, button] of Object.entries(this.buttons)) button.disabled = !isThere || (isRunning && name !== "run" && name !== "reset");
    if (isThere && !isRunning && this.look?.moment.step === 0) for (const name of ["back", "over-back", "out-back", "run-back"]) this.buttons[name]!.disabled = true;
    this.buttons.run!.firstChild!.textContent = isRunning ? "Pause" : "Run";
  }

  private tell(text: string, isBad = false): void {
    this.say.textContent = text;
    this.say.classList.toggle("bad", isBad);
  }

  private show(value: number, width: number, place?: Place): string {
    return inBase(value, width, (place && this.ownBases.get(keyOf(place))) ?? this.base);
  }

  private nameOf(place: Place): string {
    if (place.kind !== "memory") return place.name ?? place.kind;
    const symbol = this.machine?.symbols.find((s) => s.address === place.index);
    return symbol && !place.space ? `${symbol.name} (x${hex(place.index, 16)})` : `cell x${hex(place.index, 16)}`;
  }

  private paint(): void {
    const { moment, delta, next } = this.look;
    this.enable();
    this.timeline.show(moment.step, moment.last);
    this.paintSentence();
    this.paintRegisters();
    if (this.console.textContent !== this.look.display) {
      this.console.textContent = this.look.display;
      this.console.scrollTop = this.console.scrollHeight;
    }
    this.paintQueue();
    if (this.machine?.isRunning) return; // the rest changes too fast to be read
    this.paintRows();
    this.paintMemory();
    this.paintCalls();
    this.paintDevices();
    const shown = this.micro >= 0 ? next : delta;
    this.path?.show(shown, this.micro, this.look.registers, (v) => inBase(v, 16, this.base));
    const micro = this.micro >= 0 && next ? this.description.micros[next.micros[this.micro]!] : undefined;
    this.microText.textContent = micro ? `${micro.name}: ${micro.text}` : "Micro moves one state of the next instruction.";
    this.editor.markLine(next ? this.lineOf(next.pc) : 0);
  }

  private paintQueue(): void {
    const { keys } = this.look;
    this.queue.replaceChildren(...(keys ? [h("span", {}, "waiting to be read:"), ...[...keys].slice(0, 40).map((key) => h("kbd.key-cap", {}, key === "\n" ? "⏎" : key === " " ? "␣" : key))]
      : [this.stopped?.reason === "input" ? "The program waits for a key." : "No key waits."]));
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
      const effect = isDone ? effectText(delta, (v, w) => this.show(v, w)) : isNext ? effectText(next, (v, w) => this.show(v, w)) : "";
      const choose = () => void this.choose({ kind: "memory", index: address, space: 0 });
      const row = h("tr", {}, h("td", {}, this.breaks.dot(address, this.nameOfRow(address, line), line || undefined)),
        h("td.soft", {}, h("button.plain", { onclick: choose, title: "its fields, and a place to change it", "data-row": address }, hex(address, 16))),
        h("td", {}, ...this.sourceOf(address, line, instruction)),
        h("td", {}, instruction.cells.map((c) => hex(c, 16)).join(" ")),
        h("td", {}, bits(instruction, address)), h(isNext && !isDone ? "td.ghost" : "td", {}, effect));
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

  // The label stands out, also where the line is not the program's own.
  private sourceOf(address: number, line: number, instruction: Instruction): Node[] {
    const text = this.editor.line(line).replace(/\s*;.*/, "").trim() || instruction.text;
    const label = this.machine?.symbols.find((s) => s.address === address)?.name;
    if (!label) return [document.createTextNode(text)];
    const rest = text.toLowerCase().startsWith(label.toLowerCase()) ? text.slice(label.length).replace(/^:/, "").trim() : text;
    return [h("b.label", {}, label), document.createTextNode(` ${rest}`)];
  }

  private paintRegisters(): void {
    const { registers, delta } = this.look;
    const changes = new Map(delta?.effects.filter((e) => e.place.kind === "register").map((e) => [e.place.index, e]));
    this.registerList.replaceChildren(...this.description.registers.map((r, n) => {
      const place: Place = { kind: "register", index: n, name: r.name };
      const change = changes.get(n), isAddress = r.role !== "general" && r.role !== "stack" && !this.ownBases.has(keyOf(place));
      const show = (value: number) => (isAddress ? "x" + hex(value, r.bits) : this.show(value, r.bits, place));
      const text = change && change.old !== change.new ? h("span", {}, h("s", {}, show(change.old) + " → "), show(registers[n]!)) : show(registers[n]!);
      const button = h("button", { title: `${r.text}: why this value?`, "data-register": r.name, onclick: () => void this.choose(place) }, h("b", {}, r.name), text);
      button.classList.toggle("changed", !!change);
      button.classList.toggle("chosen", !!this.chosen && keyOf(this.chosen) === keyOf(place));
      return button;
    }));
    this.flagList.replaceChildren(...this.description.flags.map((f) => {
      const value = Math.floor(registers[f.register]! / 2 ** f.first_bit) % 2 ** f.bits;
      return h(value ? "span.on" : "span", { title: f.text }, f.bits > 1 ? `${f.name} ${value}` : f.name, h("span.visually-hidden", {}, value ? " set" : " clear"));
    }));
  }

  private paintMemory(): void {
    const { memory, delta, next, registers } = this.look;
    const written = new Map(delta?.effects.filter((e) => e.place.kind === "memory" && !e.place.space).map((e) => [e.place.index, e.old]));
    const columns = { hex: 8, character: 8, signed: 4, unsigned: 4, binary: 2 }[this.memoryBase], stack = this.kind === "lc3" ? this.stackAt(registers) : -1;
    this.memoryGrid.style.setProperty("--columns", String(columns));
    const cells: Node[] = [];
    memory.forEach((value, n) => {
      const address = this.memoryFirst + n, place: Place = { kind: "memory", index: address, space: 0 };
      if (n % columns === 0) cells.push(h("span.soft", {}, hex(address, 16)));
      const old = written.get(address), base = this.ownBases.get(keyOf(place)) ?? this.memoryBase;
      const text = inBase(value, 16, base).replace(/^x/, "");
      const cell = h("button", { title: [`${this.nameOf(place)}: ${inBase(value, 16, "signed")}`, this.regionOf(address), old !== undefined ? `was ${inBase(old, 16, "signed")}` : ""].filter(Boolean).join(", "),
        "aria-label": `${this.nameOf(place)}: ${text}`, onclick: () => void this.choose(place) }, text);
      cell.classList.toggle("zero", value === 0);
      cell.classList.toggle("changed", old !== undefined);
      cell.classList.toggle("pc", next?.pc === address);
      cell.classList.toggle("labelled", !!this.machine?.symbols.some((s) => s.address === address));
      cell.classList.toggle("sp", address === stack);
      cell.classList.toggle("chosen", !!this.chosen && keyOf(this.chosen) === keyOf(place));
      cells.push(cell);
    });
    this.memoryGrid.replaceChildren(...cells);
    this.labels.replaceChildren(...(this.machine?.symbols ?? []).slice(0, MAX_LABELS).map((s) => h("button.plain.mono", { title: `shows x${hex(s.address, 16)}`, onclick: () => {
      this.memoryAt = s.address & ~7;
      void this.choose({ kind: "memory", index: s.address, space: 0 }).then(() => this.refresh());
    } }, h("b.label", {}, s.name), ` ${hex(s.address, 16)}`)));
  }

  private regionOf(address: number): string {
    return this.description.regions.find((r) => r.space === 0 && address >= r.first && address <= r.last)?.name ?? "";
  }

  private paintCalls(): void {
    const { frames, stack, registers } = this.look;
    const name = (address: number) => this.machine?.symbols.find((s) => s.address === address)?.name ?? `x${hex(address, 16)}`;
    const sp = this.stackAt(registers);
    const words: Record<Frame["cause"], string> = { instruction: "called", interrupt: "interrupted for", exception: "trapped into", edit: "edited" };
    this.calls.replaceChildren(
      h("ul.frames", {}, ...(frames.length > 0 ? frames.map((f) => h("li", {}, h("button.plain", { disabled: f.step < 0, title: "back to this call", onclick: () => void this.goTo(f.step) },
        `x${hex(f.call, 16)} ${words[f.cause]} ${name(f.target)}`))) : [h("li.soft", {}, "No call is open.")])),
      h("table.stack", {}, h("caption.soft", {}, "from the top of the stack"), h("tbody", {}, ...[...stack].map((value, n) => h(n === 0 ? "tr.here" : "tr", {},
        h("th", { scope: "row" }, `x${hex(sp + n, 16)}`), h("td", {}, this.show(value, 16)), h("td.soft", {}, this.machine?.symbols.find((s) => s.address === value)?.name ?? ""))))));
  }

  private paintDevices(): void {
    const tables = this.deviceNames.map((name, n) => ({ name, rows: Object.entries(this.look.devices[n] ?? {}) })).filter(({ name }) => name !== "cpu");
    this.devices.replaceChildren(...tables.map(({ name, rows }) => h("div", {}, h("h3", {}, name), h("dl.forms", {},
      ...rows.slice(0, MAX_DEVICE_ROWS).map(([field, value]) => h("div", {}, h("dt", {}, field.replace(/_/g, " ")),
        h("dd", {}, /^is_/.test(field) ? (value === "0" ? "no" : "yes") : /^f{16}$/.test(value) ? "never" : "x" + value.toUpperCase())))))));
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
    this.canvas.getContext("2d")!.putImageData(new ImageData(s.pixels, s.width), 0, s.first);
  }

  // --- one value: why, and another ---

  private async choose(place: Place): Promise<void> {
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
                      bits: isCell ? 16 : this.description.registers[place.index]!.bits, base: this.ownBases.get(keyOf(place)) ?? "",
                      instruction: isCell ? instruction : null, cellBits: this.description.spaces[0]!.cell_bits });
  }

  private async write(place: Place, text: string): Promise<void> {
    const { machine } = this;
    if (!machine || !text.trim()) return;
    try {
      const number = readNumber(text);
      if (place.kind === "register") {
        if (Number.isNaN(number)) throw new Error(`${text}: not a number such as 10, #-3, x1F, b101 or 'A'`);
        const width = this.description.registers[place.index]!.bits;
        if (!await machine.setRegister(place.name!, ((number % 2 ** width) + 2 ** width) % 2 ** width)) throw new Error(`${place.name} can't be set to this.`);
      } else {
        await this.put(place.index, Number.isNaN(number) ? await machine.assembleAt(place.index, text) : [number & 0xffff]);
      }
      await this.edited();
    } catch (error) {
      this.tell((error as Error).message, true);
    }
  }

  private async put(address: number, cells: number[]): Promise<void> {
    if (await this.machine!.setMemory(address, cells) !== cells.length) throw new Error("This memory can't be written.");
  }

  private async flip(bit: number): Promise<void> {
    const place = this.chosen;
    if (!place || !this.machine) return;
    const width = this.description.spaces[0]!.cell_bits, address = place.index + Math.floor(bit / width);
    const [cell] = await this.machine.memory(address, 1);
    await this.put(address, [cell! ^ (1 << (bit % width))]);
    await this.edited();
  }

  private async edited(): Promise<void> {
    this.stopped = undefined;
    await this.readRows();
    await this.refresh();
  }
}

function readMoment(words: URLSearchParams): { step: number; keys: { step: number; text: string }[] } | null {
  const step = Number(words.get("step") ?? 0);
  const keys = (words.get("keys") ?? "").split(",").filter(Boolean).map((entry) => {
    const [at, text = ""] = entry.split(".");
    return { step: Number(at), text: unpackText(text) ?? "" };
  });
  const isRight = Number.isSafeInteger(step) && step >= 0 && keys.every((k) => Number.isSafeInteger(k.step) && k.step >= 0);
  return isRight && (step > 0 || keys.length > 0) ? { step, keys } : null;
}

export function startStudy(kind: Kind): () => string {
  const tab = new StudyTab(kind, document.getElementById(`panel-${kind}`)!);
  return () => tab.address;
}
