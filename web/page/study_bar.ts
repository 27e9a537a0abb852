// The buttons that move a machine to learn on, each with a key.
import * as examples from "examples";
import type { Motion } from "../src/index.js";
import { h } from "./dom.js";
import { lessons } from "./lessons.js";
import type { Lesson } from "./lessons.js";
import type { Kind } from "./study_look.js";

interface Acts {
  reset(): unknown;
  run(): unknown; // or pause
  micro(): unknown;
  move(motion: Motion, isBack: boolean): unknown;
  share(): unknown;
}

export class Bar {
  readonly element: HTMLElement;
  private readonly buttons: Record<string, HTMLButtonElement> = {};

  /** `choices`: of programs. */
  constructor(private readonly acts: Acts, choices: HTMLElement) {
    const run = this.button("run", "Run", "r", () => acts.run(), "to the end, or to a wait for a key");
    run.classList.add("main");
    this.element = h("div.bar", { role: "toolbar", "aria-label": "Running" },
      this.button("reset", "Reset", "0", () => acts.reset(), "from the beginning"),
      this.group("Backwards", "←", this.back("run", "Run", "R", "back to the beginning"), this.back("out", "Out", "U", "back to before the present routine was called"),
        this.back("over", "Over", "O", "back over a call"), this.back("step", "Step", "b", "one step back")),
      this.group("Forwards", "→", this.button("micro", "Micro", "m", () => acts.micro(), "one micro-operation of the next instruction"),
        this.forward("step", "Step", "s", "one instruction"), this.forward("over", "Over", "o", "over a call"), this.forward("out", "Out", "u", "to behind the present routine")),
      run, h("span.space"), choices,
      h("button", { onclick: () => void acts.share(), title: "an address that has the program, what was typed and this moment in it", "data-act": "link" }, "Copy link"));
  }

  private group(label: string, arrow: string, ...buttons: HTMLElement[]): HTMLElement {
    return h("span.group", { role: "group", "aria-label": label }, h("span.arrow", { "aria-hidden": "true" }, arrow), ...buttons);
  }

  private forward(motion: Motion, text: string, key: string, title: string): HTMLElement {
    return this.button(motion, text, key, () => this.acts.move(motion, false), title);
  }

  private back(motion: Motion, text: string, key: string, title: string): HTMLElement {
    const button = this.button(motion === "step" ? "back" : `${motion}-back`, text, key, () => this.acts.move(motion, true), title);
    button.lastElementChild!.before(h("span.visually-hidden", {}, " backwards"));
    return button;
  }

  private button(name: string, text: string, key: string, act: () => unknown, title: string): HTMLButtonElement {
    const button = h("button", { onclick: () => void act(), title: `${title} (key ${key})`, "data-act": name, "data-key": key, "aria-keyshortcuts": key },
      text, h("kbd", { "aria-hidden": "true" }, key));
    this.buttons[name] = button;
    return button;
  }

  /** Presses the button that has a key, if there is one. */
  press(key: string): void {
    Object.values(this.buttons).find((button) => button.dataset.key === key)?.click();
  }

  enable(isThere: boolean, isRunning: boolean, isAtStart: boolean): void {
    for (const [name, button] of Object.entries(this.buttons)) {
      button.disabled = !isThere || (isRunning && name !== "run" && name !== "reset") || (isAtStart && !isRunning && name.endsWith("back"));
    }
    this.buttons.run!.firstChild!.textContent = isRunning ? "Pause" : "Run";
  }
}

/** A menu of lessons and example programs. */
export function programChoices(kind: Kind, begin: (lesson: Lesson) => void, write: (source: string) => void): HTMLElement {
  const choice = h("select", { "aria-label": "Lessons and examples", onchange: () => {
    const [group, name] = choice.value.split(/:(.*)/s);
    choice.value = "";
    if (group === "lesson") begin(lessons[kind][Number(name)]!);
    else write(examples[kind].find((e) => e.name === name)!.source);
  } }, h("option", { value: "" }, "Lessons, examples"),
    h("optgroup", { label: "Lessons" }, ...lessons[kind].map((lesson, n) => h("option", { value: `lesson:${n}` }, `${n + 1}. ${lesson.title}`))),
    h("optgroup", { label: "Examples" }, ...examples[kind].map((e) => h("option", { value: `example:${e.name}` }, e.name.replace(/\.\w+$/, "")))));
  return choice;
}
