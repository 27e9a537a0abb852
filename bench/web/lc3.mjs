// Runs an LC-3 program for so many instructions in our WebAssembly build, with history:
//   node lc3.mjs PACKAGE PROGRAM INSTRUCTIONS
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [library, program, count] = process.argv.slice(2);
const { createLC3 } = await import(pathToFileURL(path.resolve(library, "dist/vitrine.js")));
const machine = await createLC3({ source: await readFile(program, "utf8") });
const begin = process.hrtime.bigint();
await machine.runTo(Number(count));
console.log(`wall time ${Number(process.hrtime.bigint() - begin) / 1e9} s`);
console.log(`digest ${await machine.digest()} at ${await machine.instructionCount()} instructions`);
await machine.destroy();
