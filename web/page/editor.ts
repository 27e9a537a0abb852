// The editor of toy and LC-3 programs.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, drawSelection, gutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Diagnostic } from "../src/index.js";

// Enough for both languages: comments, texts, numbers, and the first word of an instruction.
const language = StreamLanguage.define({
  token(stream) {
    if (stream.match(/;.*/)) return "comment";
    if (stream.match(/"([^"\\]|\\.)*"?|'([^'\\]|\\.)'/)) return "string";
    if (stream.match(/#-?\d+|x-?[0-9A-Fa-f]+\b|0x[0-9A-Fa-f]+|-?\d+\b/)) return "number";
    if (stream.match(/\.?[A-Za-z_][\w]*/)) {
      const word = stream.current();
      return word === word.toUpperCase() && !/^([A-D]X|R[0-7])$/.test(word) ? "keyword" : "variableName";
    }
    stream.next();
    return null;
  },
});

const style = HighlightStyle.define([
  { tag: tags.comment, class: "cm-comment" },
  { tag: tags.keyword, class: "cm-word" },
  { tag: [tags.number, tags.string], class: "cm-number" },
]);

const setHere = StateEffect.define<number>();
const hereMark = Decoration.line({ class: "cm-here" });
const here = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setHere)) {
        const { doc } = transaction.state;
        const isThere = effect.value > 0 && effect.value <= doc.lines;
        return isThere ? Decoration.set(hereMark.range(doc.line(effect.value).from)) : Decoration.none;
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Breakpoints in the gutter. They move with their lines, and go with them.
class Dot extends GutterMarker {
  override toDOM(): Node {
    const dot = document.createElement("span");
    dot.className = "cm-dot";
    return dot;
  }
}
const dot = new Dot();
const setDots = StateEffect.define<number[]>();
const dots = StateField.define<RangeSet<Dot>>({
  create: () => RangeSet.empty,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setDots)) continue;
      const { doc } = transaction.state;
      return RangeSet.of(effect.value.filter((line) => line <= doc.lines).sort((a, b) => a - b).map((line) => dot.range(doc.line(line).from)));
    }
    return marks.map(transaction.changes);
  },
});

export class Editor {
  readonly view: EditorView;

  /** `onBreak`: a breakpoint is wished for at a line, or no longer. */
  constructor(label: string, onChange: () => void, onBreak: (line: number) => void) {
    const wish = (view: EditorView, at: number) => {
      onBreak(view.state.doc.lineAt(at).number);
      return true;
    };
    this.view = new EditorView({
      state: EditorState.create({
        extensions: [
          dots, gutter({ class: "cm-dots", markers: (view) => view.state.field(dots), initialSpacer: () => dot,
                         domEventHandlers: { mousedown: (view, block) => wish(view, block.from) } }),
          lineNumbers({ domEventHandlers: { mousedown: (view, block) => wish(view, block.from) } }),
          history(), drawSelection(), keymap.of([{ key: "F9", run: (view) => wish(view, view.state.selection.main.head) }, ...defaultKeymap, ...historyKeymap]), language,
          syntaxHighlighting(style), here, EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => { if (update.docChanged) onChange(); }),
        ],
      }),
    });
  }

  get text(): string { return this.view.state.doc.toString(); }
  set text(text: string) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  line(number: number): string {
    const { doc } = this.view.state;
    return number > 0 && number <= doc.lines ? doc.line(number).text : "";
  }

  /** Marks the line that is next; 0: none. */
  markLine(number: number): void {
    this.view.dispatch({ effects: setHere.of(number) });
  }

  /** The lines that have a breakpoint. */
  set breakLines(lines: number[]) {
    this.view.dispatch({ effects: setDots.of(lines) });
  }
  get breakLines(): number[] {
    const { doc } = this.view.state, lines: number[] = [];
    this.view.state.field(dots).between(0, doc.length, (from) => void lines.push(doc.lineAt(from).number));
    return lines;
  }

  showDiagnostics(found: Diagnostic[]): void {
    const { doc } = this.view.state;
    const marks = found.filter((d) => d.line >= 1 && d.line <= doc.lines).map((d) => {
      const line = doc.line(d.line);
      const from = Math.min(line.to, line.from + Math.max(0, d.column - 1));
      return { from, to: Math.min(line.to, from + Math.max(1, d.length)), severity: d.severity, message: d.message };
    });
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  goTo(line: number, column: number): void {
    const { doc } = this.view.state;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.view.dispatch({ selection: { anchor: Math.min(at.to, at.from + Math.max(0, column - 1)) }, scrollIntoView: true });
    this.view.focus();
  }
}
