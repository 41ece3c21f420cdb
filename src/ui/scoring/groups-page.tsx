"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Card } from "../primitives/card";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { UrlTabs } from "../primitives/tabs";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { GroupsOverview } from "./groups-overview";
import { MigrationMatrix } from "./migration-matrix";
import { Predictions } from "./predictions";
import { Failed, RunLine, Waiting } from "./run-line";

/** Customers by recency, frequency and monetary value: who they are, how they move, what they will probably do. */
export function GroupsPage() {
  const t = useTranslations("scoring");
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <UrlTabs
        label={t("tabs.label")}
        tabs={[
          { value: "groups", label: t("tabs.groups"), content: <Groups /> },
          { value: "moves", label: t("tabs.moves"), content: <Moves /> },
          { value: "forecast", label: t("tabs.forecast"), content: <Predictions /> },
        ]}
      />
    </Page>
  );
}

function Groups() {
  const t = useTranslations("scoring");
  const shop = useShop();
  const rfm = trpc.scoring.rfm.useQuery({ shopId: shop.id }, { refetchInterval: (query) => (query.state.data?.running ? 1_500 : false) });
  const history = trpc.scoring.history.useQuery({ shopId: shop.id });
  const running = rfm.data?.running ?? null;
  const utils = trpc.useUtils();
  const isRunning = running !== null;
  useEffect(() => {
    // A run has just ended: what it kept is new, too.
    if (!isRunning) void utils.scoring.history.invalidate();
  }, [isRunning, utils]);
  if (rfm.error) return <Failed error={rfm.error} onRetry={() => void rfm.refetch()} />;
  if (!rfm.data) return <Waiting />;
  const { latest, failed } = rfm.data;
  const result = latest?.result;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <RunLine kind="rfm" at={latest?.at ?? null} running={running} failed={failed} />
      {!latest ? (
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      ) : result?.status !== "ok" ? (
        <Card>
          <EmptyState title={t("thinTitle")} text={t("thinText", { customers: result?.customers ?? 0 })} />
        </Card>
      ) : (
        <GroupsOverview result={result} history={history.data ?? []} />
      )}
    </div>
  );
}

function Moves() {
  const t = useTranslations("scoring");
  const shop = useShop();
  const rfm = trpc.scoring.rfm.useQuery({ shopId: shop.id });
  if (rfm.error) return <Failed error={rfm.error} onRetry={() => void rfm.refetch()} />;
  if (!rfm.data) return <Waiting />;
  const monthly = rfm.data.monthly;
  if (!monthly || monthly.result.previousRunId === null) {
    return (
      <Card>
        <EmptyState title={t("moves.emptyTitle")} text={t("moves.emptyText")} />
      </Card>
    );
  }
  return <MigrationMatrix at={monthly.at} migration={monthly.result.migration} />;
}
