// The history of a run as a line to drag: where something was printed or typed, where handlers were entered, and
// the moments that the person has pinned.
import type { Branch, Mark } from "../src/index.js";
import { h } from "./dom.js";

const PLACES = 400; // marks closer together than this part of the line are one

const names: Record<Mark["kind"] | "pin", string> = {
  output: "printed", input: "a key", interrupt: "interrupt", exception: "trap or exception", edit: "edit", pin: "pinned",
};

export class Timeline {
  readonly element: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly marks = h("div.marks");
  private readonly text = h("span.mono.soft");
  private readonly branchChoice: HTMLSelectElement;
  private readonly pins = new Set<number>();
  private step = 0;
  private last = 0;
  private known: Mark[] = [];

  constructor(private readonly goTo: (step: number) => void, switchBranch: (number: number) => void) {
    this.slider = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Moment", oninput: () => goTo(Number(this.slider.value)) });
    this.branchChoice = h("select", { "aria-label": "Course of events", hidden: true, onchange: () => switchBranch(Number(this.branchChoice.value)) });
    const pin = h("button.small", { title: "keeps a mark at this moment", "data-act": "pin", onclick: () => this.pin() }, "Pin");
    this.element = h("div.timeline", {}, h("div.track", {}, this.slider, this.marks), h("div.bar.tight", {}, this.text, h("span.space"), this.branchChoice, pin));
  }

  private pin(): void {
    if (!this.pins.delete(this.step)) this.pins.add(this.step);
    this.paint();
  }

  forget(): void {
    this.pins.clear();
    this.known = [];
  }

  show(step: number, last: number): void {
    Object.assign(this, { step, last });
    this.slider.max = String(last);
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    this.text.textContent = `step ${step} of ${last}`;
    this.paint();
  }

  /** Marks up to the present moment; later ones that are known stay. */
  showMarks(found: Mark[], branches: Branch[]): void {
    this.known = [...found, ...this.known.filter((mark) => mark.step >= this.step && mark.step < this.last)];
    this.branchChoice.hidden = branches.length < 2;
    this.branchChoice.replaceChildren(...branches.map((b) => h("option", { value: b.number, selected: b.isPresent }, `course ${b.number}, to ${b.last}`)));
    this.paint();
  }

  private paint(): void {
    const taken = new Map<number, { step: number; kind: Mark["kind"] | "pin" }>();
    const add = (step: number, kind: Mark["kind"] | "pin") => {
      const place = Math.round((step / Math.max(1, this.last)) * PLACES);
      if (!taken.has(place)) taken.set(place, { step, kind });
    };
    for (const step of this.pins) add(step, "pin");
    for (const { step, kind } of this.known) add(step + 1, kind);
    this.marks.replaceChildren(...[...taken.values()].sort((a, b) => a.step - b.step).slice(0, 240).map(({ step, kind }) =>
      h(`button.mark.mark-${kind}`, { style: `left:${(100 * step) / Math.max(1, this.last)}%`, tabindex: kind === "pin" ? 0 : -1,
        title: `${names[kind]}: step ${step}`, "aria-label": `${names[kind]}: go to step ${step}`, onclick: () => this.goTo(step) })));
  }
}
