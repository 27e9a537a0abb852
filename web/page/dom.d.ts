type Child = Node | string | null | undefined | false;
/** h("button.main", { onclick, "aria-label": "x" }, "Run") */
export declare function h<K extends keyof HTMLElementTagNameMap>(tag: K | `${K}.${string}`, attributes?: Record<string, unknown>, ...children: Child[]): HTMLElementTagNameMap[K];
export declare function svg(tag: string, attributes?: Record<string, unknown>, ...children: (Node | string)[]): SVGElement;
export declare function card(title: string, ...children: Child[]): HTMLElement;
export declare function packText(text: string): string;
export declare function unpackText(packed: string): string | null;
export declare function setAddress(hash: string): void;
export declare function save(name: string, blob: Blob): void;
export declare const reducedMotion: MediaQueryList;
export {};
