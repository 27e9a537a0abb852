// Boots a small Linux, shows what its serial port says, and gives it a command: node linux.mjs
import { createPC } from "vitrine";

const pc = await createPC({ memory: "128M" });
const commands = ["uname -a\n", "cat /proc/cpuinfo\n"];
let seen = "";
pc.on("serial", async (text) => {
  process.stdout.write(text);
  seen += text;
  if (/# \x1b\[6n$/.test(seen)) { // the shell's prompt; then it asks where the cursor is
    seen = "";
    await pc.serialSend(commands.shift() ?? "exit\n");
  }
});
pc.on("stop", ({ reason }) => console.log(`\nstopped: ${reason}`));
await pc.run();
