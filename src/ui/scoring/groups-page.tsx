"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Page, PageHeader } from "../primitives/page-header";
import { Progress } from "../primitives/progress";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { UrlTabs } from "../primitives/tabs";
import { toastError } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { GroupsOverview } from "./groups-overview";
import { MigrationMatrix } from "./migration-matrix";
import { Predictions } from "./predictions";

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

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Card>
      <ErrorState error={error} onRetry={onRetry} />
    </Card>
  );
}

export function Waiting() {
  return (
    <div aria-busy className="flex flex-col gap-4">
      <Skeleton className="h-10" />
      <Skeleton className="h-72" />
    </div>
  );
}

type RunLineProps = {
  kind: "rfm" | "prediction";
  at: Date | null;
  running: { runId: string; phase: string | null; progress: number } | null;
  failed: { at: Date } | null;
};

/** When it was last calculated, how far a running calculation is, and the button that starts one. */
export function RunLine({ kind, at, running, failed }: RunLineProps) {
  const t = useTranslations("scoring.run");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const start = trpc.scoring.start.useMutation({
    onSuccess: () => utils.scoring.invalidate(),
    onError: (error) => void toastError(errorText(error)),
  });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <p className="text-muted text-sm">{at ? t.rich("last", { at: () => <Timestamp at={at} /> }) : t("never")}</p>
        {running ? (
          <div className="w-56">
            <Progress value={running.progress / 100} label={t("running")} />
          </div>
        ) : (
          <Button
            size="sm"
            loading={start.isPending}
            disabledReason={shop.can("campaign.write") ? undefined : t("readOnly")}
            onClick={() => start.mutate({ shopId: shop.id, kind })}
          >
            {t("now")}
          </Button>
        )}
      </div>
      {failed && !running && <Notice tone="warning" title={t.rich("failed", { at: () => <Timestamp at={failed.at} /> })} />}
    </div>
  );
}
