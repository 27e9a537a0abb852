// The tabs of toy and LC-3 in Chromium: node study_page.mjs NAME
import { check, withPage } from "./chromium.mjs";

const pack = (text) => Buffer.from(text).toString("base64url");
const act = (page, kind, name) => page.click(`#panel-${kind} [data-act=${name}]`);
const waits = (page, kind, text) => page.locator(`#panel-${kind} .say`, { hasText: text }).waitFor();
const register = (page, kind, name) => page.locator(`#panel-${kind} [data-register="${name}"]`);

async function write(page, kind, text) {
  await page.click(`#panel-${kind} .cm-content`);
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

const visits = {
  async toy(page, address) {
    await page.goto(address);
    await waits(page, "toy", "Ready");
    await act(page, "toy", "step");
    await waits(page, "toy", "AX becomes 5");
    await act(page, "toy", "run");
    await waits(page, "toy", "has ended");
    check((await register(page, "toy", "AX").textContent()).endsWith("18"), "AX is not 18");
    await register(page, "toy", "AX").click();
    await page.locator("#panel-toy .why", { hasText: "AX = 18, by step 3" }).waitFor();
    await act(page, "toy", "back");
    await act(page, "toy", "back");
    await waits(page, "toy", "BX becomes 10");
    check((await register(page, "toy", "AX").textContent()).endsWith("8"), "AX is not 8 again");
    await page.locator("#panel-toy input[type=range]").fill("1");
    await waits(page, "toy", "AX becomes 5");
    await act(page, "toy", "micro");
    await page.locator("#panel-toy .path .live").first().waitFor();
    check(await page.locator("#panel-toy .path .live").count() === 2, "fetching moves two values: address and instruction");
  },

  // The red dot of the second lesson: column 16, row 12; colour 4 of the palette is red.
  async dot(page, address) {
    await page.goto(`${address}#toy=${pack("COLOR RED\nMOV AX, 16\nPIXEL AX, 12\nHALT\n")}`);
    await waits(page, "toy", "Ready");
    await act(page, "toy", "run");
    await waits(page, "toy", "has ended");
    const pixel = (x, y) => page.$eval("#panel-toy canvas.screen",
      (canvas, [px, py]) => [...canvas.getContext("2d").getImageData(px, py, 1, 1).data], [x, y]);
    const [red, green, blue] = await pixel(16, 12);
    check(red > 128 && green < 90 && blue < 90, `the dot is ${[red, green, blue]}`);
    check((await pixel(15, 12)).join() === "0,0,0,255", "its neighbour is not black");
  },

  async lc3(page, address) {
    const right = ".ORIG x3000\nAND R0,R0,#0\nADD R0,R0,#9\nADD R0,R0,R0\nHALT\n.END\n";
    await page.goto(`${address}#lc3=${pack(right.replace("#9", "#99"))}`);
    await page.locator("#panel-lc3 .errors", { hasText: "Line 3: #99 does not fit" }).waitFor();
    check(await page.locator("#panel-lc3 [data-act=run]").isDisabled(), "a program with an error can be run");
    await write(page, "lc3", right);
    await waits(page, "lc3", "Ready");
    await act(page, "lc3", "run");
    await waits(page, "lc3", "has ended");
    check((await register(page, "lc3", "R0").textContent()).endsWith("18"), "R0 is not 18");
    await register(page, "lc3", "R0").click();
    await page.locator("#panel-lc3 .why", { hasText: "R0 = 9, by step 1" }).waitFor();
    await page.locator("#panel-lc3 input[type=range]").fill("3");
    await page.locator("#panel-lc3 tr.done", { hasText: "ADD R0,R0,R0" }).waitFor();
    await act(page, "lc3", "back");
    await page.locator("#panel-lc3 tr.done", { hasText: "ADD R0,R0,#9" }).waitFor();
    check((await register(page, "lc3", "R0").textContent()).endsWith("9"), "R0 is not 9 again");
  },

  // Keys typed before they are wanted wait in the queue; what the program says back is seen.
  async console(page, address) {
    await page.goto(`${address}#lc3=${pack(".ORIG x3000\nGETC\nOUT\nGETC\nOUT\nHALT\n.END\n")}`);
    await waits(page, "lc3", "Ready");
    await page.focus("#panel-lc3 .console");
    await page.keyboard.type("ab");
    await page.locator("#panel-lc3 .queue", { hasText: "ab" }).waitFor();
    await act(page, "lc3", "run");
    await waits(page, "lc3", "has ended");
    check((await page.textContent("#panel-lc3 .console")).startsWith("ab"), "the console does not show ab");
  },

  // Keyboard only: the tabs by arrows, the machine by letters.
  async keyboard(page, address) {
    await page.goto(address);
    await waits(page, "toy", "Ready");
    await page.keyboard.press("s");
    await waits(page, "toy", "AX becomes 5");
    await page.keyboard.press("b");
    await waits(page, "toy", "Ready");
    await page.focus("#tab-toy");
    await page.keyboard.press("ArrowRight");
    await waits(page, "lc3", "Ready");
    check(await page.getAttribute("#tab-lc3", "aria-selected") === "true", "the LC-3's tab is not chosen");
  },
};

await withPage(visits[process.argv[2]], process.argv[2] === "keyboard" ? { width: 390, height: 844 } : {});
