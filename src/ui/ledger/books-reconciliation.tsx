"use client";

import { useLocale, useTranslations } from "next-intl";
import type { BooksCheck } from "@/server/ledger/check";
import type { Agreement } from "@/server/ledger/reconcile";
import { INVARIANTS } from "@/server/ledger/schema";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { Code } from "../primitives/code";
import { Progress } from "../primitives/progress";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { toastError } from "../primitives/toast";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { OrderDifferences } from "./order-differences";

const POLL_MS = 1_000;

/** Whether the books tell one story: sums that must be equal, orders against the ledger, and every invariant in words. */
export function BooksReconciliation() {
  const shop = useShop();
  const checks = trpc.ledger.books.checks.useQuery(
    { shopId: shop.id },
    { refetchInterval: ({ state }) => (state.data?.running ? POLL_MS : false) },
  );
  if (checks.error) {
    return (
      <Card>
        <ErrorState error={checks.error} onRetry={() => void checks.refetch()} />
      </Card>
    );
  }
  if (!checks.data) return <Skeleton className="h-96" />;
  const { running, finished } = checks.data;
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <LastCheck running={running} finished={finished} />
      {finished && <Agreements check={finished} />}
      <OrderDifferences />
      <Invariants check={finished} />
    </div>
  );
}

function LastCheck({ running, finished }: { running: BooksCheck | null; finished: BooksCheck | null }) {
  const t = useTranslations("ledger.check");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const start = trpc.ledger.books.requestCheck.useMutation({
    onSuccess: () => utils.ledger.books.checks.invalidate(),
    onError: (error) => toastError(t("failed"), errorText(error)),
  });
  const action = (
    <Button
      variant="primary"
      loading={start.isPending}
      disabledReason={running ? t("underWay") : undefined}
      onClick={() => start.mutate({ shopId: shop.id })}
    >
      {t("action")}
    </Button>
  );
  return (
    <Section title={t("title")} description={t("description")} actions={action}>
      {running && (
        <Card className="flex flex-col gap-2">
          <p role="status" className="text-sm">
            {t("progress", { done: running.done, total: running.total })}
          </p>
          <Progress
            label={t("title")}
            value={running.done / running.total}
            valueText={t("progress", { done: running.done, total: running.total })}
          />
        </Card>
      )}
      {!finished ? (
        !running && (
          <Card>
            <EmptyState title={t("neverTitle")} text={t("neverText")} />
          </Card>
        )
      ) : (
        <Notice
          tone={finished.violations === 0 ? "accent" : "danger"}
          title={finished.violations === 0 ? t("clean") : t("broken", { count: finished.violations })}
        >
          {t(finished.violations === 0 ? "cleanText" : "brokenText")}{" "}
          <span className="text-muted">
            {t.rich("at", {
              time: () => <Timestamp at={finished.finishedAt ?? finished.requestedAt} />,
              who: finished.requestedBy === "ledger-check" ? t("night") : finished.requestedBy,
            })}
          </span>
        </Notice>
      )}
    </Section>
  );
}

function Agreements({ check }: { check: BooksCheck }) {
  const t = useTranslations("ledger.reconcile");
  const accounts = useTranslations("ledger.detail.accounts");
  const locale = useLocale();
  const { agreements = [], accounts: sums = [] } = check.result;
  const units = [...new Set(agreements.map(({ unit }) => unit))];
  if (units.length === 0) return null;
  const known = (account: string) => (accounts.has(account as "adjustment") ? accounts(account as "adjustment") : account);
  return (
    <Section title={t("sums")} description={t("sumsText")}>
      {units.map((unit) => (
        <div key={unit} className="grid min-w-0 items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <AgreementTable unit={unit} agreements={agreements.filter((row) => row.unit === unit)} />
          <TableFrame label={`${t("accounts")} ${unit}`}>
            <Table aria-label={`${t("accounts")} ${unit}`}>
              <thead>
                <Tr>
                  <Th>{t("account")}</Th>
                  <Th className="text-right">{t("balance")}</Th>
                  <Th className="text-right">{t("postings")}</Th>
                </Tr>
              </thead>
              <tbody>
                {sums
                  .filter((row) => row.unit === unit)
                  .map((row) => (
                    <Tr key={row.account}>
                      <Td>{known(row.account)}</Td>
                      <Td className="text-right">
                        <Money minor={row.amount} unit={unit} />
                      </Td>
                      <Td className="tabular text-right text-muted">{formatNumber(BigInt(row.postings), locale)}</Td>
                    </Tr>
                  ))}
              </tbody>
            </Table>
          </TableFrame>
        </div>
      ))}
    </Section>
  );
}

function AgreementTable({ unit, agreements }: { unit: string; agreements: readonly Agreement[] }) {
  const t = useTranslations("ledger.reconcile");
  return (
    <TableFrame label={`${t("sums")} ${unit}`}>
      <Table aria-label={`${t("sums")} ${unit}`}>
        <thead>
          <Tr>
            <Th>{t("compared")}</Th>
            <Th className="text-right">{t("left")}</Th>
            <Th className="text-right">{t("right")}</Th>
            <Th>{t("verdict")}</Th>
          </Tr>
        </thead>
        <tbody>
          {agreements.map(({ name, left, right }) => (
            <Tr key={name}>
              <Td className="min-w-48">{t(`agreement.${name}`)}</Td>
              <Td className="text-right">
                <Money minor={left} unit={unit} />
              </Td>
              <Td className="text-right">
                <Money minor={right} unit={unit} />
              </Td>
              <Td>
                <Badge tone={left === right ? "accent" : "danger"}>{t(left === right ? "equal" : "unequal")}</Badge>
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}

function Invariants({ check }: { check: BooksCheck | null }) {
  const t = useTranslations("ledger.invariant");
  return (
    <Section title={t("title")} description={t("text")}>
      <Card flush>
        <ul className="divide-y divide-line">
          {INVARIANTS.map((invariant) => {
            const found = check?.result.invariants[invariant];
            return (
              <li key={invariant} className="flex flex-col gap-1 px-4 py-3">
                <div className="flex items-start justify-between gap-3">
                  <div className="min-w-0">
                    <p className="font-medium text-sm">{t(`name.${invariant}`)}</p>
                    <p className="max-w-prose text-muted text-sm">{t(`why.${invariant}`)}</p>
                  </div>
                  {found && (
                    <Badge tone={found.count === 0 ? "accent" : "danger"}>
                      {found.count === 0 ? t("holds") : t("breaches", { count: found.count })}
                    </Badge>
                  )}
                </div>
                {found?.first.map(({ subject, detail }) => (
                  <p key={subject} className="text-xs [overflow-wrap:anywhere]">
                    <Code>{subject}</Code> <span className="text-muted">{JSON.stringify(detail)}</span>
                  </p>
                ))}
              </li>
            );
          })}
        </ul>
      </Card>
      <p className="text-muted text-xs">{t("others")}</p>
    </Section>
  );
}
