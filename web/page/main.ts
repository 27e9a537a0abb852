// The page: three tabs, each of which begins when it is first shown.
import "./page.css";

// A tab's code comes when the tab is first shown: the editor with the first two, the terminal with the PC.
const starts = {
  toy: async () => (await import("./study.js")).startStudy("toy"),
  lc3: async () => (await import("./study.js")).startStudy("lc3"),
  pc: async () => (await import("./pc.js")).startPC(),
};
type Tab = keyof typeof starts;
const names = Object.keys(starts) as Tab[];
const begun = new Map<Tab, () => string>(); // what gives the tab's address

const tab = (name: Tab) => document.getElementById(`tab-${name}`)!;
const panel = (name: Tab) => document.getElementById(`panel-${name}`)!;

function show(name: Tab, fromAddress: boolean): void {
  for (const other of names) {
    tab(other).setAttribute("aria-selected", String(other === name));
    tab(other).tabIndex = other === name ? 0 : -1;
    panel(other).hidden = other !== name;
  }
  if (!begun.has(name)) {
    begun.set(name, () => `#${name}`); // until it is there
    starts[name]().then((address) => begun.set(name, address), (error) => {
      panel(name).textContent = `This part of the page can't be loaded: ${(error as Error).message}. Reload it when the network is back.`;
    });
  } else if (!fromAddress) history.replaceState(null, "", begun.get(name)!());
  document.title = `Vitrine: ${tab(name).textContent}`;
}

const named = (hash: string): Tab => names.find((name) => hash.startsWith(`#${name}`)) ?? "toy";

for (const name of names) {
  tab(name).addEventListener("click", () => {
    if (!begun.has(name)) history.replaceState(null, "", `#${name}`);
    show(name, false);
  });
  tab(name).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = names[(names.indexOf(name) + step + names.length) % names.length]!;
    tab(next).focus();
    tab(next).click();
  });
}
// A link to another program in the same page is a new beginning.
addEventListener("hashchange", () => location.reload());
show(named(location.hash), true);
if ("serviceWorker" in navigator && isSecureContext) {
  navigator.serviceWorker.register("offline.js").catch(() => {}); // only for use without a network
}
