"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { Controller } from "react-hook-form";
import { z } from "zod";
import { budgetSchema, UNLIMITED } from "@/server/ledger/schema";
import { useErrorText } from "../error-text";
import { formatMoney } from "../format";
import { MoneyField } from "../primitives/amount-field";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { Progress } from "../primitives/progress";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { toastSuccess } from "../primitives/toast";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { monthLabel } from "./month-label";

type Budget = RouterOutput["ledger"]["books"]["budgets"][number];
type Editing = { budget: Budget | null };

const formSchema = z.object({
  scope: budgetSchema.shape.scope,
  key: budgetSchema.shape.key,
  cap: z.string().regex(/^\d{1,18}$/),
});

/** It counts what was granted and stops nothing: nobody has set a cap. */
const isOpen = ({ cap }: Pick<Budget, "cap">): boolean => cap >= UNLIMITED;

/** Caps that grants count against, of the shop and of its organisation: how much is used and how much is left. */
export function BooksBudgets() {
  const t = useTranslations("ledger.budgets");
  const shop = useShop();
  const [editing, setEditing] = useState<Editing | null>(null);
  const budgets = trpc.ledger.books.budgets.useQuery({ shopId: shop.id });
  const mayEdit = shop.can("credit.manage");
  const columns = useColumns(mayEdit ? (budget) => setEditing({ budget }) : null);
  const add = mayEdit && <Button onClick={() => setEditing({ budget: null })}>{t("add")}</Button>;
  return (
    <Section title={t("title")} description={t("text")} actions={add || undefined}>
      <DataTable<Budget>
        label={t("title")}
        columns={columns}
        rows={budgets.data}
        loading={budgets.isFetching}
        error={budgets.error}
        onRetry={() => void budgets.refetch()}
        empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} action={add || undefined} />}
        rowKey={(row) => `${row.scope} ${row.key} ${row.unit}`}
        skeletonRows={3}
      />
      {editing && <BudgetDialog budget={editing.budget} onClose={() => setEditing(null)} />}
    </Section>
  );
}

/** The name of a budget: a month in words, a campaign as such, anything else as it was called. */
function useBudgetName(): (key: string) => string {
  const t = useTranslations("ledger.budgets");
  const locale = useLocale();
  return (key) => {
    const month = /^month:(\d{4}-\d{2})$/.exec(key)?.[1];
    if (month) return t("month", { month: monthLabel(month, locale) });
    return key.startsWith("campaign:") ? t("campaign", { id: key.slice(-12) }) : key;
  };
}

function useColumns(onEdit: ((budget: Budget) => void) | null): readonly [DataColumn<Budget>, ...DataColumn<Budget>[]] {
  const t = useTranslations("ledger.budgets");
  const locale = useLocale();
  const name = useBudgetName();
  const left = ({ cap, granted }: Budget) => (cap > granted ? cap - granted : 0n);
  const used = ({ cap, granted }: Budget) => (cap > 0n ? Number((granted * 1000n) / cap) / 1000 : granted > 0n ? 1 : 0);
  const columns: [DataColumn<Budget>, ...DataColumn<Budget>[]] = [
    { id: "name", header: t("name"), cell: (row) => name(row.key) },
    { id: "scope", header: t("scope"), cell: (row) => <span className="text-muted">{t(`scopes.${row.scope}`)}</span> },
    {
      id: "cap",
      header: t("cap"),
      align: "end",
      cell: (row) => (isOpen(row) ? <span className="text-muted">{t("unlimited")}</span> : <Money minor={row.cap} unit={row.unit} />),
    },
    { id: "used", header: t("used"), align: "end", cell: (row) => <Money minor={row.granted} unit={row.unit} /> },
    {
      id: "left",
      header: t("left"),
      align: "end",
      cell: (row) => (isOpen(row) ? "–" : <Money minor={left(row)} unit={row.unit} className="font-medium" />),
    },
    {
      id: "bar",
      header: t("share"),
      hideBelow: "sm",
      width: "9rem",
      cell: (row) =>
        isOpen(row) ? null : (
          <Progress
            label={t("usedOf", { name: name(row.key) })}
            value={used(row)}
            valueText={t("usedText", { used: formatMoney(row.granted, row.unit, locale), cap: formatMoney(row.cap, row.unit, locale) })}
            tone={row.granted >= row.cap ? "danger" : "accent"}
          />
        ),
    },
  ];
  if (onEdit) {
    columns.push({
      id: "edit",
      header: t("edit"),
      headerHidden: true,
      align: "end",
      // A campaign's own budget is bounded by its campaign.
      cell: (row) =>
        row.key.startsWith("campaign:") ? null : (
          <Button size="sm" variant="ghost" aria-label={t("editNamed", { name: name(row.key) })} onClick={() => onEdit(row)}>
            {t("edit")}
          </Button>
        ),
    });
  }
  return columns;
}

function BudgetDialog({ budget, onClose }: { budget: Budget | null; onClose: () => void }) {
  const t = useTranslations("ledger.budgets");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const unit = budget?.unit ?? shop.currency;
  const form = useZodForm(formSchema, {
    defaultValues: { scope: budget?.scope ?? "shop", key: budget?.key ?? "", cap: budget && !isOpen(budget) ? budget.cap.toString() : "" },
  });
  const { errors } = form.formState;
  const save = trpc.ledger.books.setBudget.useMutation({
    onSuccess: async ({ cap }) => {
      await utils.ledger.books.budgets.invalidate();
      toastSuccess(t("saved", { cap: formatMoney(cap, unit, locale) }));
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t(budget ? "editTitle" : "addTitle")} description={t("dialogText")}>
      <FormShell
        form={form}
        onSubmit={(values) => save.mutate({ ...values, unit, shopId: shop.id })}
        pending={save.isPending}
        submitError={save.error ? errorText(save.error) : null}
        submitLabel={t("save")}
      >
        {!budget && (
          <>
            <Field label={t("name")} required error={errors.key ? t("keyError") : undefined} hint={t("keyHint")}>
              {(control) => <Input {...control} {...form.register("key")} maxLength={100} autoComplete="off" />}
            </Field>
            <Controller
              control={form.control}
              name="scope"
              render={({ field }) => (
                <SegmentedControl
                  aria-label={t("scope")}
                  value={field.value}
                  onValueChange={field.onChange}
                  options={[
                    { value: "shop", label: t("scopes.shop") },
                    { value: "organisation", label: t("scopes.organisation") },
                  ]}
                />
              )}
            />
          </>
        )}
        <Field
          label={t("cap")}
          required
          error={errors.cap?.message}
          hint={budget ? t("capHint", { used: formatMoney(budget.granted, unit, locale) }) : undefined}
        >
          {(control) => (
            <Controller
              control={form.control}
              name="cap"
              render={({ field }) => <MoneyField {...control} unit={unit} value={field.value} onValueChange={field.onChange} />}
            />
          )}
        </Field>
      </FormShell>
    </Dialog>
  );
}
