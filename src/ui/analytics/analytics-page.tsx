"use client";

import { useTranslations } from "next-intl";
import { Page, PageHeader } from "../primitives/page-header";
import { UrlTabs } from "../primitives/tabs";
import { useShop } from "../shell/shop-context";
import { Assumptions } from "./assumptions";
import { Cohorts } from "./cohorts";
import { Habits } from "./habits";
import { LiabilityCharts } from "./liability-charts";
import { Programme } from "./programme";

/** What all campaigns earned together, how customers buy, what is owed, and what the numbers assume. */
export function AnalyticsPage() {
  const t = useTranslations("analytics");
  const shop = useShop();
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <UrlTabs
        label={t("tabs.label")}
        tabs={[
          { value: "programme", label: t("tabs.programme"), content: <Programme /> },
          { value: "habits", label: t("tabs.habits"), content: <Habits /> },
          { value: "cohorts", label: t("tabs.cohorts"), content: <Cohorts /> },
          ...(shop.can("ledger.read") ? [{ value: "liability" as const, label: t("tabs.liability"), content: <LiabilityCharts /> }] : []),
          { value: "assumptions", label: t("tabs.assumptions"), content: <Assumptions /> },
        ]}
      />
    </Page>
  );
}
