type Kind = "toy" | "lc3";
export declare function startStudy(kind: Kind): () => string;
export {};
