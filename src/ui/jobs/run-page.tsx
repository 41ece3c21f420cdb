"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { CANCELLABLE, RETRYABLE } from "@/server/jobs/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { Code, CodeBlock } from "../primitives/code";
import { DescriptionList } from "../primitives/description-list";
import { ConfirmDialog } from "../primitives/dialog";
import { Page, PageHeader } from "../primitives/page-header";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { formatDuration } from "./duration";
import { RunStatusBadge, useFunctionName, useTriggerName } from "./run-status";
import { StepTimeline } from "./step-timeline";

export type Run = RouterOutput["jobs"]["get"];

const LIVE_MS = 1_500;

export function RunPage({ runId }: { runId: string }) {
  const t = useTranslations("jobs");
  const shop = useShop();
  const functionName = useFunctionName();
  const query = trpc.jobs.get.useQuery(
    { shopId: shop.id, runId },
    { refetchInterval: ({ state }) => (state.data && state.data.endedAt === null ? LIVE_MS : false) },
  );
  const run = query.data;
  if (!run)
    return (
      <Page>{query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <SkeletonText lines={8} />}</Page>
    );
  const name = functionName(run.functionId, run.functionName);
  return (
    <Page>
      <PageCrumb label={name} />
      <PageHeader
        title={name}
        status={<RunStatusBadge status={run.status} />}
        actions={shop.can("job.manage") && !run.system && <RunActions run={run} />}
      />
      {run.system && (
        <Notice tone="info" title={t("run.systemTitle")}>
          {t("run.systemText")}
        </Notice>
      )}
      {run.error && (
        <Notice tone="danger" title={t("run.failedTitle", { name: run.error.name })}>
          <span className="[overflow-wrap:anywhere]">{run.error.message}</span>
        </Notice>
      )}
      <RunFacts run={run} />
      <Section title={t("run.steps")}>
        <StepTimeline run={run} />
      </Section>
      {run.output && run.output !== "null" && <Data title={t("run.output")} text={run.output} />}
      {run.events && <Data title={t("run.event")} text={run.events} />}
    </Page>
  );
}

function Data({ title, text }: { title: string; text: string }) {
  const t = useTranslations("jobs.run");
  return (
    <Section title={title}>
      <CodeBlock text={text} label={title} copyLabel={t("copy", { what: title })} />
    </Section>
  );
}

function RunFacts({ run }: { run: Run }) {
  const t = useTranslations("jobs.run");
  const locale = useLocale();
  const shop = useShop();
  const triggerName = useTriggerName();
  const end = run.endedAt ?? run.now;
  const when = (at: Date | null) => (at ? <Timestamp at={at} /> : <span className="text-muted">{t("notYet")}</span>);
  const items = [
    { key: "id", term: t("id"), detail: <Code>{run.id}</Code> },
    { key: "trigger", term: t("trigger"), detail: triggerName(run.eventName) },
    { key: "queued", term: t("queued"), detail: when(run.queuedAt) },
    { key: "started", term: t("started"), detail: when(run.startedAt) },
    { key: "ended", term: t("ended"), detail: when(run.endedAt) },
    {
      key: "duration",
      term: t("duration"),
      detail: run.startedAt ? formatDuration(end.getTime() - run.startedAt.getTime(), locale) : t("notYet"),
    },
  ];
  if (run.parentRunId) {
    const link = (
      <Link href={`/s/${shop.id}/jobs/${run.parentRunId}`} className="text-accent underline underline-offset-4">
        {t("parentLink")}
      </Link>
    );
    items.push({ key: "parent", term: t("parent"), detail: link });
  }
  return <DescriptionList items={items} />;
}

function RunActions({ run }: { run: Run }) {
  const t = useTranslations("jobs.run");
  const errorText = useErrorText();
  const shop = useShop();
  const utils = trpc.useUtils();
  const [asking, setAsking] = useState(false);
  const refresh = () => Promise.all([utils.jobs.get.invalidate(), utils.jobs.list.invalidate(), utils.jobs.overview.invalidate()]);
  const retry = trpc.jobs.retry.useMutation({
    onSuccess: () => toastSuccess(t("retried")),
    onError: (error) => toastError(errorText(error)),
    onSettled: refresh,
  });
  const cancel = trpc.jobs.cancel.useMutation({
    onSuccess: () => {
      setAsking(false);
      toastSuccess(t("cancelled"));
    },
    onSettled: refresh,
  });
  const input = { shopId: shop.id, runId: run.id };
  return (
    <>
      {RETRYABLE.includes(run.status) && (
        <Button loading={retry.isPending} onClick={() => retry.mutate(input)}>
          {t("retry")}
        </Button>
      )}
      {CANCELLABLE.includes(run.status) && <Button onClick={() => setAsking(true)}>{t("cancel")}</Button>}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("cancelTitle")}
        description={t("cancelText")}
        confirmLabel={t("cancelConfirm")}
        tone="danger"
        pending={cancel.isPending}
        error={cancel.error ? errorText(cancel.error) : null}
        onConfirm={() => cancel.mutate(input)}
      />
    </>
  );
}
