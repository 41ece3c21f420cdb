"use client";

import { useTranslations } from "next-intl";
import type { ImportKind, ImportOptions } from "@/server/connectors/csv/schema";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { Notice } from "../primitives/states";

const DATE_ORDERS = ["ymd", "dmy", "mdy", "epoch"] as const;

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "" && /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

/** Options that cannot be used as they are. */
export function optionProblems(options: ImportOptions): { timeZone?: true; currency?: true } {
  return { ...(isZone(options.timeZone) ? {} : { timeZone: true }), ...(/^[A-Z]{3}$/.test(options.currency) ? {} : { currency: true }) };
}

type OptionFieldsProps = {
  kind: ImportKind;
  options: ImportOptions;
  shopCurrency: string;
  /** The file names the currency itself. */
  hasCurrency: boolean;
  onChange: (options: ImportOptions) => void;
};

/** How dates and amounts are written, and what a cancellation looks like. */
export function OptionFields({ kind, options, shopCurrency, hasCurrency, onChange }: OptionFieldsProps) {
  const t = useTranslations("imports.options");
  const problems = optionProblems(options);
  const set = (change: Partial<ImportOptions>) => onChange({ ...options, ...change });
  const isOrders = kind !== "customers";
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <Field label={t("dateOrder")} error={undefined} required>
          {(control) => (
            <NativeSelect
              {...control}
              value={options.dateOrder}
              options={DATE_ORDERS.map((value) => ({ value, label: t(`dateOrders.${value}`) }))}
              onChange={(event) => {
                const dateOrder = DATE_ORDERS.find((value) => value === event.target.value);
                if (dateOrder) set({ dateOrder });
              }}
            />
          )}
        </Field>
        <Field label={t("timeZone")} error={problems.timeZone && t("timeZoneError")} required>
          {(control) => <Input {...control} value={options.timeZone} onChange={(event) => set({ timeZone: event.target.value.trim() })} />}
        </Field>
        {isOrders && (
          <>
            <Field label={t("currency")} error={problems.currency && t("currencyError")} required>
              {(control) => (
                <Input
                  {...control}
                  maxLength={3}
                  value={options.currency}
                  onChange={(event) => set({ currency: event.target.value.toUpperCase().trim() })}
                />
              )}
            </Field>
            <Field label={t("decimalMark")} error={undefined} required>
              {(control) => (
                <NativeSelect
                  {...control}
                  value={options.decimalMark}
                  options={[
                    { value: ".", label: t("decimalMarks.point") },
                    { value: ",", label: t("decimalMarks.comma") },
                  ]}
                  onChange={(event) => set({ decimalMark: event.target.value === "," ? "," : "." })}
                />
              )}
            </Field>
            <Field label={t("cancellationPrefix")} hint={t("cancellationHint")} error={undefined}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={5}
                  value={options.cancellationPrefix}
                  onChange={(event) => set({ cancellationPrefix: event.target.value.trim() })}
                />
              )}
            </Field>
            <Field label={t("adjustmentPrefix")} hint={t("adjustmentHint")} error={undefined}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={5}
                  value={options.adjustmentPrefix}
                  onChange={(event) => set({ adjustmentPrefix: event.target.value.trim() })}
                />
              )}
            </Field>
          </>
        )}
      </div>
      {isOrders && !hasCurrency && !problems.currency && options.currency !== shopCurrency && (
        <Notice tone="warning" title={t("otherCurrency", { shop: shopCurrency, file: options.currency })} />
      )}
    </div>
  );
}
