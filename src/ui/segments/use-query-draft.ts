"use client";

import { useMemo, useState } from "react";
import { print } from "@/server/segments/language/print";
import type { Issue } from "@/server/segments/schema";
import { record, redo, startHistory, undo } from "../primitives/draft-history";
import { type EditGroup, newGroup, toAst, toTree } from "./edit-tree";
import { useVocabulary } from "./vocabulary";

export type QueryDraft = {
  /** The source: what is saved. */
  text: string;
  /** The visual form of the text, or of the last text without errors. */
  tree: EditGroup;
  issues: readonly Issue[];
  setText: (text: string) => void;
  /** `tag` names what is typed in; a change without one is a step of its own to undo. */
  setTree: (tree: EditGroup, tag?: string) => void;
  /** Replaces everything, for a template: one step to undo. */
  replace: (text: string) => void;
  format: () => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
};

/**
 * One query in two forms. Each change of one rewrites the other; while the text has errors, the rules wait at the last valid state.
 * Both forms share one history, so that undoing works across the switch between them.
 */
export function useQueryDraft(initial: string): QueryDraft {
  const { parse } = useVocabulary();
  const treeOf = (text: string): EditGroup | null => {
    const { ast } = parse(text);
    return ast && toTree(ast);
  };
  const [history, setHistory] = useState(() => startHistory({ text: initial, tree: treeOf(initial) ?? newGroup("and", []) }));
  const { text, tree } = history.present;
  const parsed = useMemo(() => parse(text), [parse, text]);
  const write = (next: string, tag: string | null) =>
    setHistory((current) =>
      next === current.present.text
        ? current
        : record(current, { text: next, tree: treeOf(next) ?? current.present.tree }, tag, performance.now()),
    );
  return {
    text,
    tree,
    issues: parsed.issues,
    setText: (next) => write(next, "text"),
    setTree: (next, tag) =>
      setHistory((current) => record(current, { text: print(toAst(next)), tree: next }, tag ?? null, performance.now())),
    replace: (next) => write(next, null),
    format: () => {
      if (parsed.ast) write(print(parsed.ast), null);
    },
    undo: history.past.length > 0 ? () => setHistory(undo) : null,
    redo: history.future.length > 0 ? () => setHistory(redo) : null,
  };
}
