"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { formatDate, formatMoney } from "../format";
import { Section } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Trace = RouterOutput["messages"]["trace"];
const LINK = "text-accent underline-offset-2 hover:underline";

/** The way of a message: its campaign, its recipient, the credit it told about, the orders that credit paid. */
export function MessageTrace({ id }: { id: string }) {
  const t = useTranslations("messages.trace");
  const shop = useShop();
  const trace = trpc.messages.trace.useQuery({ shopId: shop.id, id });
  return (
    <Section level={3} title={t("title")}>
      {trace.error ? (
        <ErrorState error={trace.error} onRetry={() => void trace.refetch()} />
      ) : trace.data ? (
        <Way trace={trace.data} />
      ) : (
        <SkeletonText lines={3} />
      )}
    </Section>
  );
}

function Way({ trace }: { trace: Trace }) {
  const t = useTranslations("messages.trace");
  const locale = useLocale();
  const shop = useShop();
  const { campaigns, customer, lots, orders, later } = trace;
  const credit = lots.map((lot) => {
    const money = (minor: bigint) => formatMoney(minor, lot.unit, locale);
    const values = { granted: money(lot.granted), redeemed: money(lot.redeemed), remaining: money(lot.remaining) };
    return (
      <li key={lot.id}>
        {lot.expired + lot.recalled > 0n
          ? t("lotOver", { ...values, expired: money(lot.expired), recalled: money(lot.recalled) })
          : t("lot", values)}
      </li>
    );
  });
  const paid = orders.map((order) => (
    <li key={`${order.orderRef} ${order.at.toISOString()}`}>
      {t("order", {
        order: order.orderRef,
        amount: formatMoney(order.redeemed, order.unit, locale),
        date: formatDate(order.at, shop.timeZone, locale),
      })}
    </li>
  ));
  const followed = later.map((order) => (
    <li key={order.orderRef}>
      {t("laterOrder", {
        order: order.orderRef,
        total: formatMoney(order.total, order.unit, locale),
        date: formatDate(order.at, shop.timeZone, locale),
      })}
    </li>
  ));
  return (
    <DescriptionList
      items={[
        ...campaigns.map(({ id, name }) => ({
          key: id,
          term: t("campaign"),
          detail: (
            <Link className={LINK} href={shopPath(shop.id, `/campaigns/${id}`)}>
              {name}
            </Link>
          ),
        })),
        {
          key: "person",
          term: t("person"),
          detail: (
            <Link className={LINK} href={shopPath(shop.id, `/customers/${customer.id}`)}>
              {customer.name}
            </Link>
          ),
        },
        { key: "credit", term: t("credit"), detail: credit.length > 0 ? <ul>{credit}</ul> : t("noCredit") },
        ...(followed.length > 0 ? [{ key: "later", term: t("later"), detail: <ul>{followed}</ul> }] : []),
        ...(credit.length > 0 ? [{ key: "orders", term: t("orders"), detail: paid.length > 0 ? <ul>{paid}</ul> : t("noOrders") }] : []),
      ]}
    />
  );
}
