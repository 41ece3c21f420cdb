"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { formatMoney, formatNumber } from "../format";
import { ButtonLink } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { Stat, StatRow } from "../primitives/stat";
import { Notice } from "../primitives/states";
import { Money } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import type { Import, Report } from "./import-types";

/** What an import found and what it changed. */
export function ImportReport({ file, report }: { file: Import; report: Report }) {
  const t = useTranslations("imports.report");
  const locale = useLocale();
  const shop = useShop();
  const number = (value: number) => formatNumber(value, locale);
  const isOrders = file.kind !== "customers";
  const written =
    report.ordersNew +
    report.ordersChanged +
    report.customersNew +
    report.customersChanged +
    report.refundsNew +
    report.refundsChanged +
    report.productsNew;
  return (
    <Section
      title={t("title")}
      actions={
        <>
          {shop.can("segment.write") && <ButtonLink href={shopPath(shop.id, "/segments/new")}>{t("toSegments")}</ButtonLink>}
          {shop.can("customer.list") && (
            <ButtonLink variant="primary" href={shopPath(shop.id, "/customers")}>
              {t("toCustomers")}
            </ButtonLink>
          )}
        </>
      }
    >
      {written === 0 && report.badRows < report.rows && <Notice tone="info" title={t("unchanged")} />}
      <StatRow>
        <Stat label={t("rows")} value={number(report.rows)} hint={t("bad", { count: report.badRows })} />
        <Stat label={t("customers")} value={number(report.customers)} hint={t("customersNew", { count: report.customersNew })} />
        {isOrders && (
          <Stat label={t("orders")} value={number(report.countedOrders)} hint={t("buyers", { count: report.countedCustomers })} />
        )}
        {isOrders && (
          <Stat
            label={t("value")}
            value={<Money minor={report.countedValue} unit={report.currency} />}
            hint={file.kind === "order_lines" ? t("lines", { count: report.countedLines }) : undefined}
          />
        )}
      </StatRow>
      <Details file={file} report={report} />
    </Section>
  );
}

function Details({ file, report }: { file: Import; report: Report }) {
  const t = useTranslations("imports.report");
  const locale = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  const money = (minor: string) => formatMoney(BigInt(minor), report.currency, locale);
  const row = (key: string, term: ReactNode, value: number, hint?: ReactNode) => ({
    key,
    term,
    detail: (
      <>
        {number(value)}
        {hint && <span className="block text-muted text-xs">{hint}</span>}
      </>
    ),
  });
  const orders = [
    row("withCustomer", t("rowsWithCustomer"), report.rowsWithCustomer),
    row("ordersNew", t("ordersNew"), report.ordersNew),
    row("ordersChanged", t("ordersChanged"), report.ordersChanged),
    row("ordersUnchanged", t("ordersUnchanged"), report.ordersUnchanged),
    ...(report.ordersKept > 0 ? [row("ordersKept", t("ordersKept"), report.ordersKept, t("ordersKeptHint"))] : []),
    row(
      "anonymous",
      t("anonymous"),
      report.anonymousOrders,
      report.anonymousOrders > 0 && t("anonymousHint", { lines: report.anonymousLines, amount: money(report.anonymousValue) }),
    ),
    row("zero", t("zeroLines"), report.zeroLines, report.zeroLines > 0 && t("zeroHint")),
    row(
      "cancellations",
      t("cancellations"),
      report.cancellations,
      report.cancellations > 0 && t("cancellationsHint", { lines: report.cancellationLines, amount: money(report.cancelledValue) }),
    ),
    ...(report.adjustments > 0 ? [row("adjustments", t("adjustments"), report.adjustments)] : []),
    row("refundsNew", t("refundsNew"), report.refundsNew),
    row("products", t("products"), report.products),
    row("productsNew", t("productsNew"), report.productsNew),
  ];
  return (
    <Card className="py-1">
      <DescriptionList
        items={[
          ...(file.kind === "customers" ? [] : orders),
          row("customersChanged", t("customersChanged"), report.customersChanged),
          { key: "took", term: t("took"), detail: t("seconds", { seconds: formatNumber(report.seconds, locale, { digits: 1 }) }) },
        ]}
      />
    </Card>
  );
}
