import { EditorView } from "@codemirror/view";
import type { Diagnostic } from "../src/index.js";
export declare class Editor {
    readonly view: EditorView;
    constructor(label: string, onChange: () => void);
    get text(): string;
    set text(text: string);
    line(number: number): string;
    /** Marks the line that is next; 0: none. */
    markLine(number: number): void;
    showDiagnostics(found: Diagnostic[]): void;
    goTo(line: number, column: number): void;
}
