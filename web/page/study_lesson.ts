// The lesson that the user is at: its text and task, and whether the program does what it asks.
import { h } from "./dom.js";
import { lessons } from "./lessons.js";
import type { Lesson } from "./lessons.js";
import type { Desk } from "./study_look.js";

export class LessonCard {
  readonly element = h("section.card.lesson", { "aria-label": "Lesson", hidden: true });
  private lesson: Lesson | null = null;
  private readonly done: Set<string>;

  /** `write` puts a program into the editor; `screen` is the machine's. */
  constructor(private readonly desk: Desk, private readonly screen: HTMLCanvasElement, private readonly write: (program: string) => void) {
    this.done = new Set(JSON.parse(localStorage.getItem(`lessons-${desk.kind}`) ?? "[]") as string[]);
  }

  begin(lesson: Lesson): void {
    this.lesson = lesson;
    this.write(lesson.program);
    this.paint(lesson, false);
  }

  end(): void {
    this.lesson = null;
    this.element.hidden = true;
  }

  private paint({ title, text, task }: Lesson, isDone: boolean): void {
    const all = lessons[this.desk.kind], number = all.findIndex((l) => l.title === title), next = all[number + 1];
    this.element.hidden = false;
    this.element.classList.toggle("done", isDone);
    this.element.replaceChildren(h("h2", {}, `Lesson ${number + 1} of ${all.length}: ${title}`, h("span", {}, this.done.has(title) ? "✓ done" : "")),
      ...text.map((paragraph) => h("p", {}, paragraph)),
      h("p.task", { role: "status" }, isDone ? "✓ That is it. " : "", task),
      h("div.bar.tight", {}, h("button", { onclick: () => this.end() }, "Close"), h("span.space"),
        next ? h(isDone ? "button.main" : "button", { onclick: () => this.begin(next) }, "Next lesson") : null));
  }

  /** After a program's end: whether the lesson's conditions are true. */
  judge(): void {
    const { lesson } = this;
    if (!lesson) return;
    const isRight = this.isRight(lesson);
    if (isRight) {
      this.done.add(lesson.title);
      localStorage.setItem(`lessons-${this.desk.kind}`, JSON.stringify([...this.done]));
    }
    this.paint(lesson, isRight);
  }

  private isRight({ registers, output, redDot }: Lesson): boolean {
    const { description, look } = this.desk;
    return Object.entries(registers ?? {}).every(([name, value]) => look.registers[description.registers.findIndex((r) => r.name === name)] === value)
      && (output === undefined || look.display.trim() === output.trim()) && (!redDot || this.isRed(...redDot));
  }

  private isRed(x: number, y: number): boolean {
    const [red, green, blue] = this.screen.getContext("2d")!.getImageData(x, y, 1, 1).data;
    return red! > 128 && green! < 90 && blue! < 90;
  }
}
