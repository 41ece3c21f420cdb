"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";
import { reasonSchema } from "@/server/ledger/schema";
import { formatDateTime, formatMoney } from "../format";
import { lastMoment } from "../last-moment";
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
const formSchema = z.object({
  fromUnit: z.string().min(1),
  points: z.string().regex(AMOUNT),
  amount: z.string().regex(AMOUNT),
  expiryDays: z.union([z.literal(""), z.coerce.number().int().min(1).max(3650)]),
  reason: reasonSchema,
});
type ConvertDialogProps = { customerId: string; units: readonly string[]; open: boolean; onOpenChange: (open: boolean) => void };

/** Turns points into credit; both amounts are named, because the rate belongs to the programme. */
export function ConvertDialog({ open, onOpenChange, ...props }: ConvertDialogProps) {
  const t = useTranslations("ledger.people.convert");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <ConvertForm {...props} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ConvertForm({ customerId, units, onDone }: Omit<ConvertDialogProps, "open" | "onOpenChange"> & { onDone: () => void }) {
  const t = useTranslations("ledger.people.convert");
  const common = useTranslations("ledger.people");
  const locale = useLocale();
  const shop = useShop();
  const form = useZodForm(formSchema, {
    defaultValues: { fromUnit: units[0] ?? "", points: "", amount: "", expiryDays: "", reason: "" },
  });
  const { errors } = form.formState;
  const [fromUnit, points, amount, days] = useWatch({ control: form.control, name: ["fromUnit", "points", "amount", "expiryDays"] });
  const operation = useOperation(
    trpc.ledger.convert.useMutation(),
    (answer) => t("done", { amount: formatMoney(answer.amount, shop.currency, locale) }),
    onDone,
  );
  const expiryDays = Number(days) > 0 && Number.isInteger(Number(days)) ? Number(days) : null;
  return (
    <FormShell
      form={form}
      onSubmit={({ expiryDays: chosen, ...values }) =>
        void operation.send((key) => ({ ...values, expiryDays: chosen === "" ? null : chosen, shopId: shop.id, customerId, key }))
      }
      pending={operation.pending}
      submitError={operation.error}
      submitLabel={t("submit")}
    >
      {units.length > 1 && (
        <Field label={common("unit")} required error={errors.fromUnit?.message}>
          {(control) => (
            <NativeSelect {...control} {...form.register("fromUnit")} options={units.map((value) => ({ value, label: value }))} />
          )}
        </Field>
      )}
      <div className="flex flex-wrap gap-4">
        {(["points", "amount"] as const).map((name) => (
          <Field key={name} label={t(name)} required error={errors[name]?.message}>
            {(control) => (
              <Controller
                control={form.control}
                name={name}
                render={({ field }) => (
                  <MoneyField
                    {...control}
                    unit={name === "points" ? fromUnit : shop.currency}
                    value={field.value}
                    onValueChange={field.onChange}
                  />
                )}
              />
            )}
          </Field>
        ))}
      </div>
      <Field label={t("expiryDays")} error={errors.expiryDays?.message} hint={t("expiryHint")}>
        {(control) => (
          <Input {...control} {...form.register("expiryDays")} type="number" min={1} max={3650} inputMode="numeric" className="w-28" />
        )}
      </Field>
      <Field label={common("reason")} required error={errors.reason?.message} hint={common("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      {AMOUNT.test(points) && AMOUNT.test(amount) && (
        <ConvertPreview customerId={customerId} fromUnit={fromUnit} points={points} amount={amount} expiryDays={expiryDays} />
      )}
    </FormShell>
  );
}

type ConvertPreviewProps = { customerId: string; fromUnit: string; points: string; amount: string; expiryDays: number | null };

function ConvertPreview(props: ConvertPreviewProps) {
  const t = useTranslations("ledger.people.convert");
  const locale = useLocale();
  const shop = useShop();
  const preview = trpc.ledger.convertPreview.useQuery(
    { shopId: shop.id, ...props },
    { placeholderData: keepPreviousData, staleTime: 0, retry: false },
  );
  const points = (minor: bigint) => formatMoney(minor, props.fromUnit, locale);
  const money = (minor: bigint) => formatMoney(minor, shop.currency, locale);
  const lines = preview.data && [
    t("gone", { points: points(preview.data.points), left: points(preview.data.left) }),
    preview.data.expiresAt
      ? t("until", { amount: money(preview.data.amount), date: formatDateTime(lastMoment(preview.data.expiresAt), shop.timeZone, locale) })
      : t("never", { amount: money(preview.data.amount) }),
    ...(preview.data.netted > 0n ? [t("netted", { amount: money(preview.data.netted) })] : []),
  ];
  return <PreviewBox lines={lines} error={preview.error} busy={preview.isFetching} />;
}
