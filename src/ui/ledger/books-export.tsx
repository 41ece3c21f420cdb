"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { type AccountingSetup, datevProblem, EXPORT_SCOPES } from "@/server/ledger/accounting/schema";
import { unitScale } from "@/server/money";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastError } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { AccountsForm } from "./accounts-form";
import { ExportPreview } from "./export-preview";

const params = {
  first: parseAsString.withDefault(""),
  last: parseAsString.withDefault(""),
  scope: parseAsStringLiteral(EXPORT_SCOPES).withDefault("all"),
};

/** The last complete month before a date. */
function lastMonth(today: string): { from: string; to: string } {
  const end = new Date(`${today.slice(0, 7)}-01T00:00:00Z`);
  end.setUTCDate(0);
  const to = end.toISOString().slice(0, 10);
  return { from: `${to.slice(0, 7)}-01`, to };
}

/** The books for the bookkeeping: a period's sums as CSV or DATEV, and the accounts they go to. */
export function BooksExport() {
  const shop = useShop();
  const accounting = trpc.ledger.accounting.useQuery({ shopId: shop.id });
  if (accounting.error) {
    return (
      <Card>
        <ErrorState error={accounting.error} onRetry={() => void accounting.refetch()} />
      </Card>
    );
  }
  if (!accounting.data) return <Skeleton className="h-96" />;
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <ExportFiles {...accounting.data} />
      <AccountsForm setup={accounting.data.setup} />
    </div>
  );
}

function ExportFiles({ setup, today }: { setup: AccountingSetup | null; today: string }) {
  const t = useTranslations("ledger.export");
  const shop = useShop();
  const run = useStepUp();
  const errorText = useErrorText();
  const allowed = trpc.ledger.exportAllowed.useMutation();
  const [asked, setAsked] = useQueryStates(params, { history: "replace" });
  const preset = lastMonth(today);
  const period = { from: asked.first || preset.from, to: asked.last || preset.to };
  const problem = datevProblem(setup, period, unitScale(shop.currency));
  const preview = trpc.ledger.books.exportPreview.useQuery(
    { shopId: shop.id, query: { ...period, scope: asked.scope } },
    { enabled: problem !== "period", placeholderData: keepPreviousData },
  );
  const missing = (preview.data?.missing ?? []).map((account) => t(`account.${account}`)).join(", ");
  const unmapped = missing === "" ? undefined : t("missing", { accounts: missing });
  const start = async (format: "csv" | "datev") => {
    try {
      if (!(await run(() => allowed.mutateAsync({ shopId: shop.id })))) return;
      const query = new URLSearchParams({ shopId: shop.id, ...period, scope: asked.scope, format });
      window.location.assign(`/api/ledger/export?${query}`);
    } catch (error) {
      toastError(t("failed"), errorText(error));
    }
  };
  const csvReason = problem === "setup" || problem === "period" ? t(`problem.${problem}`) : unmapped;
  return (
    <Section title={t("title")} description={t("text")}>
      <Card className="flex flex-col gap-4">
        <div className="flex flex-wrap items-end gap-3">
          <Field label={t("from")} error={undefined} required className="w-40">
            {({ "aria-required": _required, ...control }) => (
              <Input {...control} type="date" value={period.from} onChange={(event) => void setAsked({ first: event.target.value })} />
            )}
          </Field>
          <Field label={t("to")} error={undefined} required className="w-40">
            {({ "aria-required": _required, ...control }) => (
              <Input {...control} type="date" value={period.to} onChange={(event) => void setAsked({ last: event.target.value })} />
            )}
          </Field>
          <SegmentedControl
            aria-label={t("scope")}
            value={asked.scope}
            onValueChange={(scope) => void setAsked({ scope })}
            options={[
              { value: "all", label: t("scopeAll") },
              { value: "liability", label: t("scopeLiability") },
            ]}
          />
        </div>
        <p className="max-w-prose text-muted text-sm">{t("scopeHint")}</p>
        {problem && <Notice tone="info" title={t(`problem.${problem}`)} />}
        {setup && unmapped && <Notice tone="warning" title={unmapped} />}
        <div className="flex flex-wrap gap-2">
          <Button
            variant="primary"
            loading={allowed.isPending}
            disabledReason={problem ? t(`problem.${problem}`) : unmapped}
            onClick={() => void start("datev")}
          >
            <Download aria-hidden />
            {t("datev")}
          </Button>
          <Button loading={allowed.isPending} disabledReason={csvReason} onClick={() => void start("csv")}>
            <Download aria-hidden />
            {t("csv")}
          </Button>
        </div>
      </Card>
      <ExportPreview preview={preview} />
    </Section>
  );
}
