// Making elements, and the page's address.

type Child = Node | string | null | undefined | false;

/** h("button.main", { onclick, "aria-label": "x" }, "Run") */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`, attributes: Record<string, unknown> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name!) as HTMLElementTagNameMap[K];
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value as EventListener);
    else if (typeof value === "boolean") element.toggleAttribute(key, value);
    else if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((c): c is Node | string => !!c));
  return element;
}

export function svg(tag: string, attributes: Record<string, unknown> = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

export function card(title: string, ...children: Child[]): HTMLElement {
  return h("section.card", { "aria-label": title }, h("h2", {}, title), ...children);
}

// --- the address: #toy=PROGRAM, #lc3=PROGRAM, #pc?memory=256M&... ---

export function packText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function unpackText(packed: string): string | null {
  try {
    const bytes = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  } catch {
    return null;
  }
}

export function setAddress(hash: string): void {
  history.replaceState(null, "", hash);
}

export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
