"use client";

import { useTranslations } from "next-intl";
import type { ClipboardEvent } from "react";
import { print } from "@/server/segments/language/print";
import { isEveryone } from "@/server/segments/schema";
import { toastError, toastInfo, toastSuccess } from "../primitives/toast";
import { type EditGroup, findNode, insertAst, nodeAst } from "./edit-tree";
import { useVocabulary } from "./vocabulary";

/** In a field, copy and paste are about its text. */
const inField = (target: EventTarget) =>
  target instanceof HTMLElement && target.closest("input, textarea, [contenteditable=true]") !== null;

const nodeAt = (target: EventTarget) => (target instanceof HTMLElement ? target.closest("[data-node]")?.getAttribute("data-node") : null);

/** Conditions travel over the clipboard as text of the language: between groups, segments, shops and the text side. */
export function useRuleClipboard(root: EditGroup, onChange: (root: EditGroup) => void) {
  const t = useTranslations("segments.rules");
  const { parse } = useVocabulary();
  const textOf = (id: string) => {
    const node = findNode(root, id);
    const ast = node && nodeAst(node);
    return ast ? print(ast) : null;
  };
  return {
    copy: async (id: string) => {
      const text = textOf(id);
      if (text === null) return;
      try {
        await navigator.clipboard.writeText(text);
        toastInfo(t("copied"));
      } catch {
        // Browsers refuse without https or permission; Ctrl + C on the handle still works there.
        toastError(t("copyRefused"));
      }
    },
    onCopy: (event: ClipboardEvent) => {
      const id = nodeAt(event.target);
      const text = id && !inField(event.target) && window.getSelection()?.isCollapsed !== false ? textOf(id) : null;
      if (!text) return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", text);
      toastInfo(t("copied"));
    },
    onPaste: (event: ClipboardEvent) => {
      if (inField(event.target)) return;
      event.preventDefault();
      const { ast } = parse(event.clipboardData.getData("text/plain"));
      if (!ast || isEveryone(ast)) {
        toastError(t("pasteWrong"));
        return;
      }
      onChange(insertAst(root, nodeAt(event.target) ?? root.id, ast));
      toastSuccess(t("pasted"));
    },
  };
}
