"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { errorCode, useErrorText } from "../../error-text";
import { toastError, toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { TemplateView } from "./content";
import type { useDraft } from "./use-draft";

/** Saving, copying and putting away a template, and what happens when somebody else was quicker. */
export function useWrites(template: TemplateView, draft: ReturnType<typeof useDraft>, onOpen: (which: string | null) => void) {
  const t = useTranslations("templates.editor");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const refused = (error: unknown) => toastError(errorText(error));
  /** The server's answer is the new state: the editor starts again from it. */
  const [conflict, setConflict] = useState<TemplateView | null>(null);
  const shown = (next: TemplateView) => {
    draft.forget();
    if (next.id !== null) utils.messages.templates.get.setData({ shopId: shop.id, id: next.id }, next);
    void utils.messages.templates.list.invalidate();
  };
  const create = trpc.messages.templates.create.useMutation({
    onSuccess: (next) => {
      shown(next);
      toastSuccess(t("created"), t("createdText"));
      onOpen(next.id);
    },
    onError: refused,
  });
  const saving = trpc.messages.templates.save.useMutation({
    onSuccess: (next) => {
      shown(next);
      toastSuccess(t("saved", { version: next.version ?? 1 }));
    },
    onError: async (error) => {
      if (errorCode(error) !== "CONFLICT" || template.id === null) return refused(error);
      // The own words stay where they are; what the other person wrote is fetched to be shown beside them.
      try {
        setConflict(await utils.client.messages.templates.get.query({ shopId: shop.id, id: template.id }));
      } catch (failure) {
        refused(failure);
      }
    },
  });
  const setDefault = trpc.messages.templates.setDefault.useMutation({
    onSuccess: (_, { id, isDefault }) => {
      utils.messages.templates.get.setData({ shopId: shop.id, id }, (before) => before && { ...before, isDefault });
      void utils.messages.templates.list.invalidate();
      toastSuccess(t(isDefault ? "used" : "unused"));
    },
    onError: refused,
  });
  const archive = trpc.messages.templates.archive.useMutation({
    onSuccess: () => {
      draft.forget();
      void utils.messages.templates.list.invalidate();
      toastSuccess(t("archived"));
      onOpen(null);
    },
  });
  const save = () => {
    const { name, content } = draft;
    if (template.id === null) create.mutate({ shopId: shop.id, kind: template.kind, channel: template.channel, name, content });
    else saving.mutate({ shopId: shop.id, id: template.id, name, content, baseVersion: draft.baseVersion ?? template.version ?? 1 });
  };
  const copy = () =>
    create.mutate({
      ...{ shopId: shop.id, kind: template.kind, channel: template.channel, content: draft.content },
      name: t("copyOf", { name: draft.name }).slice(0, 120),
    });
  /** After another person's version: save the own words on top of it, take theirs, or go on writing. */
  const settle = (choice: "mine" | "theirs" | null) => {
    setConflict(null);
    if (conflict === null || conflict.id === null || choice === null) return;
    if (choice === "theirs") shown(conflict);
    else {
      const { name, content } = draft;
      saving.mutate({ shopId: shop.id, id: conflict.id, name, content, baseVersion: conflict.version ?? 1 });
    }
  };
  return { save, copy, setDefault, archive, shown, conflict, settle, pending: create.isPending || saving.isPending };
}
