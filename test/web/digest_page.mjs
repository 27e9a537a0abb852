// The digest of a machine in Chromium, printed as `vitrine --digest` prints it:
//   node digest_page.mjs MACHINE INSTRUCTIONS [PROGRAM]
// A PC boots the default guest, the same as in digest.mjs.
import { readFile } from "node:fs/promises";
import { withPage } from "./chromium.mjs";

const [kind, limit, program] = process.argv.slice(2);
const source = program ? await readFile(program, "utf8") : "";

await withPage(async (page, address) => {
  await page.goto(address);
  console.log(await page.evaluate(async ([name, count, text]) => {
    const { createLC3, createPC, createToy, defaultGuest } = await import(new URL("vitrine.js", location.href));
    const machine = await (name === "toy" ? createToy({ source: text }) : name === "lc3" ? createLC3({ source: text })
      : createPC({ ...defaultGuest(), paced: false, date: new Date("2000-01-01T00:00:00Z") }));
    await machine.runTo(Number(count));
    return `digest ${await machine.digest()} at ${await machine.instructionCount()} instructions`;
  }, [kind, limit, source]));
});
