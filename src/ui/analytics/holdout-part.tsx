"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useErrorText } from "../error-text";
import { formatBasisPoints, formatMoney, formatNumber } from "../format";
import { PercentField } from "../primitives/amount-field";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { ConfirmDialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { EmptyState } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { Loaded } from "./loading";

/** People who get no campaign for a year: the only fair comparison for the programme as a whole. */
export function HoldoutPart() {
  const t = useTranslations("analytics.holdout");
  const locale = useLocale();
  const shop = useShop();
  const query = trpc.roi.holdout.useQuery({ shopId: shop.id });
  const interval = (estimate: { value: bigint; low: bigint; high: bigint } | null) => {
    if (!estimate) return t("open");
    const money = (minor: bigint) => formatMoney(minor, shop.currency, locale, { sign: "always" });
    return t("interval", { value: money(estimate.value), low: money(estimate.low), high: money(estimate.high) });
  };
  return (
    <Section title={t("title")} description={t("text")}>
      {shop.can("shop.manage") && <SetHoldout taken={(query.data?.years ?? []).map((row) => row.year)} />}
      <Loaded query={query}>
        {({ years }) => (
          <DataTable
            label={t("title")}
            rows={years}
            loading={false}
            error={null}
            onRetry={() => void query.refetch()}
            rowKey={(row) => String(row.year)}
            empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
            columns={[
              { id: "year", header: t("year"), cell: (row) => String(row.year) },
              { id: "share", header: t("share"), align: "end", cell: (row) => formatBasisPoints(row.bps, locale) },
              { id: "held", header: t("held"), align: "end", cell: (row) => formatNumber(row.people.held, locale), hideBelow: "sm" },
              { id: "since", header: t("since"), cell: (row) => <Timestamp at={row.startedAt} show="date" />, hideBelow: "md" },
              {
                id: "perPerson",
                header: t("perPerson"),
                align: "end",
                cell: (row) => <span className="tabular">{interval(row.profitPerPerson)}</span>,
              },
              {
                id: "profit",
                header: t("profit"),
                align: "end",
                cell: (row) => <span className="tabular">{interval(row.profit)}</span>,
                hideBelow: "lg",
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

/** Early in a year it is most likely this one that is meant, later the next. */
const likelyYear = (): string => String(new Date(Date.now() + 182 * 86_400_000).getFullYear());

/** One to five percent for a year, once and for all: another share would move people from one side to the other. */
function SetHoldout({ taken }: { taken: readonly number[] }) {
  const t = useTranslations("analytics.holdout");
  const locale = useLocale();
  const [asking, setAsking] = useState(false);
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [year, setYear] = useState(likelyYear);
  const [bps, setBps] = useState<number | null>(200);
  const set = trpc.roi.setHoldout.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      setAsking(false);
      await utils.roi.holdout.invalidate();
    },
  });
  const isReady = /^20\d\d$/.test(year) && bps !== null && bps >= 100 && bps <= 500;
  const isTaken = taken.includes(Number(year));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isTaken) return;
    set.reset();
    setAsking(true);
  };
  return (
    <form onSubmit={submit} className="mb-4 flex flex-wrap items-end gap-3 print:hidden">
      <Field label={t("year")} required error={undefined}>
        {(control) => (
          <Input
            {...control}
            inputMode="numeric"
            maxLength={4}
            className="w-24"
            value={year}
            onChange={(event) => setYear(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("share")} required error={undefined}>
        {(control) => <PercentField {...control} value={bps} onValueChange={setBps} />}
      </Field>
      <Button type="submit" loading={set.isPending} disabledReason={!isReady ? t("fillIn") : isTaken ? t("taken", { year }) : undefined}>
        {t("set")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("confirmTitle", { share: formatBasisPoints(bps ?? 0, locale), year })}
        description={t("confirmText", { year })}
        confirmLabel={t("set")}
        onConfirm={() => isReady && set.mutate({ shopId: shop.id, year: Number(year), bps })}
        pending={set.isPending}
        error={set.error && errorText(set.error)}
        tone="normal"
      />
    </form>
  );
}
