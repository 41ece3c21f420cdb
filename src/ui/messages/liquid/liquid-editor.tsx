"use client";

import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  completionStatus,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, redo } from "@codemirror/commands";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, type KeyBinding, keymap } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { changedPart, editorTheme } from "../../primitives/editor-parts";
import { narrowed, suggest, type Vocabulary } from "./complete";
import { fitting } from "./fit";
import { liquidTheme, partColours, redraw } from "./liquid-theme";
import type { Mark } from "./parts";

export type LiquidEditorHandle = { insert: (text: string) => void };

export type LiquidEditorProps = {
  ref?: Ref<LiquidEditorHandle>;
  value: string;
  /** `whole`: something chosen from the list, a step of its own to undo. */
  onChange: (value: string, whole: boolean) => void;
  vocabulary: Vocabulary;
  /** Only what stands for an address. */
  address: boolean;
  marks: readonly (Mark & { message: string })[];
  multiline: boolean;
  maxLength: number;
  /** What the list of suggestions is called. */
  listLabel: string;
  /** Id, label, hint and error of the field. */
  control: Readonly<Record<string, string | undefined>>;
  /** Of a draft with one history for everything in it; without them the field has its own. */
  onUndo?: () => void;
  onRedo?: () => void;
  /** Where the caret stood in the plain field this one takes the place of, if it had the focus. */
  takesFocus: { from: number; to: number } | null;
};

/** CodeMirror as a field that knows what may be written in braces. Its own chunk; until it is there a plain field serves. */
export function LiquidEditor(props: LiquidEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // The editor is made once; what it calls must always be the latest.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const changing = useRef(new Compartment());
  /** What was typed and has not come back from the page yet: it must not be taken for a change from outside. */
  const echoes = useRef<string[]>([]);
  const { value, control, marks } = props;
  const attributes = JSON.stringify(control);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; later changes of text and state are the effects below
  useEffect(() => {
    if (!host.current) return;
    const { takesFocus } = latest.current;
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        selection: takesFocus ? { anchor: takesFocus.from, head: takesFocus.to } : undefined,
        extensions: [fixed(latest, echoes), changing.current.of(attributesOf(attributes, latest.current))],
      }),
    });
    view.current = created;
    if (takesFocus) created.focus();
    // The label of an editable element does not lead to it by itself.
    const label = document.getElementById(control["aria-labelledby"] ?? "");
    const focus = () => created.focus();
    label?.addEventListener("click", focus);
    return () => {
      label?.removeEventListener("click", focus);
      created.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const echo = echoes.current.indexOf(value);
    if (echo >= 0) echoes.current.splice(0, echo + 1);
    else if (view.current) adopt(view.current, value);
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: changing.current.reconfigure(attributesOf(attributes, latest.current)) });
  }, [attributes]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const end = editor.state.doc.length;
    const shown = marks
      .filter(({ to }) => to <= end)
      .map(({ from, to, message }): Diagnostic => ({ from, to, severity: "error", message }));
    editor.dispatch(setDiagnostics(editor.state, shown));
  }, [marks]);

  const { vocabulary } = props;
  // Another person is previewed: an open list must not go on showing the values of the one before.
  useEffect(() => {
    const editor = view.current;
    if (!editor || !vocabulary) return;
    editor.dispatch({ effects: redraw.of(null) });
    if (completionStatus(editor.state) === "active") startCompletion(editor);
  }, [vocabulary]);

  useImperativeHandle(props.ref, () => ({
    insert: (text) => {
      const editor = view.current;
      if (!editor) return;
      editor.dispatch(editor.state.replaceSelection(text), { userEvent: "input.complete" });
      editor.focus();
    },
  }));
  return <div ref={host} className="min-w-0" />;
}

function attributesOf(control: string, { multiline, address }: LiquidEditorProps): Extension {
  const given: Record<string, string | undefined> = JSON.parse(control);
  const set = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return EditorView.contentAttributes.of({
    ...Object.fromEntries(set),
    "aria-multiline": String(multiline),
    spellcheck: String(!address),
    autocapitalize: address ? "off" : "sentences",
  });
}

/** Takes over a text from outside: undo, another version. */
function adopt(view: EditorView, text: string) {
  const part = changedPart(view.state.doc.toString(), text);
  if (!part) return;
  // What the page has is what the field shows, whatever its limits.
  view.dispatch({ changes: part.changes, selection: view.hasFocus ? { anchor: part.end } : undefined, filter: false });
}

type Latest = { readonly current: LiquidEditorProps };

function fixed(latest: Latest, echoes: { current: string[] }): Extension {
  const { multiline, onUndo, vocabulary, listLabel } = latest.current;
  const run = (call: (props: LiquidEditorProps) => void) => () => {
    call(latest.current);
    return true;
  };
  const shared: KeyBinding[] = [
    { key: "Mod-z", run: run((props) => props.onUndo?.()), preventDefault: true },
    { key: "Mod-y", run: run((props) => props.onRedo?.()), preventDefault: true },
    { key: "Mod-Shift-z", run: run((props) => props.onRedo?.()), preventDefault: true },
  ];
  const keys: KeyBinding[] = [
    // Takes what is marked while the list is open, and leaves the field otherwise.
    { key: "Tab", run: acceptCompletion },
    { key: "Ctrl-Space", run: startCompletion },
    ...(multiline ? [] : [{ key: "Enter", run: () => true }]),
    // Alt and the arrows move whole blocks here, not lines.
    ...["Alt-ArrowUp", "Alt-ArrowDown"].map((key): KeyBinding => ({ key, run: () => true, preventDefault: false })),
  ];
  const placeholders = (text: string) =>
    [...text.matchAll(/\{(\w+)\}/g)].flatMap(({ index, 0: whole, 1: name }) =>
      latest.current.vocabulary.variables.some((variable) => variable.name === name) ? [{ from: index, to: index + whole.length }] : [],
    );
  return [
    partColours(vocabulary.style === "braces" ? placeholders : undefined),
    EditorState.phrases.of({ Completions: listLabel }),
    editorTheme,
    liquidTheme,
    EditorView.lineWrapping,
    // Windows has its own key for it by default; the usual one of everywhere else works there, too.
    onUndo ? keymap.of(shared) : [history(), keymap.of([{ key: "Mod-Shift-z", run: redo, preventDefault: true }, ...historyKeymap])],
    autocompletion({
      override: [(context) => complete(context, latest)],
      icons: false,
      activateOnTypingDelay: 60,
      // The list follows every key at once; whoever types fast means what is marked.
      interactionDelay: 0,
      addToOptions: [{ render: (completion) => valueLine(completion), position: 90 }],
    }),
    keymap.of([...keys, ...completionKeymap, ...defaultKeymap.filter(({ key }) => key !== "Enter" || multiline)]),
    fitting(multiline, () => latest.current.maxLength),
    EditorView.updateListener.of((update) => {
      const next = update.state.doc.toString();
      if (!update.docChanged || next === latest.current.value) return;
      echoes.current = [...echoes.current.slice(-50), next];
      latest.current.onChange(
        next,
        update.transactions.some((one) => one.isUserEvent("input.complete")),
      );
    }),
  ];
}

type Offered = Completion & { value: string };

function complete(context: CompletionContext, latest: Latest): CompletionResult | null {
  const { vocabulary, address } = latest.current;
  const text = context.state.doc.toString();
  const found = suggest(text, context.pos, vocabulary, address);
  if (!found) return null;
  return {
    from: found.from,
    to: found.to,
    filter: false,
    update: (_current, _from, _to, next) => complete(next, latest),
    options: narrowed(found.items, text.slice(found.from, context.pos)).map(
      (item): Offered => ({
        label: item.name,
        detail: item.label,
        value: item.value,
        apply: (view, _completion, from, to) => {
          view.dispatch({
            changes: { from, to, insert: item.insert },
            selection: { anchor: from + item.caret },
            userEvent: "input.complete",
          });
          if (item.more) startCompletion(view);
        },
      }),
    ),
  };
}

function valueLine(completion: Completion): Node | null {
  if (!("value" in completion) || typeof completion.value !== "string" || completion.value === "") return null;
  const line = document.createElement("span");
  line.className = "cm-l-value";
  line.textContent = completion.value;
  return line;
}
