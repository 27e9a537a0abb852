// The default guest's kernel in our WebAssembly build, in node; its serial port is standard output:
//   node vitrine.mjs PACKAGE KERNEL INITRD MEGABYTES APPEND
import path from "node:path";
import { pathToFileURL } from "node:url";

const [library, kernel, initrd, megabytes, append] = process.argv.slice(2);
const { createPC } = await import(pathToFileURL(path.resolve(library, "dist/vitrine.js")));
const pc = await createPC({ kernel, initrd, append, memory: `${megabytes}M`, paced: false });
pc.on("serial", (text) => process.stdout.write(text));
pc.on("stop", () => process.exit());
await pc.run();
