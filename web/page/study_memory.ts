// The cells of memory around an address, PC or the top of the stack, and the program's labels.
import { card, h } from "./dom.js";
import { stackAt } from "./study_look.js";
import type { Desk } from "./study_look.js";
import { bases, inBase } from "./value.js";
import type { Base } from "./value.js";
import { hex } from "./views.js";
import type { Delta, Place } from "./views.js";

const CELLS = 128, MAX_LABELS = 32;
const COLUMNS: Record<Base, number> = { hex: 8, character: 8, signed: 4, unsigned: 4, binary: 2 };

export class MemoryCard {
  readonly element: HTMLElement;
  readonly count = CELLS;
  first = 0; // what is shown
  private wanted = 0;
  private base: Base = "hex";
  private readonly grid = h("div.memory");
  private readonly labels = h("div.labels", { role: "group", "aria-label": "Labels of the program" });
  private readonly follow: HTMLSelectElement;

  constructor(private readonly desk: Desk) {
    const place = h("input", { type: "text", size: 7, "aria-label": "Address of the memory shown", placeholder: "address",
      onchange: () => void this.showAt(place.value) });
    this.follow = h("select", { "aria-label": "The memory follows", onchange: () => {
      this.wanted = this.first;
      void desk.refresh();
    } }, h("option", { value: "" }, "stays"), h("option", { value: "pc" }, "with PC"), ...(desk.kind === "lc3" ? [h("option", { value: "stack" }, "with stack")] : []));
    const baseChoice = h("select", { "aria-label": "Show memory as", onchange: () => {
      this.base = baseChoice.value as Base;
      desk.paint();
    } }, ...bases.map((name) => h("option", { selected: name === this.base }, name)));
    this.element = card("Memory", h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Cells of memory" }, this.grid), this.labels);
    this.element.firstElementChild!.append(h("span.joined", {}, baseChoice, this.follow, place));
  }

  /** Another program, which begins at an address. */
  begin(address: number): void { this.wanted = address & ~7; }

  /** Chooses what is shown of a machine in this state. */
  place(registers: number[], next: Delta | null): void {
    const { description } = this.desk, cells = 2 ** description.spaces[0]!.address_bits;
    const followed: Record<string, number> = { pc: (next?.pc ?? 0) - 16, stack: stackAt(description, registers) - 8 };
    this.first = Math.min(Math.max(0, (followed[this.follow.value] ?? this.wanted) & ~7), cells - CELLS);
  }

  private stayAt(address: number): void {
    this.follow.value = "";
    this.wanted = address & ~7;
  }

  private async showAt(expression: string): Promise<void> {
    try {
      this.stayAt(Math.max(0, await this.desk.machine!.evaluate(expression)));
      await this.desk.refresh();
    } catch (error) {
      this.desk.tell(`${expression}: ${(error as Error).message}`, true);
    }
  }

  paint(): void {
    const { desk } = this, { delta, next, memory, registers } = desk.look, columns = COLUMNS[this.base];
    const written = new Map(delta?.effects.filter((e) => e.place.kind === "memory" && !e.place.space).map((e) => [e.place.index, e.old]));
    const stack = desk.kind === "lc3" ? stackAt(desk.description, registers) : -1;
    this.grid.style.setProperty("--columns", String(columns));
    const cells: Node[] = [];
    memory.forEach((value, n) => {
      const address = this.first + n;
      if (n % columns === 0) cells.push(h("span.soft", {}, hex(address, 16)));
      const cell = this.cell(address, value, written.get(address));
      cell.classList.toggle("pc", next?.pc === address);
      cell.classList.toggle("sp", address === stack);
      cells.push(cell);
    });
    this.grid.replaceChildren(...cells);
    this.paintLabels();
  }

  private cell(address: number, value: number, old: number | undefined): HTMLElement {
    const { desk } = this, place: Place = { kind: "memory", index: address, space: 0 }, name = desk.nameOf(place);
    const text = inBase(value, 16, desk.ownBase(place) ?? this.base).replace(/^x/, "");
    const cell = h("button", { title: [`${name}: ${inBase(value, 16, "signed")}`, this.regionOf(address), old !== undefined ? `was ${inBase(old, 16, "signed")}` : ""].filter(Boolean).join(", "),
      "aria-label": `${name}: ${text}`, onclick: () => void desk.choose(place) }, text);
    cell.classList.toggle("zero", value === 0);
    cell.classList.toggle("changed", old !== undefined);
    cell.classList.toggle("labelled", desk.symbolAt(address) !== undefined);
    cell.classList.toggle("chosen", desk.isChosen(place));
    return cell;
  }

  private paintLabels(): void {
    this.labels.replaceChildren(...(this.desk.machine?.symbols ?? []).slice(0, MAX_LABELS).map((s) =>
      h("button.plain.mono", { title: `shows x${hex(s.address, 16)}`, onclick: () => {
        this.stayAt(s.address);
        void this.desk.choose({ kind: "memory", index: s.address, space: 0 }).then(() => this.desk.refresh());
      } }, h("b.label", {}, s.name), ` ${hex(s.address, 16)}`)));
  }

  private regionOf(address: number): string {
    return this.desk.description.regions.find((r) => r.space === 0 && address >= r.first && address <= r.last)?.name ?? "";
  }
}
