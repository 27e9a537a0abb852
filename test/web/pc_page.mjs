// The tab of the PC in Chromium: node pc_page.mjs NAME
import { check, withPage } from "./chromium.mjs";

const prompt = /vitrine:\S* #/;
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

const visits = {
  // Its own default: a small Linux. No task of the page's own may take long while it boots.
  async linux(page, address) {
    await page.goto(`${address}#pc?console=ttyS0`);
    await waitForText(page, prompt);
    await page.click("#panel-pc .serial");
    await page.keyboard.type("echo $((6 * 7)) seven\n");
    await waitForText(page, /^42 seven$/m);
    await page.click("#panel-pc [data-act=run]");
    await page.locator('#panel-pc [data-register="eip"]').waitFor();
    check(await page.locator("#panel-pc tr.here").count() === 1, "the next instruction is not marked");
  },
};

await withPage(visits[process.argv[2]]);
