// The tabs of toy and LC-3 in Chromium: node study_page.mjs NAME
import { check, checkAxe, withPage } from "./chromium.mjs";

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
    await waits(page, "toy", "has ended. AX: 18, BX: 10");
    check((await register(page, "toy", "AX").textContent()).endsWith("18"), "AX is not 18");
    await register(page, "toy", "AX").click();
    await page.locator("#panel-toy .why", { hasText: "AX = 18, by step 3" }).waitFor();
    await page.locator("#panel-toy .forms", { hasText: "x0012" }).waitFor();
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

  // Calls: over, out, and both backwards; the open call is listed.
  async calls(page, address) {
    const program = ".ORIG x3000\nJSR TWICE\nHALT\nTWICE ADD R0,R0,#1\nADD R0,R0,#1\nRET\n.END\n";
    await page.goto(`${address}#lc3=${pack(program)}`);
    await waits(page, "lc3", "Ready");
    await act(page, "lc3", "over");
    await page.locator("#panel-lc3 .timeline", { hasText: "step 4 of 4" }).waitFor();
    await act(page, "lc3", "over-back");
    await page.locator("#panel-lc3 .timeline", { hasText: "step 0 of 4" }).waitFor();
    await act(page, "lc3", "step");
    await page.locator("#panel-lc3 .frames", { hasText: "x3000 called TWICE" }).waitFor();
    await act(page, "lc3", "out");
    await page.locator("#panel-lc3 .timeline", { hasText: "step 4 of 4" }).waitFor();
    await page.locator("#panel-lc3 .frames", { hasText: "No call is open" }).waitFor();
    await act(page, "lc3", "back");
    await act(page, "lc3", "out-back");
    await page.locator("#panel-lc3 .timeline", { hasText: "step 0 of 4" }).waitFor();
  },

  // Resets in quick succession leave one machine, whose memory is followed as before.
  async reset(page, address) {
    await page.goto(`${address}#lc3=${pack(".ORIG x3000\nJSR FAR\nHALT\n.BLKW 400\nFAR RET\n.END\n")}`);
    await waits(page, "lc3", "Ready");
    const workers = page.workers().length, cell = page.locator("#panel-lc3 .memory .pc");
    await page.selectOption('#panel-lc3 [aria-label="The memory follows"]', "pc");
    await act(page, "lc3", "step");
    await cell.waitFor();
    await page.$eval("#panel-lc3 [data-act=reset]", (button) => { for (let n = 0; n < 4; n++) button.click(); });
    await waits(page, "lc3", "Ready");
    await act(page, "lc3", "step");
    await page.locator("#panel-lc3 .frames", { hasText: "x3000 called FAR" }).waitFor();
    await cell.waitFor();
    for (let tries = 0; page.workers().length !== workers && tries < 50; tries++) await page.waitForTimeout(100);
    check(page.workers().length === workers, `${page.workers().length} workers where there were ${workers}`);
  },

  // Breakpoints by a click in either gutter and by key; their count; they move with their lines, and stop backwards too.
  async breaks(page, address) {
    const program = ".ORIG x3000\nAND R0,R0,#0\nL ADD R0,R0,#1\nADD R1,R0,#-3\nBRn L\nHALT\n.END\n";
    await page.goto(`${address}#lc3=${pack(program)}`);
    await waits(page, "lc3", "Ready");
    await page.locator("#panel-lc3 tr", { hasText: "ADD R0,R0,#1" }).locator("b.label", { hasText: "L" }).waitFor();
    await page.locator("#panel-lc3 .labels button", { hasText: "L 3001" }).waitFor();
    const list = page.locator("#panel-lc3 .breaks");
    await page.click('#panel-lc3 [aria-label="breakpoint at line 3 (x3001)"]');
    await list.filter({ hasText: "code at line 3 (x3001)" }).waitFor();
    check(await page.locator("#panel-lc3 .cm-dots .cm-dot:visible").count() === 1, "the editor's gutter does not show it");
    for (const times of ["stopped once", "stopped 2 times"]) {
      await act(page, "lc3", "run");
      await list.filter({ hasText: times }).waitFor();
    }
    await page.locator("#panel-lc3 .say", { hasText: "A breakpoint." }).waitFor();
    check((await register(page, "lc3", "R0").textContent()).endsWith("1"), "the second stop is not before the second ADD");
    await page.click("#panel-lc3 .say");
    await page.keyboard.press("k");
    await list.filter({ hasText: "None." }).waitFor();
    await page.keyboard.press("k");
    await list.filter({ hasText: "line 3" }).waitFor();
    await write(page, "lc3", "");
    await page.locator("#panel-lc3 .cm-content").evaluate(() => {});
    await page.keyboard.press("Control+Z");
    await waits(page, "lc3", "Ready");
    await page.click("#panel-lc3 .cm-line >> nth=3");
    await page.keyboard.press("F9");
    await list.filter({ hasText: "line 4 (x3002)" }).waitFor();
    await page.click("#panel-lc3 .cm-line >> nth=0");
    await page.keyboard.press("Home");
    await page.keyboard.type("; first\n");
    await list.filter({ hasText: "line 5 (x3002)" }).waitFor();
    await page.selectOption('#panel-lc3 [aria-label="Stop when"]', "register");
    await page.fill('#panel-lc3 [aria-label="Address, port or register"]', "R0");
    await page.fill('#panel-lc3 [aria-label="Only if (an expression)"]', "R0 == 3");
    await act(page, "lc3", "add-break");
    await list.filter({ hasText: "register changes R0 if R0 == 3" }).waitFor();
    for (const box of await list.locator("input[type=checkbox]").all()) if (await box.isChecked()) await box.uncheck();
    await list.locator("input[type=checkbox]").last().check();
    await act(page, "lc3", "run");
    await list.filter({ hasText: "stopped once" }).waitFor();
    check((await register(page, "lc3", "R0").textContent()).endsWith("3"), "it does not stop where R0 becomes 3");
  },

  // A teacher's link: the program, what was typed when, and the step.
  async link(page, address) {
    const program = ".ORIG x3000\nGETC\nOUT\nGETC\nOUT\nAND R5,R5,#0\nADD R5,R5,#7\nHALT\n.END\n";
    await page.goto(`${address}#lc3=${pack(program)}`);
    await waits(page, "lc3", "Ready");
    await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.resolve(); });
    await act(page, "lc3", "run");
    await waits(page, "lc3", "waits for a key");
    await page.focus("#panel-lc3 .console");
    await page.keyboard.type("a");
    await page.locator("#panel-lc3 .console", { hasText: "a" }).waitFor();
    await waits(page, "lc3", "waits for a key");
    await page.keyboard.type("b");
    await waits(page, "lc3", "has ended");
    const place = await page.textContent("#panel-lc3 .timeline .mono"), last = Number(/of (\d+)/.exec(place)[1]);
    const step = last - 1;
    await act(page, "lc3", "back");
    await page.locator("#panel-lc3 .timeline", { hasText: `step ${step} of ${last}` }).waitFor();
    await act(page, "lc3", "link");
    const url = page.url();
    check(url.includes("&keys=") && url.endsWith(`&step=${step}`), `the link is ${url}`);
    await page.goto("about:blank");
    await page.goto(url);
    await page.locator("#panel-lc3 .timeline", { hasText: `step ${step} of ${step}` }).waitFor();
    check((await page.textContent("#panel-lc3 .console")).startsWith("ab"), "what was typed is not there");
    await page.click("#panel-lc3 .say");
    await page.keyboard.press("b"); // its past is there too
    await page.locator("#panel-lc3 .timeline", { hasText: `step ${step - 1} of ${step}` }).waitFor();
  },

  // A cell takes a number in any base, or an instruction with the program's labels; a bit of its field is turned over.
  async edit(page, address) {
    const program = ".ORIG x3000\nADD R0,R0,#1\nHALT\nX .FILL 0\n.END\n";
    await page.goto(`${address}#lc3=${pack(program)}`);
    await waits(page, "lc3", "Ready");
    const write = async (text) => {
      await page.fill('#panel-lc3 [aria-label^="New value"]', text);
      await act(page, "lc3", "write");
    };
    await page.click('#panel-lc3 [data-row="12288"]');
    await write("LD R3, X");
    await page.locator("#panel-lc3 .as-text", { hasText: "LD R3, #1" }).waitFor();
    await page.click('#panel-lc3 [aria-label^="bit 9, DR: 1"]');
    await page.locator("#panel-lc3 .as-text", { hasText: "LD R2, #1" }).waitFor();
    for (const [text, shown] of [["#-2", "xFFFE"], ["b101", "x0005"], ["'A'", "x0041"]]) {
      await write(text);
      await page.locator("#panel-lc3 .forms", { hasText: shown }).first().waitFor();
    }
    await write("ADD R0, R0, #99");
    await page.locator("#panel-lc3 .say.bad", { hasText: "#99 does not fit" }).waitFor();
  },

  // A lesson says when it is done, and the next one begins. Marks stand where something was printed.
  async lesson(page, address) {
    await page.goto(`${address}#lc3`);
    await waits(page, "lc3", "Ready");
    await page.selectOption('#panel-lc3 [aria-label="Lessons and examples"]', "lesson:2");
    await page.locator("#panel-lc3 .lesson", { hasText: "Text in memory" }).waitFor();
    await page.locator("#panel-lc3 tr", { hasText: 'STRINGZ "Hello"' }).waitFor();
    await write(page, "lc3", '.ORIG x3000\nLEA R0, T\nPUTS\nHALT\nT .STRINGZ "Hello, LC-3!"\n.END\n');
    await page.locator("#panel-lc3 tr", { hasText: 'STRINGZ "Hello, LC-3!"' }).waitFor();
    await act(page, "lc3", "run");
    await page.locator("#panel-lc3 .lesson.done").waitFor();
    await page.locator("#panel-lc3 .mark-output").first().waitFor();
    check(await page.locator("#panel-lc3 .mark-output").count() >= 10, "too few marks for what was printed");
  },

  // Without a network after the first load: everything that the first tab needs, and the others.
  async offline(page, address, { server }) {
    await page.goto(address);
    await waits(page, "toy", "Ready");
    await page.evaluate(() => navigator.serviceWorker.ready);
    server.kill();
    await page.goto("about:blank");
    await page.goto(`${address}#lc3`);
    await waits(page, "lc3", "Ready");
    await act(page, "lc3", "run");
    await waits(page, "lc3", "has ended");
  },

  // What axe-core finds wrong for people who do not see the page as others do; both colour schemes.
  async axe(page, address) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [kind, cell] of [["toy", 0], ["lc3", 12288]]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.goto("about:blank");
        await page.goto(`${address}#${kind}`);
        await waits(page, kind, "Ready");
        await page.keyboard.press("k");
        await page.locator(`#panel-${kind} .breaks input`).waitFor();
        await act(page, kind, "step");
        await page.click(`#panel-${kind} [data-row="${cell}"]`);
        await checkAxe(page, `${kind}, ${colorScheme}`);
      }
    }
  },

  // No task of the page's own takes long while a machine runs; the first load is small.
  async load(page, address) {
    await page.goto(`${address}#lc3=${pack(".ORIG x3000\nL ADD R0,R0,#1\nBR L\n.END\n")}`);
    await waits(page, "lc3", "Ready");
    const bytes = await page.evaluate(() => performance.getEntriesByType("resource").reduce((sum, e) => sum + e.encodedBodySize, 0));
    check(bytes > 100_000 && bytes < 1_000_000, `the first load has ${bytes} bytes`);
    await act(page, "lc3", "run");
    await waits(page, "lc3", "Running");
    // Whatever else the host does may hold a task up, but a machine on the page's thread would be seen each time.
    const seen = [];
    for (let n = 0; n < 4 && seen.at(-1) !== 0; n++) {
      await page.evaluate(() => { window.longTasks.length = 0; });
      await page.waitForTimeout(2000);
      seen.push(await page.evaluate(() => window.longTasks.length));
    }
    await act(page, "lc3", "run");
    check(seen.at(-1) === 0, `${seen} long tasks in two seconds each while the program ran`);
  },

  // Any static server, any folder: no ranges, no isolation.
  async folder(page, address) {
    await page.goto(`${address}#lc3`);
    check(!await page.evaluate(() => window.crossOriginIsolated), "this server isolates");
    await waits(page, "lc3", "Ready");
    await act(page, "lc3", "run");
    await waits(page, "lc3", "has ended");
    await page.goto("about:blank");
    await page.goto(`${address}#pc?guest=pctest`);
    await page.locator("#panel-pc [data-act=run]", { hasText: "Pause" }).waitFor();
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

const options = { keyboard: { width: 390, height: 844 }, offline: { mayFail: /ERR_CONNECTION_REFUSED/ },
                  folder: { plainRoot: `${process.env.BUILD ?? "build"}/web` } };
await withPage(visits[process.argv[2]], options[process.argv[2]]);
