"use client";

import { useTranslations } from "next-intl";
import type { z } from "zod";
import { type AccountingSetup, accountingSetupSchema, GL_ACCOUNTS } from "@/server/ledger/accounting/schema";
import { useErrorText } from "../error-text";
import { Card, Section } from "../primitives/card";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

const HINTED = ["creditPaid", "creditEarned", "creditUnpaid"] as const;

const EMPTY: z.input<typeof accountingSetupSchema> = {
  accounts: {
    creditPaid: "",
    creditEarned: "",
    creditUnpaid: "",
    customerDebt: "",
    paidClearing: "",
    refundClearing: "",
    earnedDeferral: "",
    promoExpense: "",
    goodwillExpense: "",
    redemptionClearing: "",
    breakageIncome: "",
    promoUnused: "",
    adjustment: "",
  },
  consultant: "",
  client: "",
  accountLength: 4,
  fiscalYearMonth: 1,
};

/** The accounts of the bookkeeping that the shop's credit goes to. */
export function AccountsForm({ setup }: { setup: AccountingSetup | null }) {
  const t = useTranslations("ledger.export");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const form = useZodForm(accountingSetupSchema, { defaultValues: setup ?? EMPTY });
  const save = trpc.ledger.saveAccounting.useMutation({
    onSuccess: async (saved) => {
      form.reset(saved);
      await Promise.all([utils.ledger.accounting.invalidate(), utils.ledger.books.exportPreview.invalidate()]);
      toastSuccess(t("saved"));
    },
  });
  const { errors, isDirty } = form.formState;
  return (
    <Section title={t("accounts")} description={t("accountsText")}>
      <Card>
        <FormShell
          form={form}
          onSubmit={(values) => save.mutate({ shopId: shop.id, setup: values })}
          pending={save.isPending}
          submitError={save.error ? errorText(save.error) : null}
          submitLabel={t("save")}
        >
          <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            {GL_ACCOUNTS.map((account) => {
              const hinted = HINTED.find((name) => name === account);
              return (
                <Field
                  key={account}
                  label={t(`account.${account}`)}
                  // Which ones are needed depends on what is booked; the export says so. "Optional" beside each would mislead.
                  required
                  error={errors.accounts?.[account] ? t("accountError") : undefined}
                  hint={hinted ? t(`accountHint.${hinted}`) : undefined}
                >
                  {({ "aria-required": _required, ...control }) => (
                    <Input {...control} {...form.register(`accounts.${account}`)} maxLength={20} autoComplete="off" />
                  )}
                </Field>
              );
            })}
          </div>
          <h3 className="mt-2 font-semibold text-sm">{t("datevTitle")}</h3>
          <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
            <Field label={t("consultant")} error={errors.consultant ? t("consultantError") : undefined}>
              {(control) => <Input {...control} {...form.register("consultant")} inputMode="numeric" maxLength={7} autoComplete="off" />}
            </Field>
            <Field label={t("client")} error={errors.client ? t("clientError") : undefined}>
              {(control) => <Input {...control} {...form.register("client")} inputMode="numeric" maxLength={5} autoComplete="off" />}
            </Field>
            <Field label={t("accountLength")} required error={errors.accountLength?.message}>
              {(control) => <Input {...control} {...form.register("accountLength")} type="number" min={4} max={8} />}
            </Field>
            <Field label={t("fiscalYearMonth")} required error={errors.fiscalYearMonth?.message}>
              {(control) => <Input {...control} {...form.register("fiscalYearMonth")} type="number" min={1} max={12} />}
            </Field>
          </div>
          {isDirty && <p className="text-muted text-xs">{t("unsaved")}</p>}
        </FormShell>
      </Card>
    </Section>
  );
}
