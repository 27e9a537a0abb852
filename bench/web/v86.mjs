// The same in v86: node v86.mjs KERNEL INITRD MEGABYTES APPEND [interpreter]
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [kernel, initrd, megabytes, append, mode] = process.argv.slice(2);
const build = path.dirname(createRequire(import.meta.url).resolve("v86/build/libv86.mjs"));
const { V86 } = await import(pathToFileURL(path.join(build, "libv86.mjs")));
const load = async (name) => ({ buffer: new Uint8Array(await readFile(name)).buffer });

const emulator = new V86({
  wasm_path: path.join(build, "v86.wasm"),
  bios: await load("/usr/share/seabios/bios.bin"),
  vga_bios: await load("/usr/share/seabios/vgabios-stdvga.bin"),
  bzimage: await load(kernel),
  initrd: await load(initrd),
  cmdline: append,
  memory_size: Number(megabytes) << 20,
  disable_jit: mode === "interpreter",
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
  autostart: true,
});
emulator.add_listener("serial0-output-byte", (byte) => process.stdout.write(String.fromCharCode(byte)));
