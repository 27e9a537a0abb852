// One register or cell in all its forms: bases, fields, why it has its value, and a place to write another into it.
import { h } from "./dom.js";
import { lens } from "./lens.js";
import { hex } from "./views.js";
import type { Instruction, Place, WhyLink } from "./views.js";

export const bases = ["signed", "unsigned", "hex", "binary", "character"] as const;
export type Base = (typeof bases)[number];

const printable = (value: number) => (value === 10 ? "⏎" : value >= 32 && value < 127 ? `'${String.fromCharCode(value)}'` : "·");

export function inBase(value: number, bits: number, base: Base): string {
  switch (base) {
    case "hex": return "x" + hex(value, bits);
    case "binary": return value.toString(2).padStart(bits, "0");
    case "character": return printable(value);
    case "unsigned": return String(value);
    case "signed": return String(bits > 1 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value);
  }
}

/** A number as a person writes it: 10, #-3, x1F, 0x1F, b101, 'A'. NaN: it is none. */
export function readNumber(text: string): number {
  const t = text.trim();
  if (/^'.'$/u.test(t)) return t.codePointAt(1)!;
  if (/^-?(0x|x)[0-9a-f]+$/i.test(t)) return parseInt(t.replace(/^(-?)0?x/i, "$1"), 16);
  if (/^(0b|b)[01]+$/i.test(t)) return parseInt(t.replace(/^0?b/i, ""), 2);
  return /^#?-?\d+$/.test(t) ? Number(t.replace("#", "")) : NaN;
}

export interface Shown {
  place: Place;
  title: string;
  value: number;
  bits: number;
  base: Base | "";
  instruction: Instruction | null; // of a cell
  cellBits: number;
  why: WhyLink[];
}

interface Acts {
  write(place: Place, text: string): Promise<void>;
  flip(bit: number): void;
  base(place: Place, base: Base | ""): void;
  goTo(step: number): void;
  name(place: Place): string;
}

export class ValueCard {
  readonly element = h("div.value-card");

  constructor(private readonly acts: Acts) {
    this.clear();
  }

  clear(): void {
    this.element.replaceChildren(h("p.soft", {}, "Choose a register or a cell of memory: here it is in every base, how it came to its value, and you can change it."));
  }

  show(s: Shown): void {
    const input = h("input", { type: "text", "aria-label": `New value of ${s.title}`,
      placeholder: s.place.kind === "memory" ? "10, x1F, b101, 'A', or an instruction" : "10, #-3, x1F, b101, 'A'",
      onkeydown: (event: KeyboardEvent) => { if (event.key === "Enter") void this.acts.write(s.place, input.value); } });
    const base = h("select", { "aria-label": `Show ${s.title} as`, onchange: () => this.acts.base(s.place, base.value as Base | "") },
      h("option", { value: "" }, "as the others"), ...bases.map((b) => h("option", { value: b, selected: b === s.base }, b)));
    const forms = h("dl.forms", {}, ...bases.map((b) => h("div", {}, h("dt", {}, b), h("dd", {}, inBase(s.value, s.bits, b)))));
    this.element.replaceChildren(h("div.bar.tight", {}, h("b.mono", {}, s.title), h("span.space"), base), forms,
      ...(s.instruction && s.instruction.length > 0 ? [h("p.mono.as-text", {}, s.instruction.text), lens(s.instruction, s.place.index, s.cellBits, (bit) => this.acts.flip(bit))] : []),
      h("div.joined", {}, input, h("button", { onclick: () => void this.acts.write(s.place, input.value), "data-act": "write" }, "Write")),
      h("h3", {}, "Why this value?"), this.why(s.why, s.bits));
  }

  private why(links: WhyLink[], bits: number): HTMLElement {
    const depths: number[] = [];
    const rows = links.map((link, n) => {
      depths[n] = link.parent < 0 ? 0 : (depths[link.parent] ?? 0) + 1;
      const e = link.effect, text = `${this.acts.name(e.place)} = ${inBase(e.new, bits, "signed")}`;
      return h("li", { style: `--depth:${depths[n]}` }, h("button.plain", { disabled: link.origin, onclick: () => this.acts.goTo(link.step + 1), title: "go to this moment" },
        link.origin ? `${text}, from the beginning` : `${text}, by step ${link.step}`));
    });
    return h("ul.why", {}, ...(rows.length > 0 ? rows : [h("li.soft", {}, "No step has written to it.")]));
  }
}
