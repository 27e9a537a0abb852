// Views that know a machine by its description only, and the shapes of include/vitrine/json.h.
import { h, svg } from "./dom.js";

export interface Description {
  name: string;
  registers: { name: string; text: string; group: number; bits: number; role: string }[];
  groups: string[];
  flags: { name: string; text: string; register: number; first_bit: number; bits: number }[];
  spaces: { name: string; address_bits: number; cell_bits: number }[];
  regions: { name: string; first: number; last: number; role: string; space: number }[];
  micros: { name: string; text: string; phase: string }[];
  boxes: { name: string; x: number; y: number; width: number; height: number; register?: number }[];
  wires: { name: string; from: number; to: number; points: [number, number][]; micros: number[] }[];
}

export interface Place { kind: string; index: number; space?: number; name?: string }
export interface Effect { place: Place; bits: number; old: number; new: number }
export interface Field { name: string; first_bit: number; bits: number; role: string; signed?: boolean }
export interface Instruction { length: number; cells: number[]; text: string; fields: Field[] }
export interface Delta {
  step: number; cause: string; pc: number; next: number; instruction: Instruction; effects: Effect[];
  micros: number[]; wires: [number, number][][]; text: string;
}
export interface WhyLink { step: number; parent: number; origin: boolean; effect: Effect }

export const hex = (value: number | bigint, bits: number): string => value.toString(16).toUpperCase().padStart(Math.ceil(bits / 4), "0");

/** The bits of an instruction, the highest of each cell first, coloured by the field that they are of. */
export function bits(instruction: Instruction, address: number, cellBits = 16): HTMLElement {
  const parts: Node[] = [];
  for (let cell = 0; cell < instruction.cells.length; cell++) {
    const inCell = instruction.fields.map((f, n) => ({ ...f, n })).filter((f) => Math.floor(f.first_bit / cellBits) === cell)
      .sort((a, b) => b.first_bit - a.first_bit);
    const text = instruction.cells[cell]!.toString(2).padStart(cellBits, "0");
    let from = cellBits;
    for (const f of inCell) {
      const low = f.first_bit % cellBits, high = Math.min(cellBits, low + f.bits);
      if (high < from) parts.push(h("span", {}, text.slice(cellBits - from, cellBits - high)));
      parts.push(h(`span.f-${f.role}`, { title: f.name, "data-field": `${address}.${f.n}` }, text.slice(cellBits - high, cellBits - low)));
      from = low;
    }
    if (from > 0) parts.push(h("span", {}, text.slice(cellBits - from)));
    if (cell + 1 < instruction.cells.length) parts.push(h("span", {}, " "));
  }
  return h("span.bits", {}, ...parts);
}

export function fieldKey(): HTMLElement {
  const roles = ["opcode", "register", "immediate", "offset", "address", "mode", "fixed"];
  return h("div.key", {}, ...roles.map((role) => h(`span.f-${role}`, {}, role)));
}

export function effectText(delta: Delta, show: (value: number, bits: number) => string): string {
  return delta.effects.map((e) => {
    const name = e.place.name ?? (e.place.kind === "memory" ? `[${hex(e.place.index, 16)}]` : e.place.kind);
    if (e.place.kind === "output") return `prints ${e.new === 10 ? "⏎" : e.new >= 32 && e.new < 127 ? String.fromCharCode(e.new) : e.new}`;
    return e.old === e.new ? `${name} ${show(e.new, e.bits)}` : `${name} ${show(e.old, e.bits)} → ${show(e.new, e.bits)}`;
  }).join(", ") || (delta.next !== delta.pc + delta.instruction.length ? `to ${hex(delta.next, 16)}` : "");
}

/** The data path: boxes and wires; those that carry a value show it. */
export class DataPath {
  readonly element: SVGElement;
  private readonly wires: { group: SVGElement; value: SVGElement }[];
  private readonly boxValues: (SVGElement | null)[];

  constructor(private readonly description: Description) {
    this.wires = description.wires.map((wire) => this.wire(wire));
    this.boxValues = description.boxes.map((box) => (box.register === undefined || description.registers[box.register]!.role === "general" ? null :
      svg("text", { class: "value", x: box.x + box.width / 2, y: box.y + box.height / 2 + 2.3 })));
    const boxes = description.boxes.flatMap((box, n) => [
      svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 1.2 }),
      ...this.boxName(box, !!this.boxValues[n]),
      ...(this.boxValues[n] ? [this.boxValues[n]] : []),
    ]);
    const xs = [...description.boxes.flatMap((b) => [b.x, b.x + b.width]), ...description.wires.flatMap((w) => w.points.map(([x]) => x))];
    const ys = [...description.boxes.flatMap((b) => [b.y, b.y + b.height]), ...description.wires.flatMap((w) => w.points.map(([, y]) => y))];
    const left = Math.min(...xs) - 1, top = Math.min(...ys) - 3.5; // a value stands above its wire
    this.element = svg("svg", { class: "path", viewBox: `${left} ${top} ${Math.max(...xs) + 1 - left} ${Math.max(...ys) + 1 - top}`, role: "img", "aria-label": "Data path" }, ...boxes,
                       ...this.wires.map((w) => w.group));
  }

  // A long name takes as many lines as it has words, where there is room for them.
  private boxName(box: Description["boxes"][number], hasValue: boolean): SVGElement[] {
    const words = box.name.split(" ");
    const lines = box.name.length * 1.4 > box.width && box.height > 2.8 * words.length + (hasValue ? 2.8 : 0) ? words : [box.name];
    const size = Math.min(2.5, box.width / Math.max(...lines.map((l) => l.length)) / .56), middle = box.y + box.height / 2 + (hasValue ? -.2 : .9);
    return lines.map((text, n) => svg("text", { x: box.x + box.width / 2, y: middle + (n - (lines.length - 1) / 2) * 2.8, style: `font-size: ${size}px` }, text));
  }

  private wire(wire: Description["wires"][number]): { group: SVGElement; value: SVGElement } {
    const points = wire.points, [x, y] = points.at(-1)!, [px, py] = points.at(-2)!;
    const length = Math.hypot(x - px, y - py) || 1, dx = (x - px) / length, dy = (y - py) / length;
    const head = svg("polygon", { class: "head",
      points: `${x},${y} ${x - 1.6 * dx - .8 * dy},${y - 1.6 * dy + .8 * dx} ${x - 1.6 * dx + .8 * dy},${y - 1.6 * dy - .8 * dx}` });
    // The value stands at the middle of the longest stretch.
    let best = 0, at: [number, number] = [x, y];
    for (let n = 1; n < points.length; n++) {
      const [ax, ay] = points[n - 1]!, [bx, by] = points[n]!, size = Math.hypot(bx - ax, by - ay);
      if (size > best) { best = size; at = [(ax + bx) / 2, (ay + by) / 2]; }
    }
    const value = svg("text", { class: "value", x: at[0], y: at[1] - .8 });
    const group = svg("g", {}, svg("title", {}, wire.name), svg("polyline", { points: points.map((p) => p.join()).join(" ") }), head, value);
    return { group, value };
  }

  /** A micro-operation of a step, or (-1) all that the step did. */
  show(delta: Delta | null, micro: number, registers: number[], text: (value: number) => string): void {
    const live = new Map((micro >= 0 ? delta?.wires[micro] ?? [] : delta?.wires.flat() ?? []));
    this.wires.forEach(({ group, value }, n) => {
      const carried = live.get(n);
      group.setAttribute("class", carried === undefined ? "" : "live");
      value.textContent = carried === undefined ? "" : text(carried);
    });
    this.description.boxes.forEach((box, n) => {
      if (this.boxValues[n]) this.boxValues[n].textContent = "x" + hex(registers[box.register!]!, this.description.registers[box.register!]!.bits);
    });
  }
}
