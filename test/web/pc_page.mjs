// The tab of the PC in Chromium: node pc_page.mjs NAME
import { readFile } from "node:fs/promises";
import { check, checkAxe, withPage } from "./chromium.mjs";

const prompt = /vitrine:\S*#/;
const minutes = 5 * 60_000;

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

/** Sends the first byte of the floppy in drive A, each time it has changed:
 * again: read sector 1 of drive 0 to 7E00h; if it was read and is another than [7D00h], keep it there and send it; jmp again */
function floppyReader() {
  const image = Buffer.alloc(1 << 20);
  Buffer.from("31c08ed88ec0" + "bb007eb80102b9010031d2cd13" + "bf007de80200" + "ebeb"
              + "7210" + "a0007e3a0574098805" + "baf803eeb00aeec3", "hex").copy(image);
  image[510] = 0x55;
  image[511] = 0xaa;
  return { name: "reader.img", mimeType: "application/octet-stream", buffer: image };
}

/** A CD that boots (El Torito, without emulation) and sends a letter. */
function bootableCD(letter) {
  const image = Buffer.alloc(64 * 2048), at = (sector) => sector * 2048;
  image.write("\x01CD001\x01", at(16));
  image.write("\0CD001\x01EL TORITO SPECIFICATION", at(17));
  image.writeUInt32LE(18, at(17) + 0x47); // where the catalog is
  image.write("\xffCD001\x01", at(18 + 2), "latin1");
  const sum = [0x0001, 0xaa55].reduce((n, word) => n + word, 0);
  image.writeUInt16LE(1, at(18));
  image.writeUInt16LE((0x10000 - sum) & 0xffff, at(18) + 28);
  image.writeUInt16LE(0xaa55, at(18) + 30);
  image[at(18) + 32] = 0x88; // boots
  image.writeUInt16LE(4, at(18) + 38); // sectors of 512 bytes
  image.writeUInt32LE(19, at(18) + 40);
  Buffer.from("b0" + letter.charCodeAt(0).toString(16) + "baf803eeb00aee" + "fbf4ebfd", "hex").copy(image, at(19));
  return { name: `${letter}.iso`, mimeType: "application/octet-stream", buffer: image };
}

const medium = (name, size, letter) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.alloc(size, letter) });

/** Keeps what the progress bars show in window.bars. */
const watchBars = (page) => page.evaluate(() => {
  window.bars = [];
  new MutationObserver(() => {
    for (const bar of document.querySelectorAll("#panel-pc progress")) window.bars.push({ name: bar.getAttribute("aria-label"), value: bar.value, max: bar.max });
  }).observe(document.querySelector("#panel-pc"), { childList: true, subtree: true });
});

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
    await page.goto(`${address}#pc`);
    await watchBars(page);
    await optionsOf(page).click();
    await bootAddress(page, `${address}images/ranges.img`);
    await waitForText(page, /^A$/m);
    const bars = (await page.evaluate(() => window.bars)).filter((bar) => bar.name === "Loading Hard disk");
    check(bars.length > 0 && bars.every((bar) => bar.value > 0 && bar.value < bar.max && bar.max === 1 << 20), `bars: ${JSON.stringify(bars)}`);
    await page.locator("#panel-pc progress").waitFor({ state: "detached" });
    check(asked.length > 1 && asked.every(([first, last]) => last - first < 1 << 18), `ranges: ${asked.join(" ")}`);
  },

  // Media come and go while the machine runs.
  async media(page, address) {
    await page.goto(`${address}#pc`);
    await optionsOf(page).click();
    const choose = (drive, file) => page.setInputFiles(`#panel-pc input[type=file][data-drive=${drive}]`, file);
    await choose("hda", floppyReader());
    await page.selectOption("#panel-pc select:has(option[value=dca])", "dca");
    await act(page, "restart");
    await page.locator("#panel-pc [data-act=run]:not([disabled])", { hasText: "Pause" }).waitFor();
    await act(page, "insert-cdrom");
    await notice(page, "choose a file or give an address first");
    await choose("fda", medium("f.img", 1474560, "F"));
    await act(page, "insert-fda");
    await waitForText(page, /^ *F$/m);
    await choose("fda", medium("g.img", 1474560, "G"));
    await act(page, "insert-fda");
    await waitForText(page, /^ *G$/m);
    for (const letter of ["C", "D"]) {
      await choose("cdrom", bootableCD(letter));
      await act(page, "insert-cdrom");
      await notice(page, "inserted");
      await page.click('#panel-pc button[title="the reset button"]');
      await waitForText(page, new RegExp(`^ *${letter}$`, "m"));
      await act(page, "eject-cdrom");
      await notice(page, "taken out");
    }
  },

  // The menu's guests start, and the address says which.
  async menu(page, address) {
    await page.goto(`${address}#pc?guest=pctest`);
    const screen = () => page.evaluate(() => document.querySelector("#panel-pc canvas").width);
    await page.locator("#panel-pc [data-act=run]:not([disabled])", { hasText: "Pause" }).waitFor();
    check(await page.inputValue("#panel-pc [data-act=guest]") === "pctest", "the menu does not show the guest of the address");
    await page.selectOption("#panel-pc [data-act=guest]", "modes");
    await page.waitForFunction(() => location.hash === "#pc?guest=modes");
    for (const seen = new Set(); seen.size < 3; seen.add(await screen())) { // 720, 640, 320 dots: text and graphics
      await page.focus("#panel-pc canvas");
      await page.keyboard.press("Space");
      await page.waitForTimeout(200);
    }
    await page.selectOption("#panel-pc [data-act=guest]", "own");
    check(await page.evaluate(() => document.activeElement.dataset.drive) === "hda", "the disks are not shown");
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
    await page.locator("#panel-pc [data-act=run]:not([disabled])", { hasText: "Pause" }).waitFor();
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
    await addBreak(page, "read", "x7E00");
    await act(page, "run");
    await says(page, "memory is read at x7E00");
    check((await page.textContent("#panel-pc .breaks")).includes("stopped once"), "the breakpoint's stops are not counted");
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
    await page.goto(`${address}#pc?guest=pctest&console=ttyS0`);
    await page.locator("#panel-pc [data-act=run]:not([disabled])", { hasText: "Pause" }).waitFor();
    await watchBars(page);
    await page.selectOption("#panel-pc [data-act=guest]", "");
    await page.locator("#panel-pc [data-act=run]", { hasText: "Start" }).waitFor();
    await page.locator("#panel-pc [data-act=run]:not([disabled])", { hasText: "Pause" }).waitFor();
    const bars = (await page.evaluate(() => window.bars)).filter((bar) => bar.name === "Loading Linux");
    check(bars.length > 1 && bars.every((bar, n) => bar.value < bar.max && (n === 0 || bar.value >= bars[n - 1].value)),
          `the bar of Linux's download: ${JSON.stringify(bars.slice(0, 20))}`);
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
