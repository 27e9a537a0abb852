// The field lens: an instruction's bits, each field in its colour, with its name and what it holds. Whatever shows
// the same field elsewhere (a row of the listing) lights up with it.
import { h } from "./dom.js";
import { hex } from "./views.js";
import type { Field, Instruction } from "./views.js";

const bitOf = (i: Instruction, bit: number, cellBits: number) => (i.cells[Math.floor(bit / cellBits)]! >> (bit % cellBits)) & 1;

/** What a field holds; fields run on from one cell into the next. */
export function fieldValue(i: Instruction, f: Field, cellBits: number): number {
  let value = 0;
  for (let n = f.bits - 1; n >= 0; n--) value = 2 * value + bitOf(i, f.first_bit + n, cellBits);
  return f.signed && bitOf(i, f.first_bit + f.bits - 1, cellBits) ? value - 2 ** f.bits : value;
}

/** The name under which all places that show a field find each other. */
export const fieldName = (address: number, n: number): string => `${address}.${n}`;

/** Bytes of an instruction in the colours of the fields in them. */
export function bytes(i: Instruction, address: number): HTMLElement {
  return h("span.bits", {}, ...i.cells.slice(0, 11).map((cell, n) => {
    const inside = i.fields.map((f, number) => ({ f, number })).filter(({ f }) => f.first_bit < 8 * (n + 1) && f.first_bit + f.bits > 8 * n);
    const widest = [...inside].sort((a, b) => b.f.bits - a.f.bits)[0];
    return h(`span.${widest ? `f-${widest.f.role}` : "soft"}`,
             { title: inside.map(({ f }) => f.name).join(", "), "data-field": widest ? fieldName(address, widest.number) : undefined }, hex(cell, 8));
  }));
}

/** The lens. `flip` is asked to turn a bit over; without it the bits only show. */
export function lens(i: Instruction, address: number, cellBits: number, flip?: (bit: number) => void): HTMLElement {
  const fields = i.fields.map((f, n) => ({ f, n })).sort((a, b) => {
    const cell = ({ f }: { f: Field }) => Math.floor(f.first_bit / cellBits);
    return cell(a) - cell(b) || b.f.first_bit - a.f.first_bit;
  });
  return h("div.lens", {}, ...fields.map(({ f, n }) => {
    const value = fieldValue(i, f, cellBits);
    const bits = Array.from({ length: f.bits }, (_, k) => f.first_bit + f.bits - 1 - k);
    return h(`div.field.f-${f.role}`, { "data-field": fieldName(address, n) },
      h("span.field-name", {}, f.name),
      h("span.field-bits", {}, ...bits.map((bit) => (flip
        ? h("button", { onclick: () => flip(bit), "aria-label": `bit ${bit}, ${f.name}: ${bitOf(i, bit, cellBits)}; turn it over` }, String(bitOf(i, bit, cellBits)))
        : h("span", {}, String(bitOf(i, bit, cellBits)))))),
      h("span.field-value", {}, f.bits > 4 ? `${value} · x${hex(value < 0 ? value + 2 ** f.bits : value, f.bits)}` : String(value)));
  }));
}

/** Lights up, inside `root`, all that shows the field under the pointer or the focus. */
export function linkFields(root: HTMLElement): void {
  const light = (event: Event) => {
    const name = (event.target as HTMLElement).closest?.("[data-field]")?.getAttribute("data-field");
    for (const lit of root.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (name) for (const same of root.querySelectorAll(`[data-field="${name}"]`)) same.classList.add("lit");
  };
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, light);
  root.addEventListener("pointerleave", light);
}
