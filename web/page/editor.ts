// The editor of toy and LC-3 programs.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
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

export class Editor {
  readonly view: EditorView;

  constructor(label: string, onChange: () => void) {
    this.view = new EditorView({
      state: EditorState.create({
        extensions: [
          lineNumbers(), history(), drawSelection(), keymap.of([...defaultKeymap, ...historyKeymap]), language,
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
