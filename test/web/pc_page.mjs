// The tab of the PC in Chromium: node pc_page.mjs NAME
import { readFile } from "node:fs/promises";
import { check, checkAxe, withPage } from "./chromium.mjs";

const prompt = /vitrine:\S*#/;
const minutes = 15 * 60_000;

/** What the serial terminal shows. */
const shown = (page) => page.$$eval("#panel-pc .xterm-accessibility-tree > div", (rows) => rows.map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd()).join("\n"));

async function waitForText(page, pattern) {
  const end = Date.now() + minutes;
  for (let text = ""; !pattern.test(text); text = await shown(page)) {
    check(Date.now() < end, `not seen: ${pattern}; the terminal shows: ${text}`);
    await page.waitForTimeout(500);
  }
}

/** A disk whose boot sector sends the first byte of sector 1 to COM1 and writes that byte back, one more. */
function countingDisk() {
  const image = Buffer.alloc(1 << 20);
  Buffer.from("31c08ed88ec0" + "bb007e" + "b80102b90200ba8000cd13" // read sector 1 to 7E00h
              + "a0007ebaf803ee" + "fe06007e" // out 3F8h, inc
              + "b80103b90200ba8000cd13" + "fbf4ebfd", "hex").copy(image); // write it; sti, hlt
  image[510] = 0x55;
  image[511] = 0xaa;
  image.write("A", 512);
  return { name: "counting.img", mimeType: "application/octet-stream", buffer: image };
}

const optionsOf = (page) => page.locator("#panel-pc summary", { hasText: "Disks and options" });
const notice = (page, text) => page.locator("#panel-pc .notice", { hasText: text }).waitFor();
const act = (page, name) => page.click(`#panel-pc [data-act=${name}]`);
const says = (page, text) => page.locator("#panel-pc .inside .say", { hasText: text }).waitFor();

async function bootDisk(page) {
  await optionsOf(page).click();
  await page.setInputFiles("#panel-pc input[type=file][data-drive=hda]", countingDisk());
  await page.selectOption("#panel-pc select:has(option[value=yes])", "yes");
  await act(page, "restart");
}

/**
 * A boot sector to look at:
 * 7C00 mov dx,3F8h; 7C03 mov al,'A'; 7C05 out dx,al; 7C06 inc byte [7E00h]; 7C0A call 7C0Fh; 7C0D jmp 7C05h; 7C0F inc bx; 7C10 ret
 */
function programDisk() {
  const image = Buffer.alloc(1 << 20);
  Buffer.from("baf803" + "b041" + "ee" + "fe06007e" + "e80200" + "ebf6" + "43" + "c3", "hex").copy(image);
  image[510] = 0x55;
  image[511] = 0xaa;
  return { name: "program.img", mimeType: "application/octet-stream", buffer: image };
}

async function addBreak(page, kind, place, condition = "") {
  await page.selectOption('#panel-pc [aria-label="Stop when"]', kind);
  await page.fill('#panel-pc [aria-label="Address, port or register"]', place);
  await page.fill('#panel-pc [aria-label="Only if (an expression)"]', condition);
  await act(page, "add-break");
  await page.locator("#panel-pc .breaks", { hasText: place }).waitFor();
}

const dropBreaks = async (page) => {
  for (const remove = page.locator('#panel-pc .breaks button'); await remove.count() > 0; await page.waitForTimeout(50)) await remove.first().click();
};

/** A server for images: with byte ranges, without, and one that has none. */
async function serveImages(context, address, asked) {
  const image = countingDisk().buffer;
  await context.route(`${address}images/*`, (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1);
    const range = /bytes=(\d+)-(\d+)/.exec(route.request().headers().range ?? "");
    if (name === "none.img") return route.fulfill({ status: 404, body: "" });
    if (name === "whole.img" || !range) return route.fulfill({ status: 200, body: image });
    const [first, last] = [Number(range[1]), Math.min(Number(range[2]), image.length - 1)];
    asked.push([first, last]);
    return route.fulfill({ status: 206, headers: { "Content-Range": `bytes ${first}-${last}/${image.length}` }, body: image.subarray(first, last + 1) });
  });
}

async function bootAddress(page, url) {
  await page.fill('#panel-pc input[type=url] >> nth=0', url);
  await act(page, "restart");
}

const visits = {
  // A disk of the user's; its writes are there after a reload.
  async disk(page, address) {
    await page.goto(`${address}#pc`);
    await bootDisk(page);
    await waitForText(page, /^A$/m);
    await page.goto("about:blank");
    await page.goto(`${address}#pc`);
    await bootDisk(page);
    await waitForText(page, /^B$/m);
    const [download] = await Promise.all([page.waitForEvent("download"), act(page, "save-hda")]);
    const image = await readFile(await download.path());
    check(image.length === 1 << 20 && image.toString("latin1", 512, 513) === "C", "the downloaded disk has not what the guest wrote");
  },

  // An image on a server: pieces of it are fetched, and only those that the guest reads.
  async url(page, address, { context }) {
    const asked = [];
    await serveImages(context, address, asked);
    await page.goto(`${address}#pc?hda=${encodeURIComponent(`${address}images/ranges.img`)}`);
    await waitForText(page, /^A$/m);
    check(asked.length > 1 && asked.every(([first, last]) => last - first < 1 << 18), `ranges: ${asked.join(" ")}`);
  },

  // What goes wrong is said in words that help.
  async errors(page, address, { context }) {
    await serveImages(context, address, []);
    await page.goto(`${address}#pc?hda=${encodeURIComponent(`${address}images/none.img`)}`);
    await notice(page, "none.img: the server answers 404");
    await optionsOf(page).click();
    await bootAddress(page, `${address}images/whole.img`);
    await notice(page, "the server sends no byte ranges");
    await page.fill("#panel-pc input[type=url] >> nth=0", "");
    await context.route(`${address}vitrine.wasm*`, (route) => route.fulfill({ body: Buffer.from("0061736d0100000063", "hex") }));
    await act(page, "restart");
    await notice(page, "WebAssembly is too old");
  },

  async memory(page, address) {
    await page.goto(`${address}#pc?memory=1G`);
    await notice(page, /memory/);
  },

  // Stops on code, on a port, on memory, on a register; steps, over a call, to an address; and what is seen then.
  async inside(page, address) {
    await page.goto(`${address}#pc`);
    await page.locator("#panel-pc [data-act=run]", { hasText: "Pause" }).waitFor();
    await addBreak(page, "code", "x7C00");
    await optionsOf(page).click();
    await page.setInputFiles("#panel-pc input[type=file][data-drive=hda]", programDisk());
    await act(page, "restart");
    await says(page, "Stopped at a breakpoint: code at x7C00");
    const here = page.locator("#panel-pc .listing tr.here");
    check((await here.textContent()).includes("mov dx,0x3f8"), `here is ${await here.textContent()}`);
    await act(page, "inside-step");
    await page.locator('#panel-pc [data-register="edx"].changed', { hasText: "000003F8" }).waitFor();
    check((await page.textContent('#panel-pc [data-segment="cs"]')).includes("0000FFFF"), "cs has no limit");
    await page.locator("#panel-pc .walk-box", { hasText: "physical00007C03" }).waitFor();
    await dropBreaks(page);
    await addBreak(page, "out", "x3F8");
    await act(page, "run");
    await says(page, "port is written x3F8");
    check((await here.textContent()).includes("out dx,al"), `a port stops before ${await here.textContent()}`);
    await dropBreaks(page);
    await addBreak(page, "write", "x7E00");
    await act(page, "run");
    await says(page, "memory changes at x7E00");
    await dropBreaks(page);
    await act(page, "inside-over");
    await page.locator("#panel-pc .listing tr.here", { hasText: "00007C0D" }).waitFor();
    await page.fill('#panel-pc [aria-label="Address to run to"]', "x7C0F");
    await page.click('#panel-pc [data-key="t"]');
    await page.locator("#panel-pc .listing tr.here", { hasText: "inc bx" }).waitFor();
    await act(page, "inside-out");
    await page.locator("#panel-pc .listing tr.here", { hasText: "00007C0D" }).waitFor();
    await page.fill('#panel-pc [aria-label="Set a register"]', "ebx = x1000 + 2");
    await page.keyboard.press("Enter");
    await page.locator('#panel-pc [data-register="ebx"]', { hasText: "00001002" }).waitFor();
    await addBreak(page, "register", "ebx");
    await act(page, "run");
    await says(page, "register changes ebx");
    await page.fill('#panel-pc [aria-label="Address of the memory shown"]', "x7E00");
    await page.keyboard.press("Enter");
    await page.click('#panel-pc [aria-label^="00007E00:"]');
    await page.fill('#panel-pc [aria-label="new value of 00007E00"]', "5A");
    await page.keyboard.press("Enter");
    await page.locator('#panel-pc [aria-label="00007E00: 5A; change it"]').waitFor();
    await checkAxe(page, "look inside");
  },


  // Its own default: a small Linux. No task of the page's own may take long while it boots.
  async linux(page, address) {
    await page.goto(`${address}#pc?console=ttyS0`);
    await page.locator("#panel-pc [data-act=run]", { hasText: "Pause" }).waitFor();
    const seen = [];
    for (let n = 0; n < 6 && seen.at(-1) !== 0; n++) {
      await page.evaluate(() => { window.longTasks.length = 0; });
      await page.waitForTimeout(2000);
      seen.push(await page.evaluate(() => window.longTasks.length));
    }
    check(seen.at(-1) === 0, `${seen} long tasks in two seconds each while Linux boots`);
    await waitForText(page, prompt);
    await page.click("#panel-pc .serial");
    await page.keyboard.type("echo $((6 * 7)) seven\n");
    await waitForText(page, /^42 seven$/m);
    await page.click("#panel-pc [data-act=run]");
    await page.locator('#panel-pc [data-register="eip"]').waitFor();
    check(await page.locator("#panel-pc tr.here").count() === 1, "the next instruction is not marked");
  },
};

const options = {
  url: { serviceWorkers: "block" },
  errors: { serviceWorkers: "block", mayFail: /404/ },
  memory: { args: ["--js-flags=--wasm-max-mem-pages=4000"] }, // 250 MB
};
await withPage(visits[process.argv[2]], options[process.argv[2]]);
