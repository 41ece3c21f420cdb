"use client";

import { useMemo, useState } from "react";
import { parseQuery } from "@/server/segments/language/parse";
import { print } from "@/server/segments/language/print";
import type { Issue } from "@/server/segments/schema";
import { type EditGroup, newGroup, toAst, toTree } from "./edit-tree";

export type QueryDraft = {
  /** The source: what is saved. */
  text: string;
  /** The visual form of the text, or of the last text without errors. */
  tree: EditGroup;
  issues: readonly Issue[];
  setText: (text: string) => void;
  setTree: (tree: EditGroup) => void;
  format: () => void;
};

const treeOf = (text: string): EditGroup | null => {
  const { ast } = parseQuery(text);
  return ast && toTree(ast);
};

/** One query in two forms. Each change of one rewrites the other; while the text has errors, the rules wait at the last valid state. */
export function useQueryDraft(initial: string): QueryDraft {
  const [text, setText] = useState(initial);
  const [tree, setTree] = useState<EditGroup>(() => treeOf(initial) ?? newGroup("and", []));
  const parsed = useMemo(() => parseQuery(text), [text]);
  return {
    text,
    tree,
    issues: parsed.issues,
    setText: (next) => {
      setText(next);
      const valid = treeOf(next);
      if (valid) setTree(valid);
    },
    setTree: (next) => {
      setTree(next);
      setText(print(toAst(next)));
    },
    format: () => {
      if (parsed.ast) setText(print(parsed.ast));
    },
  };
}
