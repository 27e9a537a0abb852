// A headless Chromium on the page as `vitrine web` serves it, for the tests of the page.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const { chromium } = createRequire(path.resolve("web/package.json"))("playwright-core");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"];

function serve(program) {
  return new Promise((resolve, reject) => {
    const server = spawn(program, ["web", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    server.stdout.on("data", (text) => resolve({ server, address: /http:\S+/.exec(text)[0] }));
    server.on("exit", (code) => reject(new Error(`vitrine web: exit code ${code}`)));
  });
}

/** The plainest of static servers: the page in a sub-folder, no byte ranges, no compression, no isolation. */
function servePlainly(root) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
  const server = http.createServer(async (request, response) => {
    const name = new URL(request.url, "http://x").pathname.replace(/^\/some\/folder\//, "") || "index.html";
    const bytes = await readFile(path.join(root, name)).catch(() => null);
    response.writeHead(bytes ? 200 : 404, { "Content-Type": types[path.extname(name)] ?? "application/octet-stream" }).end(bytes);
  });
  server.kill = () => server.close();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () =>
    resolve({ server, address: `http://127.0.0.1:${server.address().port}/some/folder/` })));
}

// Told by the browser: tasks of the page's thread that took longer than 50 ms.
const watchLongTasks = () => {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" });
};

/**
 * Runs `visit(page, address, { server, context })`, and fails if the page asked another host, or wrote errors to its
 * console; `mayFail` are the errors that a visit wants. `plainRoot` is a folder for a server that can do nothing more.
 */
export async function withPage(visit, { width = 1280, height = 900, mayFail, plainRoot, args = [], ...more } = {}) {
  const { server, address } = await (plainRoot ? servePlainly(plainRoot) : serve(process.env.VITRINE ?? "build/vitrine"));
  const profile = await mkdtemp(path.join(os.tmpdir(), "vitrine-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...FLAGS, ...args], viewport: { width, height }, acceptDownloads: true, ...more,
  });
  const wrong = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(300_000);
    await page.addInitScript(watchLongTasks);
    page.on("console", (message) => { if (message.type() === "error" && !mayFail?.test(message.text())) wrong.push(message.text()); });
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(address)) wrong.push(`asked ${request.url()}`);
    });
    await visit(page, address, { server, context });
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  } finally {
    await context.close();
    server.kill();
    await rm(profile, { recursive: true, force: true });
  }
}

export function check(isGood, text) {
  if (!isGood) throw new Error(text);
}

/** Fails if axe-core sees something that hinders people. */
export async function checkAxe(page, where) {
  await page.evaluate(await readFile(path.resolve("web/node_modules/axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  const lines = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
  check(lines.length === 0, `${where}: ${lines.join("\n")}`);
}
