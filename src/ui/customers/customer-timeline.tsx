"use client";

import { Eye, type LucideIcon, Mail, MousePointerClick, ShoppingBag, ShoppingCart, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Item = RouterOutput["customers"]["timeline"]["items"][number];
type Texts = Messages["customers"]["timeline"];

/** Orders, refunds and activity, newest first. */
export function CustomerTimeline({ customerId }: { customerId: string }) {
  const t = useTranslations("customers.timeline");
  const shop = useShop();
  const query = trpc.customers.timeline.useInfiniteQuery(
    { shopId: shop.id, id: customerId },
    { getNextPageParam: (page) => page.next ?? undefined, initialCursor: null },
  );
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={t("title")}>
      <Card flush>
        {query.isPending ? (
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="h-4 w-2/3" />
            <Skeleton className="h-4 w-1/2" />
            <Skeleton className="h-4 w-3/5" />
          </div>
        ) : query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : items.length === 0 ? (
          <EmptyState icon={<ShoppingBag aria-hidden />} title={t("title")} text={t("empty")} />
        ) : (
          <ul className="divide-y divide-line">
            {items.map((item) => (
              <TimelineRow key={item.key} item={item} />
            ))}
          </ul>
        )}
      </Card>
      {query.hasNextPage && (
        <div>
          <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </Section>
  );
}

const EVENT_ICON: Record<string, LucideIcon> = {
  "email.clicked": MousePointerClick,
  "cart.updated": ShoppingCart,
  "checkout.started": ShoppingCart,
};
const iconOf = (item: Item): LucideIcon =>
  item.type === "order"
    ? ShoppingBag
    : item.type === "refund"
      ? Undo2
      : (EVENT_ICON[item.kind] ?? (item.kind.startsWith("email.") ? Mail : Eye));

function TimelineRow({ item }: { item: Item }) {
  const t = useTranslations("customers.timeline");
  const Icon = iconOf(item);
  const isStatus = (kind: string): kind is keyof Texts["orderStatus"] => t.has(`orderStatus.${kind}` as "orderStatus.paid");
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 text-sm">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 [overflow-wrap:anywhere]">
          <EventTitle item={item} />
          {item.type === "order" && item.kind !== "paid" && isStatus(item.kind) && (
            <Badge tone={item.kind === "cancelled" ? "warning" : "neutral"}>{t(`orderStatus.${item.kind}`)}</Badge>
          )}
        </div>
        <div className="flex flex-wrap gap-x-2 text-muted text-xs">
          <Timestamp at={item.at} />
          {item.type === "order" && item.lines ? <span>{t("lines", { count: item.lines })}</span> : null}
        </div>
      </div>
      {item.amount !== null && item.currency !== null && (
        <Money
          minor={item.type === "refund" ? -item.amount : item.amount}
          unit={item.currency}
          className={item.type === "refund" ? "text-danger" : "font-medium"}
        />
      )}
    </li>
  );
}

function EventTitle({ item }: { item: Item }) {
  const t = useTranslations("customers.timeline");
  if (item.type === "order") return <span className="font-medium">{t("order", { label: item.label ?? "" })}</span>;
  if (item.type === "refund") return <span className="font-medium">{t("refund", { label: item.label ?? "" })}</span>;
  const key = item.kind.replaceAll(".", "_");
  const isKnown = (name: string): name is keyof Texts["events"] => t.has(`events.${name}` as "events.other");
  return (
    <span>
      {isKnown(key) ? t(`events.${key}`) : `${t("events.other")} ${item.kind}`}
      {item.label && <span className="text-muted">: {item.label}</span>}
    </span>
  );
}
