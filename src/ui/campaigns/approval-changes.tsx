"use client";

import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { useErrorText } from "../error-text";
import { SkeletonText } from "../primitives/skeleton";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useFieldText } from "./draft-text";

type Field = keyof Messages["approvals"]["changes"]["fields"];

/** What is different from the last time somebody was asked, field by field. */
export function ApprovalChanges({ campaignId, hash, unit }: { campaignId: string; hash: string | null; unit: string }) {
  const t = useTranslations("approvals.changes");
  const shop = useShop();
  const errorText = useErrorText();
  const text = useFieldText(unit);
  const known = (field: string): field is Field => t.has(`fields.${field as Field}`);
  const fieldName = (field: string) => (known(field) ? t(`fields.${field}`) : field);
  const diff = trpc.campaigns.approvalDiff.useQuery({ shopId: shop.id, id: campaignId, hash });
  if (diff.error) return <p className="text-danger text-sm">{errorText(diff.error)}</p>;
  if (diff.isPending) return <SkeletonText lines={2} />;
  if (!diff.data) return <p className="text-muted text-sm">{t("first")}</p>;
  return (
    <section className="flex flex-col gap-2 text-sm">
      <h3 className="font-medium">
        {t("title")} <Timestamp at={diff.data.since} className="font-normal text-muted" />
        <span className="font-normal text-muted"> ({diff.data.by})</span>
      </h3>
      {diff.data.changes.length === 0 ? (
        <p className="text-muted">{t("none")}</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {diff.data.changes.map((change) => (
            <li key={change.field} className="grid gap-x-4 gap-y-1 px-3 py-2 sm:grid-cols-[10rem_1fr_1fr]">
              <span className="text-muted">{fieldName(change.field)}</span>
              <del className="whitespace-pre-line text-danger decoration-1 [overflow-wrap:anywhere]">
                <span className="sr-only">{t("before")} </span>
                {text(change.field, change.before)}
              </del>
              <ins className="whitespace-pre-line text-accent no-underline [overflow-wrap:anywhere]">
                <span className="sr-only">{t("after")} </span>
                {text(change.field, change.after)}
              </ins>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
