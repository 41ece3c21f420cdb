"use client";

import { ArrowLeft, Ellipsis } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../../error-text";
import { Button, IconButton } from "../../primitives/button";
import { ConfirmDialog } from "../../primitives/dialog";
import { DropdownMenu, MenuItem, MenuSeparator } from "../../primitives/dropdown-menu";
import { toastError, toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { Language, TemplateView } from "./content";
import { HistorySheet, TestDialog } from "./template-dialogs";
import type { useDraft } from "./use-draft";

type TemplateActionsProps = {
  template: TemplateView;
  draft: ReturnType<typeof useDraft>;
  language: Language;
  recipientId: string | null;
  onOpen: (which: string | null) => void;
};

type Asking = "leave" | "archive" | "history" | "test" | null;

/** Saving, using, trying and putting away one template. */
export function TemplateActions({ template, draft, language, recipientId, onOpen }: TemplateActionsProps) {
  const t = useTranslations("templates.editor");
  const common = useTranslations("common.form");
  const shop = useShop();
  const errorText = useErrorText();
  const [asking, setAsking] = useState<Asking>(null);
  const { save, setDefault, archive, pending, shown } = useWrites(template, draft, onOpen);
  const write = shop.can("message.write");
  const { id, kind, channel } = template;
  const menu = write && id !== null;
  return (
    <>
      <Button onClick={() => (draft.dirty ? setAsking("leave") : onOpen(null))}>
        <ArrowLeft aria-hidden />
        {t("back")}
      </Button>
      {id !== null && <Button onClick={() => setAsking("history")}>{t("history")}</Button>}
      {write && channel !== "push" && <Button onClick={() => setAsking("test")}>{t("test")}</Button>}
      {menu && !template.isDefault && (
        <Button
          loading={setDefault.isPending}
          disabledReason={draft.dirty ? t("saveFirst") : undefined}
          onClick={() => setDefault.mutate({ shopId: shop.id, id, isDefault: true })}
        >
          {t("use")}
        </Button>
      )}
      {write && (
        <Button
          variant="primary"
          loading={pending}
          disabledReason={draft.name.trim() === "" ? t("nameMissing") : id !== null && !draft.dirty ? t("nothingNew") : undefined}
          onClick={save}
        >
          {t(id === null ? "create" : "save")}
        </Button>
      )}
      {menu && (
        <DropdownMenu
          trigger={
            <IconButton label={t("more")}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          <MenuItem
            disabled={!template.isDefault || draft.dirty}
            onSelect={() => setDefault.mutate({ shopId: shop.id, id, isDefault: false })}
          >
            {t("backToStandard")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem tone="danger" onSelect={() => setAsking("archive")}>
            {t("archive")}
          </MenuItem>
        </DropdownMenu>
      )}
      <HistorySheet
        template={template}
        open={asking === "history"}
        onOpenChange={(open) => setAsking(open ? "history" : null)}
        blocked={draft.dirty ? t("saveFirst") : undefined}
        onRestored={shown}
      />
      <TestDialog
        message={{ kind, channel, content: draft.content, locale: language, customerId: recipientId }}
        open={asking === "test"}
        onOpenChange={(open) => setAsking(open ? "test" : null)}
      />
      <ConfirmDialog
        open={asking === "leave"}
        onOpenChange={(open) => setAsking(open ? "leave" : null)}
        title={common("unsavedTitle")}
        description={common("unsavedText")}
        confirmLabel={common("discard")}
        onConfirm={() => {
          draft.discard();
          onOpen(null);
        }}
        pending={false}
        error={null}
      />
      <ConfirmDialog
        open={asking === "archive"}
        onOpenChange={(open) => setAsking(open ? "archive" : null)}
        title={t("archiveTitle")}
        description={t("archiveText")}
        confirmLabel={t("archive")}
        tone="danger"
        onConfirm={() => id !== null && archive.mutate({ shopId: shop.id, id })}
        pending={archive.isPending}
        error={archive.error ? errorText(archive.error) : null}
      />
    </>
  );
}

function useWrites(template: TemplateView, draft: TemplateActionsProps["draft"], onOpen: TemplateActionsProps["onOpen"]) {
  const t = useTranslations("templates.editor");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const refused = (error: unknown) => toastError(errorText(error));
  /** The server's answer is the new state: the editor starts again from it. */
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
    onError: refused,
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
  return { save, setDefault, archive, shown, pending: create.isPending || saving.isPending };
}
