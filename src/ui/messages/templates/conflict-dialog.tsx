"use client";

import { useTranslations } from "next-intl";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import { Button } from "../../primitives/button";
import { Dialog } from "../../primitives/dialog";
import { Timestamp } from "../../primitives/values";
import type { Content, TemplateView } from "./content";
import { VersionCompare } from "./version-compare";

type ConflictDialogProps = {
  /** What somebody else saved meanwhile; null while nobody did. */
  newer: TemplateView | null;
  content: Content;
  pending: boolean;
  onSettle: (choice: "mine" | "theirs" | null) => void;
};

/** Two people wrote at the same time: both texts side by side, and neither is lost. */
export function ConflictDialog({ newer, content, pending, onSettle }: ConflictDialogProps) {
  const t = useTranslations("templates.editor");
  if (newer === null) return null;
  const version = newer.version ?? 1;
  const last = newer.versions.find((one) => one.version === version);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onSettle(null)}
      size="lg"
      title={t("conflictTitle", { version })}
      description={t("conflictText")}
      footer={
        <>
          <Button onClick={() => onSettle("theirs")}>{t("conflictTake", { version })}</Button>
          <Button variant="primary" loading={pending} onClick={() => onSettle("mine")}>
            {t("conflictKeep")}
          </Button>
        </>
      }
    >
      {last && (
        <p className="pb-3 text-muted text-sm">
          {last.by}, <Timestamp at={last.createdAt} />
        </p>
      )}
      <VersionCompare before={anyContentSchema.parse(newer.content)} after={content} />
    </Dialog>
  );
}
