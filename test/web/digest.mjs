// Runs a machine in the WebAssembly build, in node, and prints its digest as `vitrine --digest` does:
//   node digest.mjs PACKAGE MACHINE INSTRUCTIONS [PROGRAM | KERNEL INITRD APPEND]
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [library, kind, limit, ...rest] = process.argv.slice(2);
const { createLC3, createPC, createToy } = await import(pathToFileURL(path.resolve(library, "dist/vitrine.js")));

async function create() {
  if (kind === "pc") {
    const [kernel, initrd, append] = rest;
    return createPC({ kernel, initrd, append, paced: false, date: new Date("2000-01-01T00:00:00Z") });
  }
  const source = await readFile(rest[0], "utf8");
  return kind === "toy" ? createToy({ source }) : createLC3({ source });
}

const machine = await create();
await machine.runTo(Number(limit));
console.log(`digest ${await machine.digest()} at ${await machine.instructionCount()} instructions`);
await machine.destroy();
