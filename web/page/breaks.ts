// The list of breakpoints of a machine: made from words, counted when they stop it, and set anew in the next machine.
import type { BreakKind } from "../src/index.js";
import { card, h } from "./dom.js";

export interface Breakpoint {
  label: string; // as the person wrote it
  kind: BreakKind;
  first: number;
  last: number;
  space: number;
  condition: string;
  number: number; // the machine's; -1: switched off
  hits: number;
  line?: number; // of the program, whose addresses move with it
}

/** What a breakpoint may wait for: a name for the menu, what it says, the machine's words for it. */
export interface BreakChoice { name: string; text: string; kind: BreakKind; space: number }

interface Machine {
  addBreakpoint(kind: BreakKind, first: number, last?: number, options?: { space?: number; condition?: string }): Promise<number>;
  removeBreakpoint(number: number): Promise<void>;
  evaluate(expression: string): Promise<number>;
}

interface Acts {
  tell(text: string, isBad?: boolean): void;
  changed(): void; // the list is another
  registers(): string[];
}

export class Breaks {
  readonly element: HTMLElement;
  readonly list: Breakpoint[] = [];
  private machine: Machine | null = null;
  private readonly rows = h("ul.breaks");

  constructor(private readonly choices: BreakChoice[], private readonly words: { example: string; hint: string }, private readonly acts: Acts) {
    const kind = h("select", { "aria-label": "Stop when" }, ...choices.map((c) => h("option", { value: c.name }, c.text)));
    const place = h("input", { type: "text", size: 12, "aria-label": "Address, port or register", placeholder: words.example });
    const condition = h("input", { type: "text", size: 12, "aria-label": "Only if (an expression)", placeholder: "only if …" });
    const add = () => void this.attempt(async () => {
      await this.addWords(this.choices.find((c) => c.name === kind.value)!, place.value, condition.value);
      place.value = condition.value = "";
    });
    for (const input of [place, condition]) input.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
    this.element = card("Breakpoints", this.rows, h("div.joined.break-form", {}, kind, place, condition, h("button", { onclick: add, "data-act": "add-break" }, "Add")));
    this.paint();
  }

  private async attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.acts.tell((error as Error).message, true);
    }
  }

  /** Another machine, in which those that are on are set; null: none. `place` tells where one is now; null: nowhere, and it goes. */
  async attach(machine: Machine | null, place: (b: Breakpoint) => number | null = (b) => b.first): Promise<void> {
    this.machine = machine;
    if (!machine) return;
    for (const b of [...this.list]) {
      const first = place(b);
      if (first === null) {
        this.list.splice(this.list.indexOf(b), 1);
        continue;
      }
      b.last += first - b.first;
      b.first = first;
      if (b.number >= 0) b.number = await this.put(b);
    }
    this.paint();
  }

  private put(b: Breakpoint): Promise<number> {
    return this.machine!.addBreakpoint(b.kind, b.first, b.last, { space: b.space, condition: b.condition });
  }

  private async addWords(choice: BreakChoice, text: string, condition: string): Promise<void> {
    const { machine } = this;
    if (!machine) throw new Error("There is no machine: start one first.");
    if (!text.trim()) throw new Error(`A breakpoint needs a place, such as ${this.words.example}.`);
    if (condition.trim()) await machine.evaluate(condition);
    const [from, to] = text.split(/\.\.+/);
    const isRegister = choice.kind === "register";
    const first = isRegister ? this.acts.registers().findIndex((r) => r.toLowerCase() === text.trim().toLowerCase()) : await machine.evaluate(from!);
    if (first < 0) throw new Error(`${text}: no such register`);
    const last = to && !isRegister ? await machine.evaluate(to) : first;
    await this.add({ label: `${choice.text} ${text}${condition.trim() ? ` if ${condition}` : ""}`, kind: choice.kind, space: choice.space, first, last, condition });
  }

  private async add(b: Omit<Breakpoint, "number" | "hits">): Promise<void> {
    const added = { ...b, number: -1, hits: 0 };
    added.number = await this.put(added);
    this.list.push(added);
    this.changed();
  }

  at(address: number): Breakpoint | undefined {
    return this.list.find((b) => b.kind === "execute" && b.first === address);
  }

  /** A button that sets and clears the breakpoint at an address. */
  dot(address: number, name: string, line?: number): HTMLElement {
    return h("button.dot", { "aria-label": `breakpoint at ${name}`, "aria-pressed": String((this.at(address)?.number ?? -1) >= 0), title: "breakpoint",
      onclick: () => void this.toggle(address, name, line) });
  }

  toggle(address: number, name: string, line?: number): Promise<void> {
    return this.attempt(async () => {
      const there = this.at(address);
      if (there) await this.remove(there);
      else if (this.machine) await this.add({ label: `${this.choices[0]!.text} ${name}`, kind: "execute", space: 0, first: address, last: address, condition: "", ...(line ? { line } : {}) });
    });
  }

  private async remove(b: Breakpoint): Promise<void> {
    if (b.number >= 0) await this.machine?.removeBreakpoint(b.number);
    this.list.splice(this.list.indexOf(b), 1);
    this.changed();
  }

  /** The machine has stopped at one; undefined: it is none of these. */
  hit(number: number): Breakpoint | undefined {
    const b = this.list.find((one) => one.number === number);
    if (b) b.hits++;
    this.paint();
    return b;
  }

  private async setOn(b: Breakpoint, isOn: boolean): Promise<void> {
    if (isOn) b.number = await this.put(b);
    else {
      await this.machine?.removeBreakpoint(b.number);
      b.number = -1;
    }
    this.changed();
  }

  private changed(): void {
    this.paint();
    this.acts.changed();
  }

  private paint(): void {
    this.rows.replaceChildren(...this.list.map((b) => {
      const box = h("input", { type: "checkbox", checked: b.number >= 0, onchange: () => void this.attempt(() => this.setOn(b, box.checked)) });
      return h("li", {}, h("label", {}, box, " ", b.label), h("span.soft.hits", {}, b.hits === 0 ? "" : b.hits === 1 ? "stopped once" : `stopped ${b.hits} times`),
        h("button.plain", { "aria-label": `remove: ${b.label}`, title: "remove", onclick: () => void this.attempt(() => this.remove(b)) }, "×"));
    }));
    if (this.list.length === 0) this.rows.append(h("li.soft", {}, this.words.hint));
  }
}
