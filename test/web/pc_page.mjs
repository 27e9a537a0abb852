// The tab of the PC in Chromium: node pc_page.mjs NAME
import { check, withPage } from "./chromium.mjs";

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

async function bootDisk(page) {
  await page.locator("#panel-pc summary").click();
  await page.setInputFiles("#panel-pc input[type=file][data-drive=hda]", countingDisk());
  await page.selectOption("#panel-pc select:has(option[value=yes])", "yes");
  await page.click("#panel-pc [data-act=restart]");
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
  },


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
