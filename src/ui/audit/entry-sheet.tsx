"use client";

import { useTranslations } from "next-intl";
import { Code, CodeBlock } from "../primitives/code";
import { DescriptionList } from "../primitives/description-list";
import { Sheet } from "../primitives/dialog";
import { Timestamp } from "../primitives/values";
import { useActionName, useEntityName } from "./action-name";
import type { Entry } from "./audit-page";

/** Everything an entry holds. */
export function EntrySheet({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const t = useTranslations("audit");
  const d = useTranslations("audit.detail");
  const actionName = useActionName();
  const entityName = useEntityName();
  const none = <span className="text-muted">{d("none")}</span>;
  const code = (text: string | null) => (text ? <Code className="text-xs">{text}</Code> : none);
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={actionName(entry.action)} description={entry.actorLabel}>
      <DescriptionList
        items={[
          { key: "at", term: t("at"), detail: <Timestamp at={entry.at} /> },
          { key: "actor", term: t("actor"), detail: `${entry.actorLabel} (${t(`actorType.${entry.actorType}`)})` },
          { key: "action", term: t("action"), detail: code(entry.action) },
          { key: "entity", term: t("entity"), detail: entityName(entry.entity) },
          { key: "entityId", term: d("entityId"), detail: code(entry.entityId) },
          { key: "shop", term: t("shop"), detail: entry.shop ?? none },
          { key: "before", term: d("before"), detail: code(entry.beforeHash) },
          { key: "request", term: d("request"), detail: code(entry.requestId) },
          { key: "id", term: d("id"), detail: code(entry.id) },
          { key: "seq", term: d("seq"), detail: entry.sealed?.seq ?? t("pending") },
          { key: "hash", term: d("hash"), detail: code(entry.sealed?.hash ?? null) },
        ]}
      />
      <h3 className="mt-4 mb-2 font-medium text-sm">{d("after")}</h3>
      {Object.keys(entry.after).length > 0 ? (
        <CodeBlock text={JSON.stringify(entry.after, null, 2)} label={d("after")} copyLabel={d("copy")} />
      ) : (
        none
      )}
    </Sheet>
  );
}
