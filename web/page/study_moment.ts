// A moment of a run as words of the page's address: what was typed up to it and at which steps, and the step's number.
import { packText, unpackText } from "./dom.js";

export interface Typed { step: number; text: string }
export interface Moment { step: number; keys: Typed[] }

export function momentWords(step: number, typed: Typed[]): string {
  const keys = typed.filter((k) => k.step <= step).map((k) => `${k.step}.${packText(k.text)}`).join(",");
  return (keys ? `&keys=${keys}` : "") + (step > 0 ? `&step=${step}` : "");
}

/** The moment that such words tell; null: none, or nothing but the beginning. */
export function readMoment(words: URLSearchParams): Moment | null {
  const step = Number(words.get("step") ?? 0);
  const keys = (words.get("keys") ?? "").split(",").filter(Boolean).map((entry) => {
    const [at, text = ""] = entry.split(".");
    return { step: Number(at), text: unpackText(text) ?? "" };
  });
  const isRight = Number.isSafeInteger(step) && step >= 0 && keys.every((k) => Number.isSafeInteger(k.step) && k.step >= 0);
  return isRight && (step > 0 || keys.length > 0) ? { step, keys } : null;
}
