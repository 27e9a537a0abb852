// What the cards of a machine to learn on see, and ask of the tab that they are in.
import type { Frame, Study } from "../src/index.js";
import type { Base } from "./value.js";
import type { Delta, Description, Place } from "./views.js";

export type Kind = "toy" | "lc3";

/** What a tab shows of its machine, read at one moment. */
export interface Look {
  moment: { step: number; last: number };
  registers: number[];
  delta: Delta | null;
  next: Delta | null;
  display: string;
  keys: string;
  memory: Uint16Array;
  stack: Uint16Array;
  frames: Frame[];
  written: number; // a bit for each register (toy)
  devices: Record<string, string>[];
}

export const keyOf = (place: Place) => `${place.kind}${place.space ?? 0}:${place.index}`;

/** The tab, as its cards know it. */
export interface Desk {
  readonly kind: Kind;
  readonly machine: Study | null;
  readonly description: Description;
  readonly look: Look;
  show(value: number, width: number, place?: Place): string; // in the base that the person chose
  ownBase(place: Place): Base | undefined; // chosen for this place alone
  nameOf(place: Place): string;
  symbolAt(address: number): string | undefined;
  isChosen(place: Place): boolean;
  choose(place: Place): Promise<void>;
  goTo(step: number): Promise<void>;
  refresh(): Promise<void>;
  paint(): void;
  tell(text: string, isBad?: boolean): void;
}

/** Where the stack begins; 0: there is none. */
export function stackAt(description: Description, registers: number[]): number {
  const n = description.registers.findIndex((r) => r.role === "stack");
  return n < 0 ? 0 : registers[n]!;
}
