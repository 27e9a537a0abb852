// A worker with one machine in it: requests in, answers and events out. index.ts is the other side.
import { Core, VitrineError } from "./core.js";
import { Engine } from "./engine.js";
import type { Emit } from "./engine.js";

interface Request {
  id: number;
  method: string;
  words: unknown[];
}

const post = postMessage as (message: unknown, transfer?: Transferable[]) => void;
const emit: Emit = (event, payload, transfer) => post({ event, payload }, transfer ?? []);

// Compressed where the browser can unpack it, so that any server sends a fifth of it. Some servers tell the browser
// to unpack it by itself: the first bytes say what has come.
async function fetchModule(url: string): Promise<ArrayBuffer> {
  const isPacked = typeof DecompressionStream === "function" && url.endsWith(".wasm");
  let answer = await fetch(isPacked ? url + ".gz" : url);
  if (!answer.ok && isPacked) answer = await fetch(url);
  if (!answer.ok) throw new VitrineError(`${url}: the server answers ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  if (new DataView(bytes).getUint16(0) !== 0x1f8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function loadCore(url: string): Promise<Core> {
  try {
    return new Core(await WebAssembly.compile(await fetchModule(url)));
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      throw new VitrineError("this browser's WebAssembly is too old for Vitrine: it must know bulk memory (2020 and later)");
    }
    throw error;
  }
}

let engine: Engine | undefined;

async function perform({ method, words }: Request): Promise<unknown> {
  if (method === "load") {
    engine = new Engine(await loadCore(words[0] as string), emit);
    return undefined;
  }
  if (!engine) throw new VitrineError("the module is not loaded");
  return (engine as unknown as Record<string, (...w: unknown[]) => unknown>)[method]!(...words);
}

onmessage = async (message: MessageEvent<Request>) => {
  const { id } = message.data;
  try {
    post({ id, result: await perform(message.data) });
  } catch (error) {
    const text = error instanceof RangeError ? "the browser gives no more memory" : (error as Error).message;
    post({ id, error: text });
  }
};
