// The program, step by step: a row for each line that makes instructions.
import type { Study } from "../src/index.js";
import type { Breaks } from "./breaks.js";
import { card, h } from "./dom.js";
import type { Editor } from "./editor.js";
import type { Desk } from "./study_look.js";
import { bits, effectText, fieldKey, hex } from "./views.js";
import type { Delta, Instruction } from "./views.js";

const MAX_ROWS = 200;

interface Row { address: number; line: number; instruction: Instruction }

export class Rows {
  readonly element: HTMLElement;
  private list: Row[] = [];
  private readonly body = h("tbody");

  constructor(private readonly desk: Desk, private readonly editor: Editor, private readonly breaks: Breaks) {
    const heads = ["breakpoint", "address", "source", "word", "bits", "effect"].map((t, n) => h("th", { scope: "col" }, n > 1 ? t : h("span.visually-hidden", {}, t)));
    this.element = card("Step by step", h("div.scroll", { tabindex: 0, role: "region", "aria-label": "The program, step by step" },
      h("table.rows", {}, h("thead", {}, h("tr", {}, ...heads)), this.body)), fieldKey());
  }

  async read(machine: Study): Promise<void> {
    const addresses = Object.keys(machine.lines).map(Number).sort((a, b) => a - b);
    const firsts = addresses.filter((a) => machine.lines[a] !== machine.lines[a - 1]).slice(0, MAX_ROWS);
    const instructions = await machine.look(...firsts.map((argument) => ({ json: "instruction" as const, argument })));
    this.list = firsts.map((address, n) => ({ address, line: machine.lines[address]!, instruction: instructions[n] as Instruction }));
  }

  /** Where the program begins. */
  get first(): number { return this.list[0]?.address ?? 0; }

  /** The first address of a line; null: it has none. */
  addressOf(line: number): number | null {
    return this.list.find((row) => row.line === line)?.address ?? null;
  }

  nameOf(address: number, line: number): string {
    return line > 0 ? `line ${line} (x${hex(address, 16)})` : `x${hex(address, 16)}`;
  }

  // The program's lines; what was or will be carried out elsewhere stands behind them.
  private toShow(): Row[] {
    const { delta, next } = this.desk.look;
    const elsewhere = [delta, next].filter((d): d is Delta => !!d && d.instruction.length > 0 && !this.list.some((r) => r.address === d.pc))
      .map((d) => ({ address: d.pc, line: 0, instruction: d.instruction }));
    return [...this.list, ...elsewhere.filter((row, n) => elsewhere.findIndex((other) => other.address === row.address) === n)];
  }

  paint(): void {
    const at = this.desk.look.next?.pc;
    let here: HTMLElement | undefined;
    this.body.replaceChildren(...this.toShow().map((row) => {
      const element = this.rowOf(row);
      if (row.address === at) here = element;
      return element;
    }));
    const scroll = this.body.closest(".scroll")!;
    if (here && (here.offsetTop < scroll.scrollTop + 30 || here.offsetTop > scroll.scrollTop + scroll.clientHeight - 40)) {
      scroll.scrollTop = here.offsetTop - scroll.clientHeight / 2;
    }
  }

  private rowOf({ address, line, instruction }: Row): HTMLElement {
    const { desk } = this, { delta, next } = desk.look;
    const isNext = next?.pc === address, isDone = delta?.pc === address && delta.cause === "instruction";
    const effect = isDone || isNext ? effectText(isDone ? delta : next!, (v, w) => desk.show(v, w)) : "";
    const choose = () => void desk.choose({ kind: "memory", index: address, space: 0 });
    const row = h("tr", {}, h("td", {}, this.breaks.dot(address, this.nameOf(address, line), line || undefined)),
      h("td.soft", {}, h("button.plain", { onclick: choose, title: "its fields, and a place to change it", "data-row": address }, hex(address, 16))),
      h("td", {}, ...this.sourceOf(address, line, instruction)),
      h("td", {}, instruction.cells.map((c) => hex(c, 16)).join(" ")),
      h("td", {}, bits(instruction, address)), h(isNext && !isDone ? "td.ghost" : "td", {}, effect));
    row.classList.toggle("done", isDone);
    row.classList.toggle("here", isNext);
    if (isNext) row.setAttribute("aria-current", "step");
    return row;
  }

  // The label stands out, also where the line is not the program's own.
  private sourceOf(address: number, line: number, instruction: Instruction): Node[] {
    const text = this.editor.line(line).replace(/\s*;.*/, "").trim() || instruction.text;
    const label = this.desk.symbolAt(address);
    if (!label) return [document.createTextNode(text)];
    const rest = text.toLowerCase().startsWith(label.toLowerCase()) ? text.slice(label.length).replace(/^:/, "").trim() : text;
    return [h("b.label", {}, label), document.createTextNode(` ${rest}`)];
  }
}
