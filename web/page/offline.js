// Keeps what the page has loaded, so that it works without a network: the network first, so that a new version is
// seen at once, and what was kept where that fails.
const NAME = "vitrine";
const OWN = [/* the page's own files */];
const FIRST = ["./", "icon.svg", "worker.js", "vitrine.wasm.gz", ...OWN];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FIRST)).then(() => skipWaiting()));
});

// Files of an older version of the page go.
async function tidy() {
  const cache = await caches.open(NAME);
  for (const request of await cache.keys()) {
    const name = request.url.split("/").at(-1);
    if (/^part-/.test(name) && !OWN.includes(name)) await cache.delete(request);
  }
  await clients.claim();
}

addEventListener("activate", (event) => event.waitUntil(tidy()));

async function answer(request) {
  const cache = await caches.open(NAME);
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin;
  if (isOurs && request.method === "GET" && !request.headers.has("range")) event.respondWith(answer(request));
});
