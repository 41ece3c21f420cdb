"use client";

import { ArrowLeft, Ellipsis } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../../error-text";
import { Button, IconButton } from "../../primitives/button";
import { ConfirmDialog } from "../../primitives/dialog";
import { DropdownMenu, MenuItem, MenuSeparator } from "../../primitives/dropdown-menu";
import { useShop } from "../../shell/shop-context";
import { ConflictDialog } from "./conflict-dialog";
import type { Language, TemplateView } from "./content";
import { HistorySheet, TestDialog } from "./template-dialogs";
import type { useDraft } from "./use-draft";
import { useWrites } from "./use-writes";

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
  const { save, copy, setDefault, archive, pending, shown, conflict, settle } = useWrites(template, draft, onOpen);
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
          <MenuItem disabled={draft.dirty} onSelect={copy}>
            {t("duplicate")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem tone="danger" onSelect={() => setAsking("archive")}>
            {t("archive")}
          </MenuItem>
        </DropdownMenu>
      )}
      <HistorySheet
        template={template}
        content={draft.content}
        open={asking === "history"}
        onOpenChange={(open) => setAsking(open ? "history" : null)}
        blocked={draft.dirty ? t("saveFirst") : undefined}
        onRestored={shown}
      />
      <ConflictDialog newer={conflict} content={draft.content} pending={pending} onSettle={settle} />
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
