export interface Description {
    name: string;
    registers: {
        name: string;
        text: string;
        group: number;
        bits: number;
        role: string;
    }[];
    groups: string[];
    flags: {
        name: string;
        text: string;
        register: number;
        first_bit: number;
        bits: number;
    }[];
    spaces: {
        name: string;
        address_bits: number;
        cell_bits: number;
    }[];
    micros: {
        name: string;
        text: string;
        phase: string;
    }[];
    boxes: {
        name: string;
        x: number;
        y: number;
        width: number;
        height: number;
        register?: number;
    }[];
    wires: {
        name: string;
        from: number;
        to: number;
        points: [number, number][];
        micros: number[];
    }[];
}
export interface Place {
    kind: string;
    index: number;
    space?: number;
    name?: string;
}
export interface Effect {
    place: Place;
    bits: number;
    old: number;
    new: number;
}
export interface Field {
    name: string;
    first_bit: number;
    bits: number;
    role: string;
}
export interface Instruction {
    length: number;
    cells: number[];
    text: string;
    fields: Field[];
}
export interface Delta {
    step: number;
    cause: string;
    pc: number;
    next: number;
    instruction: Instruction;
    effects: Effect[];
    micros: number[];
    wires: [number, number][][];
    text: string;
}
export interface WhyLink {
    step: number;
    parent: number;
    origin: boolean;
    effect: Effect;
}
export declare const hex: (value: number | bigint, bits: number) => string;
/** The bits of an instruction, the highest of each cell first, coloured by the field that they are of. */
export declare function bits(instruction: Instruction, cellBits?: number): HTMLElement;
export declare function fieldKey(): HTMLElement;
export declare function effectText(delta: Delta, show: (value: number, bits: number) => string): string;
/** The data path: boxes and wires; those that carry a value show it. */
export declare class DataPath {
    private readonly description;
    readonly element: SVGElement;
    private readonly wires;
    private readonly boxValues;
    constructor(description: Description);
    private wire;
    /** A micro-operation of a step, or (-1) all that the step did. */
    show(delta: Delta | null, micro: number, registers: number[], text: (value: number) => string): void;
}
