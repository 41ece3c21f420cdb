"use client";

import { CircleCheck } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { useEffect, useRef } from "react";
import { formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { ButtonLink } from "../primitives/button";
import { Card } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { DescriptionList } from "../primitives/description-list";
import { Page, PageHeader } from "../primitives/page-header";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ApprovalChanges } from "./approval-changes";
import { ApprovalDecision, type InboxItem } from "./approval-decision";
import { localText } from "./draft-text";
import { MessagePreview } from "./message-preview";
import { useNoteText, useReasonText } from "./reason-text";

const EVERY_MS = 30_000;
/** So many messages are shown at once without being asked for. */
const FEW = 3;

/** What waits for a second person. A notification leads here, and the decision is made here. */
export function ApprovalsPage() {
  const t = useTranslations("approvals");
  const shop = useShop();
  const [picked] = useQueryState("item", parseAsString);
  const [campaign] = useQueryState("campaign", parseAsString);
  const inbox = trpc.campaigns.inbox.useQuery({ shopId: shop.id }, { refetchInterval: EVERY_MS });
  const gone = picked !== null && inbox.data !== undefined && !inbox.data.items.some((item) => (item.recallId ?? item.id) === picked);
  return (
    <Page width="narrow">
      <PageCrumb label={t("title")} />
      <PageHeader title={t("title")} description={t("description")} />
      {gone && (
        <Notice
          tone="info"
          title={t("goneTitle")}
          action={campaign && <ButtonLink href={shopPath(shop.id, `/campaigns/${campaign}`)}>{t("toCampaign")}</ButtonLink>}
        >
          {t("goneText")}
        </Notice>
      )}
      {inbox.error ? (
        <ErrorState error={inbox.error} onRetry={() => void inbox.refetch()} />
      ) : !inbox.data ? (
        <SkeletonText lines={6} />
      ) : inbox.data.items.length === 0 ? (
        <EmptyState
          icon={<CircleCheck aria-hidden />}
          title={t("emptyTitle")}
          text={t("emptyText")}
          action={<ButtonLink href={shopPath(shop.id, "/campaigns")}>{t("toCampaigns")}</ButtonLink>}
        />
      ) : (
        <ul className="flex flex-col gap-4" aria-label={t("title")}>
          {inbox.data.items.map((item) => (
            <li key={`${item.kind}${item.recallId ?? item.id}`}>
              <InboxEntry item={item} picked={picked === (item.recallId ?? item.id)} few={inbox.data.items.length <= FEW} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function InboxEntry({ item, picked, few }: { item: InboxItem; picked: boolean; few: boolean }) {
  const t = useTranslations("approvals");
  const locale = useLocale();
  const shop = useShop();
  const reason = useReasonText();
  const noteText = useNoteText();
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (picked) here.current?.scrollIntoView({ block: "center" });
  }, [picked]);
  return (
    <div ref={here}>
      <Card className={cn("flex flex-col gap-4", picked && "border-accent")}>
        <div className="flex flex-wrap items-start justify-between gap-2">
          <div className="min-w-0">
            <h2 className="font-semibold text-base [overflow-wrap:anywhere]">
              <Link href={shopPath(shop.id, `/campaigns/${item.id}`)} className="hover:underline">
                {item.name}
              </Link>
            </h2>
            <p className="text-muted text-sm">
              {t("submittedBy", { by: item.submittedBy })} <Timestamp at={item.submittedAt} show="relative" />
            </p>
          </div>
          <Badge tone={item.kind === "recall" ? "warning" : "info"}>{t(`kinds.${item.kind}`)}</Badge>
        </div>
        {item.reason !== null && <p className="text-sm text-warning">{reason(item.reason)}</p>}
        {item.note !== "" && <p className="max-w-prose whitespace-pre-line text-sm">{noteText(item.note)}</p>}
        <DescriptionList
          items={[
            {
              key: "cost",
              term: item.kind === "recall" ? t("back") : t("cost"),
              detail: <Money minor={item.cost} unit={item.unit} className="font-semibold" />,
            },
            { key: "audience", term: t(item.kind === "recall" ? "lots" : "people"), detail: formatNumber(item.audience, locale) },
            ...(item.runAt
              ? [{ key: "runAt", term: t("runAt"), detail: <Timestamp at={item.runAt} /> }]
              : item.availableLocal
                ? [{ key: "runAt", term: t("runAt"), detail: localText(item.availableLocal, locale) }]
                : []),
            { key: "given", term: t("given"), detail: t("givenValue", { given: item.given, required: item.required }) },
          ]}
        />
        {item.kind === "campaign" && <MessagePreview campaignId={item.id} hash={item.hash} open={few || picked} />}
        {item.kind === "campaign" && <ApprovalChanges campaignId={item.id} hash={item.hash} unit={item.unit} />}
        <ApprovalDecision item={item} />
      </Card>
    </div>
  );
}
