"use client";

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap } from "@codemirror/commands";
import { type Diagnostic, forceLinting, nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, type KeyBinding, keymap, placeholder as placeholderText } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { changedPart, editorTheme } from "../primitives/editor-parts";
import { type CompletionTexts, queryCompletion } from "./code-complete";
import { queryColours } from "./code-highlight";
import { queryTheme } from "./code-theme";

export type CodeEditorHandle = {
  focus: () => void;
  /** Puts the caret around an error and into view. */
  select: (from: number, to: number) => void;
};

export type CodeEditorProps = {
  ref?: Ref<CodeEditorHandle>;
  text: string;
  diagnostics: readonly { from: number; to: number; message: string }[];
  onChange: (text: string) => void;
  onUndo: () => void;
  onRedo: () => void;
  completion: CompletionTexts;
  label: string;
  describedBy: string;
  placeholder: string;
  readOnly: boolean;
  maxLength: number;
};

/** CodeMirror with the lexer, parser and values of the segment language. Its own chunk: only who opens the text loads it. */
export function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // The editor is made once; what it calls must always be the latest.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const changing = useRef(new Compartment());
  const { text, diagnostics, label, describedBy, readOnly } = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; later changes of text and state are the effects below
  useEffect(() => {
    if (!host.current) return;
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: [fixed(latest), changing.current.of(attributes(label, describedBy, readOnly, false))],
      }),
    });
    view.current = created;
    return () => {
      created.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    if (view.current) adopt(view.current, text);
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const end = editor.state.doc.length;
    const shown = diagnostics.map(
      ({ from, to, message }): Diagnostic => ({
        from: Math.min(from, end),
        to: Math.min(Math.max(to, from), end),
        severity: "error",
        message,
      }),
    );
    editor.dispatch(setDiagnostics(editor.state, shown));
    forceLinting(editor);
  }, [diagnostics]);

  const invalid = diagnostics.length > 0;
  useEffect(() => {
    view.current?.dispatch({ effects: changing.current.reconfigure(attributes(label, describedBy, readOnly, invalid)) });
  }, [label, describedBy, readOnly, invalid]);

  useImperativeHandle(props.ref, () => ({
    focus: () => view.current?.focus(),
    select: (from, to) => {
      const editor = view.current;
      if (!editor) return;
      const end = editor.state.doc.length;
      editor.focus();
      editor.dispatch({ selection: { anchor: Math.min(from, end), head: Math.min(Math.max(to, from), end) }, scrollIntoView: true });
    },
  }));
  return <div ref={host} />;
}

function attributes(label: string, describedBy: string, readOnly: boolean, invalid: boolean): Extension {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-describedby": describedBy,
      ...(readOnly ? { "aria-readonly": "true" } : {}),
      ...(invalid ? { "aria-invalid": "true" } : {}),
    }),
  ];
}

/** Takes over a text from outside: rules, template, undo. */
function adopt(view: EditorView, text: string) {
  const part = changedPart(view.state.doc.toString(), text);
  if (part) view.dispatch({ changes: part.changes, selection: { anchor: part.end }, scrollIntoView: true });
}

type Latest = { readonly current: CodeEditorProps };

function fixed(latest: Latest): Extension {
  const run = (call: (props: CodeEditorProps) => void) => () => {
    call(latest.current);
    return true;
  };
  // The draft keeps one history for rules and text; the editor has none of its own. Tab is not bound: it leaves the field.
  const keys: KeyBinding[] = [
    { key: "Mod-z", run: run((props) => props.onUndo()), preventDefault: true },
    { key: "Mod-y", run: run((props) => props.onRedo()), preventDefault: true },
    { key: "Mod-Shift-z", run: run((props) => props.onRedo()), preventDefault: true },
    { key: "Ctrl-Space", run: startCompletion },
    { key: "F8", run: nextDiagnostic },
    { key: "Shift-F8", run: previousDiagnostic },
  ];
  return [
    queryColours,
    editorTheme,
    queryTheme,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    placeholderText(latest.current.placeholder),
    closeBrackets(),
    autocompletion({
      override: [
        queryCompletion({
          parse: (query) => latest.current.completion.parse(query),
          wordFor: (suggestion) => latest.current.completion.wordFor(suggestion),
          values: (place, search, signal) => latest.current.completion.values(place, search, signal),
        }),
      ],
      icons: false,
      activateOnTypingDelay: 120,
    }),
    keymap.of([...keys, ...completionKeymap, ...closeBracketsKeymap, ...defaultKeymap]),
    EditorState.changeFilter.of((transaction) => transaction.newDoc.length <= latest.current.maxLength || !transaction.docChanged),
    EditorView.updateListener.of((update) => {
      const next = update.state.doc.toString();
      if (update.docChanged && next !== latest.current.text) latest.current.onChange(next);
    }),
  ];
}
