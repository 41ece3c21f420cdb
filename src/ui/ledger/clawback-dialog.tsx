"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useDeferredValue } from "react";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";
import { reasonSchema, unitSchema } from "@/server/ledger/schema";
import { formatMoney } from "../format";
import { MoneyField } from "../primitives/amount-field";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { PreviewBox } from "./preview-box";
import { useOperation } from "./use-operation";

const AMOUNT = /^[1-9]\d{0,17}$/;
const formSchema = z.object({ unit: unitSchema, amount: z.string().regex(AMOUNT), reason: reasonSchema });
type ClawbackDialogProps = { customerId: string; units: readonly string[]; open: boolean; onOpenChange: (open: boolean) => void };

/** Takes earned credit back; what is spent already becomes a debt that the next grants pay off. */
export function ClawbackDialog({ open, onOpenChange, ...props }: ClawbackDialogProps) {
  const t = useTranslations("ledger.people.clawback");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <ClawbackForm {...props} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ClawbackForm({ customerId, units, onDone }: Omit<ClawbackDialogProps, "open" | "onOpenChange"> & { onDone: () => void }) {
  const t = useTranslations("ledger.people.clawback");
  const common = useTranslations("ledger.people");
  const locale = useLocale();
  const shop = useShop();
  const form = useZodForm(formSchema, { defaultValues: { unit: units[0] ?? shop.currency, amount: "", reason: "" } });
  const { errors } = form.formState;
  const [unit, amount] = useWatch({ control: form.control, name: ["unit", "amount"] });
  const operation = useOperation(
    trpc.ledger.clawback.useMutation(),
    (answer) => t("done", { amount: formatMoney(answer.amount, answer.unit, locale) }),
    onDone,
  );
  return (
    <FormShell
      form={form}
      onSubmit={(values) => void operation.send((key) => ({ ...values, shopId: shop.id, customerId, key }))}
      pending={operation.pending}
      submitError={operation.error}
      submitLabel={t("submit")}
    >
      {units.length > 1 && (
        <Field label={common("unit")} required error={errors.unit?.message}>
          {(control) => <NativeSelect {...control} {...form.register("unit")} options={units.map((value) => ({ value, label: value }))} />}
        </Field>
      )}
      <Field label={common("amount")} required error={errors.amount?.message}>
        {(control) => (
          <Controller
            control={form.control}
            name="amount"
            render={({ field }) => <MoneyField {...control} key={unit} unit={unit} value={field.value} onValueChange={field.onChange} />}
          />
        )}
      </Field>
      <Field label={common("reason")} required error={errors.reason?.message} hint={common("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      {AMOUNT.test(amount) && <ClawbackPreview customerId={customerId} unit={unit} amount={amount} />}
    </FormShell>
  );
}

function ClawbackPreview(props: { customerId: string; unit: string; amount: string }) {
  const t = useTranslations("ledger.people.clawback");
  const locale = useLocale();
  const shop = useShop();
  const amount = useDeferredValue(props.amount);
  const preview = trpc.ledger.clawbackPreview.useQuery(
    { shopId: shop.id, ...props, amount },
    { placeholderData: keepPreviousData, staleTime: 0, retry: false },
  );
  const money = (minor: bigint) => formatMoney(minor, props.unit, locale);
  const lines = preview.data && [
    ...(preview.data.taken > 0n ? [t("taken", { amount: money(preview.data.taken) })] : []),
    ...(preview.data.amount > preview.data.taken ? [t("owes", { amount: money(preview.data.amount - preview.data.taken) })] : []),
    ...(preview.data.debt > 0n ? [t("debt", { amount: money(preview.data.debt) })] : []),
    t("balance", { amount: money(preview.data.balance) }),
  ];
  return <PreviewBox lines={lines} error={preview.error} busy={preview.isFetching} />;
}
