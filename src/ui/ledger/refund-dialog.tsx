"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useDeferredValue, useState } from "react";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";
import { useErrorText } from "../error-text";
import { formatDateTime, formatMoney } from "../format";
import { lastMoment } from "../last-moment";
import { MoneyField } from "../primitives/amount-field";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Order = RouterOutput["ledger"]["refundableOrders"][number];
type RefundDialogProps = { customerId: string; open: boolean; onOpenChange: (open: boolean) => void };

const AMOUNT = /^[1-9]\d{0,17}$/;
const formSchema = z.object({
  orderRef: z.string().min(1),
  amount: z.string().regex(AMOUNT),
  reason: z.string().trim().min(1).max(500),
});

/** Gives credit of an order back, with a reason and an exact preview. Each opening is one operation: sending it twice books it once. */
export function RefundDialog({ customerId, open, onOpenChange }: RefundDialogProps) {
  const t = useTranslations("ledger.refund");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <Orders customerId={customerId} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function Orders({ customerId, onDone }: { customerId: string; onDone: () => void }) {
  const t = useTranslations("ledger.refund");
  const shop = useShop();
  const orders = trpc.ledger.refundableOrders.useQuery({ shopId: shop.id, customerId }, { staleTime: 0 });
  if (orders.error) return <ErrorState error={orders.error} onRetry={() => void orders.refetch()} />;
  if (!orders.data) return <SkeletonText lines={4} />;
  const [first, ...others] = orders.data;
  if (!first) return <EmptyState title={t("emptyTitle")} text={t("emptyText")} />;
  return <RefundForm customerId={customerId} orders={[first, ...others]} onDone={onDone} />;
}

function RefundForm({ customerId, orders, onDone }: { customerId: string; orders: [Order, ...Order[]]; onDone: () => void }) {
  const t = useTranslations("ledger.refund");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const form = useZodForm(formSchema, {
    defaultValues: { orderRef: orders[0].orderRef, amount: orders[0].refundable.toString(), reason: "" },
  });
  const [orderRef, amount] = useWatch({ control: form.control, name: ["orderRef", "amount"] });
  const order = orders.find((candidate) => candidate.orderRef === orderRef) ?? orders[0];
  const save = trpc.ledger.manualRefund.useMutation({
    // What was refused was not booked; a corrected attempt is another operation.
    onError: () => setKey(crypto.randomUUID()),
    onSuccess: async (_result, variables) => {
      await utils.ledger.invalidate();
      toastSuccess(t("done", { amount: formatMoney(BigInt(variables.amount), order.unit, locale) }));
      onDone();
    },
  });
  const { errors } = form.formState;
  return (
    <FormShell
      form={form}
      onSubmit={(values) => save.mutate({ ...values, shopId: shop.id, customerId, key })}
      pending={save.isPending}
      submitError={save.error ? errorText(save.error) : null}
      submitLabel={t("submit")}
    >
      <Field label={t("order")} required error={errors.orderRef?.message}>
        {(control) => (
          <Controller
            control={form.control}
            name="orderRef"
            render={({ field }) => (
              <NativeSelect
                {...control}
                value={field.value}
                options={orders.map((candidate) => ({
                  value: candidate.orderRef,
                  label: t("orderOption", {
                    order: candidate.orderRef,
                    amount: formatMoney(candidate.refundable, candidate.unit, locale),
                  }),
                }))}
                onChange={(event) => {
                  field.onChange(event.target.value);
                  const chosen = orders.find((candidate) => candidate.orderRef === event.target.value);
                  if (chosen) form.setValue("amount", chosen.refundable.toString(), { shouldValidate: true });
                }}
              />
            )}
          />
        )}
      </Field>
      <Field
        label={t("amount")}
        required
        error={errors.amount?.message}
        hint={t("amountHint", { amount: formatMoney(order.refundable, order.unit, locale) })}
      >
        {(control) => (
          <Controller
            control={form.control}
            name="amount"
            render={({ field }) => <MoneyField {...control} unit={order.unit} value={field.value} onValueChange={field.onChange} />}
          />
        )}
      </Field>
      <Field label={t("reason")} required error={errors.reason?.message} hint={t("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      {AMOUNT.test(amount) && <Preview customerId={customerId} order={order} amount={amount} />}
    </FormShell>
  );
}

/** What the refund will do, calculated by the ledger itself. */
function Preview({ customerId, order, amount }: { customerId: string; order: Order; amount: string }) {
  const t = useTranslations("ledger.refund.preview");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const asked = useDeferredValue(amount);
  const tooMuch = BigInt(asked) > order.refundable;
  const preview = trpc.ledger.refundPreview.useQuery(
    { shopId: shop.id, customerId, orderRef: order.orderRef, amount: asked },
    { enabled: !tooMuch, placeholderData: keepPreviousData, staleTime: 0, retry: false },
  );
  const money = (minor: bigint) => formatMoney(minor, order.unit, locale);
  const date = (at: Date) => formatDateTime(lastMoment(at), shop.timeZone, locale);
  const lines = preview.data
    ? [
        ...preview.data.parts.map(({ way, expiresAt, amount: part }) => {
          if (way === "lapsed") return t("lapsed", { amount: money(part) });
          if (!expiresAt) return t("backNever", { amount: money(part) });
          return t(way, { amount: money(part), date: date(expiresAt) });
        }),
        ...(preview.data.recalled > 0n ? [t("recalled", { amount: money(preview.data.recalled) })] : []),
        ...(preview.data.refundable > 0n ? [t("left", { amount: money(preview.data.refundable) })] : []),
      ]
    : [];
  return (
    <div role="status" aria-busy={preview.isFetching} className="rounded-md border border-line bg-hover px-3 py-2 text-sm">
      <p className="font-medium">{t("title")}</p>
      {tooMuch ? (
        <p className="mt-1 text-danger">{t("tooMuch", { amount: money(order.refundable) })}</p>
      ) : preview.error ? (
        <p className="mt-1 text-danger">{errorText(preview.error)}</p>
      ) : preview.data ? (
        <ul className="mt-1 list-disc pl-4 text-muted">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : (
        <SkeletonText lines={2} />
      )}
    </div>
  );
}
