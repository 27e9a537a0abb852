// What the smaller cards of a machine to learn on show, made anew at each moment.
import type { Frame } from "../src/index.js";
import { h } from "./dom.js";
import { stackAt } from "./study_look.js";
import type { Desk } from "./study_look.js";
import { hex } from "./views.js";
import type { Place } from "./views.js";

const MAX_DEVICE_ROWS = 14, MAX_KEYS = 40;

/** A button for each register; one that the last step has changed shows both values. */
export function registerButtons(desk: Desk): Node[] {
  const { registers, delta } = desk.look;
  const changes = new Map(delta?.effects.filter((e) => e.place.kind === "register").map((e) => [e.place.index, e]));
  return desk.description.registers.map((r, n) => {
    const place: Place = { kind: "register", index: n, name: r.name };
    const change = changes.get(n), isAddress = r.role !== "general" && r.role !== "stack" && !desk.ownBase(place);
    const show = (value: number) => (isAddress ? "x" + hex(value, r.bits) : desk.show(value, r.bits, place));
    const text = change && change.old !== change.new ? h("span", {}, h("s", {}, show(change.old) + " → "), show(registers[n]!)) : show(registers[n]!);
    const button = h("button", { title: `${r.text}: why this value?`, "data-register": r.name, onclick: () => void desk.choose(place) }, h("b", {}, r.name), text);
    button.classList.toggle("changed", !!change);
    button.classList.toggle("chosen", desk.isChosen(place));
    return button;
  });
}

export function flagWords(desk: Desk): Node[] {
  return desk.description.flags.map((f) => {
    const value = Math.floor(desk.look.registers[f.register]! / 2 ** f.first_bit) % 2 ** f.bits;
    return h(value ? "span.on" : "span", { title: f.text }, f.bits > 1 ? `${f.name} ${value}` : f.name, h("span.visually-hidden", {}, value ? " set" : " clear"));
  });
}

/** The keys that wait; `isAsked`: the program waits for one. */
export function keyCaps(keys: string, isAsked: boolean): (Node | string)[] {
  if (!keys) return [isAsked ? "The program waits for a key." : "No key waits."];
  return [h("span", {}, "waiting to be read:"), ...[...keys].slice(0, MAX_KEYS).map((key) => h("kbd.key-cap", {}, key === "\n" ? "⏎" : key === " " ? "␣" : key))];
}

const CALLS: Record<Frame["cause"], string> = { instruction: "called", interrupt: "interrupted for", exception: "trapped into", edit: "edited" };

/** Open calls, and the top of the stack. */
export function callsAndStack(desk: Desk): Node[] {
  const { frames, stack, registers } = desk.look, top = stackAt(desk.description, registers);
  const name = (address: number) => desk.symbolAt(address) ?? `x${hex(address, 16)}`;
  const calls = frames.map((f) => h("li", {}, h("button.plain", { disabled: f.step < 0, title: "back to this call", onclick: () => void desk.goTo(f.step) },
    `x${hex(f.call, 16)} ${CALLS[f.cause]} ${name(f.target)}`)));
  const cells = [...stack].map((value, n) => h(n === 0 ? "tr.here" : "tr", {},
    h("th", { scope: "row" }, `x${hex(top + n, 16)}`), h("td", {}, desk.show(value, 16)), h("td.soft", {}, desk.symbolAt(value) ?? "")));
  return [h("ul.frames", {}, ...(calls.length > 0 ? calls : [h("li.soft", {}, "No call is open.")])),
    h("table.stack", {}, h("caption.soft", {}, "from the top of the stack"), h("tbody", {}, ...cells))];
}

const fieldText = (field: string, value: string) =>
  (/^is_/.test(field) ? (value === "0" ? "no" : "yes") : /^f{16}$/.test(value) ? "never" : "x" + value.toUpperCase());

/** A table for each device; the processor has its own cards. */
export function deviceTables(names: string[], fields: Record<string, string>[]): Node[] {
  return names.map((name, n) => ({ name, rows: Object.entries(fields[n] ?? {}) })).filter(({ name }) => name !== "cpu")
    .map(({ name, rows }) => h("div", {}, h("h3", {}, name), h("dl.forms", {}, ...rows.slice(0, MAX_DEVICE_ROWS).map(([field, value]) =>
      h("div", {}, h("dt", {}, field.replace(/_/g, " ")), h("dd", {}, fieldText(field, value)))))));
}
