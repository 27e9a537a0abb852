// What a person changes in a machine to learn on: a register, a cell, a bit of a cell. What can't be is an Error with words.
import type { Study } from "../src/index.js";
import { readNumber } from "./value.js";
import type { Description, Place } from "./views.js";

async function put(machine: Study, address: number, cells: number[]): Promise<void> {
  if (await machine.setMemory(address, cells) !== cells.length) throw new Error("This memory can't be written.");
}

/** Writes a number in any notation, into a cell an instruction too. */
export async function writePlace(machine: Study, description: Description, place: Place, text: string): Promise<void> {
  const number = readNumber(text);
  if (place.kind !== "register") {
    return put(machine, place.index, Number.isNaN(number) ? await machine.assembleAt(place.index, text) : [number & 0xffff]);
  }
  if (Number.isNaN(number)) throw new Error(`${text}: not a number such as 10, #-3, x1F, b101 or 'A'`);
  const values = 2 ** description.registers[place.index]!.bits;
  if (!await machine.setRegister(place.name!, ((number % values) + values) % values)) throw new Error(`${place.name} can't be set to this.`);
}

/** Turns a bit over, counted from the lowest of the cell at an address on. */
export async function flipBit(machine: Study, description: Description, address: number, bit: number): Promise<void> {
  const width = description.spaces[0]!.cell_bits, at = address + Math.floor(bit / width);
  const [cell] = await machine.memory(at, 1);
  await put(machine, at, [cell! ^ (1 << (bit % width))]);
}
