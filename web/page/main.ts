// The page: three tabs, each of which begins when it is first shown.
import "./page.css";
import { startPC } from "./pc.js";
import { startStudy } from "./study.js";

const starts = { toy: () => startStudy("toy"), lc3: () => startStudy("lc3"), pc: startPC };
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
  if (!begun.has(name)) begun.set(name, starts[name]());
  else if (!fromAddress) history.replaceState(null, "", begun.get(name)!());
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
