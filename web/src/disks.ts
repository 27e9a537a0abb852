// Where the bytes of a disk come from, and where the guest's writes go. Everything here is synchronous: a guest's
// disk access happens in the middle of a run. So it works in a worker (and in node), not on a page's thread.
import { VitrineError } from "./core.js";

/** A disk as an option names it. A string is a URL in browsers and a path in node. */
export type DiskSpec = string | URL | Blob | Uint8Array | ArrayBuffer | DiskOptions;

export interface DiskOptions {
  /** One of `url`, `path` (node), `blob`, `buffer`. */
  url?: string | URL;
  path?: string;
  blob?: Blob;
  buffer?: Uint8Array | ArrayBuffer;
  readOnly?: boolean;
  /** A name under which the writes are kept in the browser's private file system, beyond a reload. */
  persist?: string;
}

/** An image that is read where it lies. `read` fills `to`; false: it can't be read. */
interface Source {
  size: number;
  read(offset: number, to: Uint8Array): boolean;
}

export type Progress = (loadedBytes: number, totalBytes: number) => void;

// The parts of a worker's and of node's interface that TypeScript's libraries keep apart.
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
interface SyncAccessHandle {
  read(to: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  flush(): void;
  getSize(): number;
  truncate(size: number): void;
  close(): void;
}

export const isNode = typeof process === "object" && !!process.versions?.node;

// --- sources ---

function bufferSource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read(offset, to) {
      to.set(bytes.subarray(offset, offset + to.length));
      return offset + to.length <= bytes.length;
    },
  };
}

function blobSource(blob: Blob): Source {
  const reader = new FileReaderSync();
  return {
    size: blob.size,
    read(offset, to) {
      const bytes = new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + to.length)));
      to.set(bytes);
      return bytes.length === to.length;
    },
  };
}

async function pathSource(path: string): Promise<Source> {
  const fs = await import("node:fs");
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch (error) {
    throw new VitrineError(`${path}: ${(error as Error).message}`);
  }
  return {
    size: fs.fstatSync(file).size,
    read: (offset, to) => fs.readSync(file, to, 0, to.length, offset) === to.length,
  };
}

function get(url: string, first: number, last: number): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.setRequestHeader("Range", `bytes=${first}-${last}`);
  try {
    request.send();
  } catch {
    throw new VitrineError(`${url}: can't be reached (is the address right, and does the server allow this page?)`);
  }
  return request;
}

const PART_BYTES = 256 * 1024;
const MAX_PARTS = 512; // 128 MiB kept of what was fetched

/** An image on a server that sends byte ranges (RFC 9110, section 14). */
function urlSource(url: string, progress: Progress): Source {
  const probe = get(url, 0, 0);
  if (probe.status === 200) {
    throw new VitrineError(`${url}: the server sends no byte ranges; serve it with one that does (vitrine web), or choose the file itself`);
  }
  if (probe.status !== 206) throw new VitrineError(`${url}: the server answers ${probe.status} ${probe.statusText}`);
  const size = Number(/\/(\d+)$/.exec(probe.getResponseHeader("Content-Range") ?? "")?.[1] ?? NaN);
  if (!Number.isSafeInteger(size)) {
    throw new VitrineError(`${url}: the server does not tell the size of it (header Content-Range)`);
  }
  const parts = new Map<number, Uint8Array>();
  let loaded = 0;

  function part(number: number): Uint8Array | null {
    let bytes = parts.get(number);
    if (!bytes) {
      const first = number * PART_BYTES;
      const answer = get(url, first, Math.min(first + PART_BYTES, size) - 1);
      if (answer.status !== 206) return null;
      bytes = new Uint8Array(answer.response as ArrayBuffer);
      if (parts.size >= MAX_PARTS) parts.delete(parts.keys().next().value!);
      loaded += bytes.length;
      progress(loaded, size);
    }
    parts.delete(number); // the last in the map's order is the one used last
    parts.set(number, bytes);
    return bytes;
  }
  return {
    size,
    read(offset, to) {
      for (let done = 0; done < to.length; ) {
        const at = offset + done;
        const bytes = part(Math.floor(at / PART_BYTES));
        const piece = bytes?.subarray(at % PART_BYTES, (at % PART_BYTES) + to.length - done);
        if (!piece?.length) return false;
        to.set(piece, done);
        done += piece.length;
      }
      return true;
    },
  };
}

async function sourceOf(spec: DiskOptions, progress: Progress): Promise<Source> {
  if (spec.buffer) return bufferSource(new Uint8Array(spec.buffer as ArrayBuffer));
  if (spec.blob && !isNode) return blobSource(spec.blob);
  if (spec.blob) return bufferSource(new Uint8Array(await spec.blob.arrayBuffer()));
  if (spec.path !== undefined) return pathSource(spec.path);
  if (spec.url !== undefined && isNode) return bufferSource(await fetchWhole(String(spec.url), progress));
  if (spec.url !== undefined) return urlSource(String(spec.url), progress);
  throw new VitrineError("a disk needs one of url, path, blob, buffer");
}

/** A whole file over the network. */
export async function fetchWhole(url: string, progress: Progress = () => {}): Promise<Uint8Array> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch {
    throw new VitrineError(`${url}: can't be reached`);
  }
  if (!answer.ok) throw new VitrineError(`${url}: the server answers ${answer.status} ${answer.statusText}`);
  const total = Number(answer.headers.get("Content-Length") ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  const reader = answer.body!.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    parts.push(piece.value);
    loaded += piece.value.length;
    progress(loaded, Math.max(total, loaded));
  }
  const whole = new Uint8Array(loaded);
  parts.reduce((at, bytes) => (whole.set(bytes, at), at + bytes.length), 0);
  return whole;
}

// --- the guest's writes ---

const BLOCK_BYTES = 4096;

interface Overlay {
  get(block: number): Uint8Array | undefined;
  set(block: number, bytes: Uint8Array): void;
  flush(): void;
  close(): void;
  readonly count: number;
}

function memoryOverlay(): Overlay {
  const blocks = new Map<number, Uint8Array>();
  return {
    get: (block) => blocks.get(block),
    set: (block, bytes) => void blocks.set(block, bytes),
    flush() {},
    close() {},
    get count() { return blocks.size; },
  };
}

// In the private file system: a head of 16 bytes (a mark, the image's size), then records of the block's number
// (a double) and its bytes, in the order of their first write. A record that was cut off is not read.
const MARK = 0x4b534456; // "VDSK"
const HEAD_BYTES = 16;
const RECORD_BYTES = 8 + BLOCK_BYTES;

async function keptOverlay(name: string, imageBytes: number): Promise<Overlay> {
  const file = overlayName(name);
  let handle: SyncAccessHandle;
  try {
    const folder = await navigator.storage.getDirectory();
    const entry = await folder.getFileHandle(file, { create: true });
    handle = await (entry as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }).createSyncAccessHandle();
  } catch {
    throw new VitrineError(`the writes to "${name}" can't be kept: another page uses them, or this browser has no private file system`);
  }
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  const bytesOf = (view: DataView) => new Uint8Array(view.buffer);
  if (handle.getSize() === 0) {
    head.setUint32(0, MARK, true);
    head.setFloat64(8, imageBytes, true);
    handle.write(bytesOf(head), { at: 0 });
  } else {
    handle.read(bytesOf(head), { at: 0 });
    if (head.getUint32(0, true) !== MARK || head.getFloat64(8, true) !== imageBytes) {
      handle.close();
      throw new VitrineError(`the writes kept under "${name}" belong to another image; forget them first`);
    }
  }
  const places = new Map<number, number>();
  const number = new DataView(new ArrayBuffer(8));
  let end = HEAD_BYTES;
  for (; end + RECORD_BYTES <= handle.getSize(); end += RECORD_BYTES) {
    handle.read(bytesOf(number), { at: end });
    places.set(number.getFloat64(0, true), end + 8);
  }
  return {
    get(block) {
      const at = places.get(block);
      if (at === undefined) return undefined;
      const bytes = new Uint8Array(BLOCK_BYTES);
      handle.read(bytes, { at });
      return bytes;
    },
    set(block, bytes) {
      const at = places.get(block);
      if (at !== undefined) {
        handle.write(bytes, { at });
        return;
      }
      const record = new Uint8Array(RECORD_BYTES);
      new DataView(record.buffer).setFloat64(0, block, true);
      record.set(bytes, 8);
      if (handle.write(record, { at: end }) !== RECORD_BYTES) throw new VitrineError("the browser's storage is full");
      places.set(block, end + 8);
      end += RECORD_BYTES;
    },
    flush: () => handle.flush(),
    close: () => handle.close(),
    get count() { return places.size; },
  };
}

const overlayName = (name: string) => `vitrine-${encodeURIComponent(name)}.disk`;

/** Throws away what was kept under a name. */
export async function forgetWrites(name: string): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  await folder.removeEntry(overlayName(name)).catch(() => {});
}

// --- a disk: a source under an overlay ---

/** A whole number of sectors behind the image's end reads as zeros. */
export class Disk {
  private constructor(readonly size: number, readonly readOnly: boolean, private readonly source: Source,
                      private readonly overlay: Overlay) {}

  static async open(spec: DiskOptions, progress: Progress): Promise<Disk> {
    const source = await sourceOf(spec, progress);
    if (source.size === 0) throw new VitrineError("the disk image is empty");
    const overlay = spec.persist && !isNode ? await keptOverlay(spec.persist, source.size) : memoryOverlay();
    return new Disk(source.size, !!spec.readOnly, source, overlay);
  }

  private readSource(offset: number, to: Uint8Array): boolean {
    const count = Math.max(0, Math.min(to.length, this.source.size - offset));
    to.fill(0, count);
    return count === 0 || this.source.read(offset, to.subarray(0, count));
  }

  private *pieces(offset: number, count: number) {
    for (let done = 0; done < count; ) {
      const at = (offset + done) % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - at, count - done);
      yield { block: (offset + done - at) / BLOCK_BYTES, at, done, length };
      done += length;
    }
  }

  read(offset: number, to: Uint8Array): boolean {
    if (!this.readSource(offset, to)) return false;
    if (this.overlay.count === 0) return true;
    for (const { block, at, done, length } of this.pieces(offset, to.length)) {
      const bytes = this.overlay.get(block);
      if (bytes) to.set(bytes.subarray(at, at + length), done);
    }
    return true;
  }

  write(offset: number, from: Uint8Array): boolean {
    for (const { block, at, done, length } of this.pieces(offset, from.length)) {
      let bytes = this.overlay.get(block);
      if (!bytes) {
        bytes = new Uint8Array(BLOCK_BYTES);
        if (length < BLOCK_BYTES && !this.readSource(block * BLOCK_BYTES, bytes)) return false;
      }
      bytes.set(from.subarray(done, done + length), at);
      this.overlay.set(block, bytes);
    }
    return true;
  }

  flush(): boolean {
    this.overlay.flush();
    return true;
  }

  close(): void {
    this.overlay.close();
  }

  /** The image with the writes in it. */
  whole(): Blob {
    const parts: BlobPart[] = [];
    for (let at = 0; at < this.size; at += 1 << 20) {
      const piece = new Uint8Array(Math.min(1 << 20, this.size - at));
      if (!this.read(at, piece)) throw new VitrineError("the disk image can't be read");
      parts.push(piece);
    }
    return new Blob(parts);
  }
}
