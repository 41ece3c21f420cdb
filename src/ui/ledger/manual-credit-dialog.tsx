"use client";

import { useLocale, useTranslations } from "next-intl";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";
import { endOfLocalDayAfter } from "@/server/time";
import { useErrorText } from "../error-text";
import { formatDateTime, formatMoney } from "../format";
import { lastMoment } from "../last-moment";
import { MoneyField } from "../primitives/amount-field";
import { SegmentedControl } from "../primitives/choice";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useOperation } from "./use-operation";

const formSchema = z.object({
  direction: z.enum(["give", "take"]),
  amount: z.string().regex(/^[1-9]\d{0,17}$/),
  reason: z.string().trim().min(1).max(500),
  expiryDays: z.union([z.literal(""), z.coerce.number().int().min(1).max(3650)]),
});

type ManualCreditDialogProps = {
  customerId: string;
  /** What the customer can spend now, in the shop's currency: what a deduction takes from. */
  available: bigint;
  /** The server's clock, from which days of validity count. */
  now: Date;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Gives or takes credit by hand, with a reason and a preview. Each opening is one operation: sending it twice books it once. */
export function ManualCreditDialog({ open, onOpenChange, ...props }: ManualCreditDialogProps) {
  const t = useTranslations("ledger.manual");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <ManualCreditForm {...props} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ManualCreditForm({
  customerId,
  available,
  now,
  onDone,
}: Omit<ManualCreditDialogProps, "open" | "onOpenChange"> & { onDone: () => void }) {
  const t = useTranslations("ledger.manual");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const limit = trpc.ledger.manualLimit.useQuery({ shopId: shop.id, customerId });
  const form = useZodForm(formSchema, { defaultValues: { direction: "give", amount: "", reason: "", expiryDays: "" } });
  const { errors } = form.formState;
  // Not form.watch: the compiler would keep its first answer.
  const [direction, amount, days] = useWatch({ control: form.control, name: ["direction", "amount", "expiryDays"] });
  const mutation = trpc.ledger.manualCredit.useMutation();
  const operation = useOperation(
    mutation,
    () => t(`done.${form.getValues("direction")}`, { amount: formatMoney(BigInt(form.getValues("amount")), shop.currency, locale) }),
    onDone,
  );
  const submit = ({ expiryDays, ...values }: z.output<typeof formSchema>) =>
    void operation.send((key) => ({
      ...values,
      shopId: shop.id,
      customerId,
      key,
      expiryDays: values.direction === "give" && expiryDays !== "" ? expiryDays : null,
    }));

  return (
    <FormShell
      form={form}
      onSubmit={submit}
      pending={operation.pending}
      submitError={operation.error ? operation.error : limit.error ? errorText(limit.error) : null}
      submitLabel={t(`submit.${direction}`)}
    >
      <Controller
        control={form.control}
        name="direction"
        render={({ field }) => (
          <SegmentedControl
            aria-label={t("direction")}
            value={field.value}
            onValueChange={field.onChange}
            options={[
              { value: "give", label: t("give") },
              { value: "take", label: t("take") },
            ]}
          />
        )}
      />
      <Field
        label={t("amount")}
        required
        error={errors.amount?.message}
        hint={
          limit.data
            ? t("limit", {
                left: formatMoney(limit.data.left, limit.data.unit, locale),
                limit: formatMoney(limit.data.perDay, limit.data.unit, locale),
              })
            : undefined
        }
      >
        {(control) => (
          <Controller
            control={form.control}
            name="amount"
            render={({ field }) => <MoneyField {...control} unit={shop.currency} value={field.value} onValueChange={field.onChange} />}
          />
        )}
      </Field>
      <Field label={t("reason")} required error={errors.reason?.message} hint={t("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      {direction === "give" && (
        <Field label={t("expiryDays")} error={errors.expiryDays?.message} hint={t("expiryHint")}>
          {(control) => (
            <Input {...control} {...form.register("expiryDays")} type="number" min={1} max={3650} inputMode="numeric" className="w-28" />
          )}
        </Field>
      )}
      <Preview direction={direction} amount={amount} days={days} available={available} now={now} left={limit.data?.left ?? null} />
    </FormShell>
  );
}

type PreviewProps = { direction: "give" | "take"; amount: string; days: unknown; available: bigint; now: Date; left: bigint | null };

/** What will happen, in the words of the books. */
function Preview({ direction, amount, days, available, now, left }: PreviewProps) {
  const t = useTranslations("ledger.manual.preview");
  const locale = useLocale();
  const { currency, timeZone, can } = useShop();
  if (!/^[1-9]\d{0,17}$/.test(amount)) return null;
  const value = BigInt(amount);
  const money = (minor: bigint) => formatMoney(minor, currency, locale);
  const expiry = Number(days);
  const until =
    direction === "give" && Number.isInteger(expiry) && expiry > 0 && expiry <= 3650 ? endOfLocalDayAfter(now, expiry, timeZone) : null;
  const lines =
    direction === "give"
      ? [
          t("give", { from: money(available), to: money(available + value) }),
          until ? t("until", { date: formatDateTime(lastMoment(until), timeZone, locale) }) : t("never"),
          t("bookGive"),
        ]
      : value > available
        ? [t("tooMuch", { available: money(available) })]
        : [t("take", { from: money(available), to: money(available - value) }), t("order"), t("bookTake")];
  return (
    <div role="status" className="rounded-md border border-line bg-hover px-3 py-2 text-sm">
      <p className="font-medium">{t("title")}</p>
      <ul className="mt-1 list-disc pl-4 text-muted">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
        {left !== null &&
          value > left &&
          (can("credit.manage") ? (
            <li className="text-warning">{t("beyondLimit", { left: money(left) })}</li>
          ) : (
            <li className="text-danger">{t("overLimit", { left: money(left) })}</li>
          ))}
      </ul>
    </div>
  );
}
