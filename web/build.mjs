// Bundles the page and the library: node build.mjs OUT PACKAGE. `make web` calls it and adds the module, the
// firmware and the guest.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? "../build/web");

/** The examples of both languages as one file that the page bundles. */
async function examples(kind, ending) {
  const folder = path.join(here, "..", "examples", kind);
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  return Promise.all(names.map(async (name) => ({ name, source: await readFile(path.join(folder, name), "utf8") })));
}

const examplesPlugin = {
  name: "examples",
  setup(build) {
    build.onResolve({ filter: /^examples$/ }, () => ({ path: "examples", namespace: "examples" }));
    build.onLoad({ filter: /.*/, namespace: "examples" }, async () => ({
      contents: `export const toy = ${JSON.stringify(await examples("toy", ".toy"))};
                 export const lc3 = ${JSON.stringify(await examples("lc3", ".asm"))};`,
    }));
  },
};

const common = {
  bundle: true, format: "esm", target: "es2022", minify: true, sourcemap: false, legalComments: "none",
  external: ["node:*"], logLevel: "warning", absWorkingDir: here, plugins: [examplesPlugin],
};
await mkdir(out, { recursive: true });
const entries = ["src/index.ts", "src/worker.ts"];
await build({ ...common, entryPoints: { vitrine: entries[0], worker: entries[1] }, outdir: out });
if (await readFile(path.join(here, "page/index.html")).catch(() => null)) {
  for (const name of await readdir(out)) if (/^(page|part)-.*\.(js|css)(\.gz)?$/.test(name)) await rm(path.join(out, name));
  const { metafile } = await build({ ...common, entryPoints: { page: "page/main.ts" }, outdir: out, splitting: true,
                                     chunkNames: "part-[hash]", metafile: true });
  for (const name of ["index.html", "icon.svg"]) await copyFile(path.join(here, "page", name), path.join(out, name));
  // What works without a network after the first load: all of the page, and the machine that it begins with.
  const own = Object.keys(metafile.outputs).map((name) => path.basename(name)).sort();
  const offline = await readFile(path.join(here, "page/offline.js"), "utf8");
  await writeFile(path.join(out, "offline.js"), offline.replace("[/* the page's own files */]", JSON.stringify(own)));
}
await writeFile(path.join(out, "package.json"), '{ "type": "module" }\n');
