"use client";

import { useTranslations } from "next-intl";
import { Controller, type UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import type { shopInputSchema } from "@/server/tenancy/schema";
import { SegmentedControl } from "../primitives/choice";
import { Combobox } from "../primitives/combobox";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { useCountries, useCurrencies, useTimeZones } from "./choices";

type ShopValues = z.input<typeof shopInputSchema>;
type ShopFieldsProps = {
  form: UseFormReturn<ShopValues, unknown, z.output<typeof shopInputSchema>>;
  /** Orders or credit exist: amounts would change their meaning. */
  currencyFixed: boolean;
};

/** The fields of a shop, for its settings and for a new one. */
export function ShopFields({ form, currencyFixed }: ShopFieldsProps) {
  const t = useTranslations("settings.shop");
  const common = useTranslations("common");
  const countries = useCountries();
  const currencies = useCurrencies();
  const timeZones = useTimeZones(form.watch("timeZone"));
  const errors = form.formState.errors;
  return (
    <>
      <Field label={t("name")} required error={errors.name?.message}>
        {(control) => <Input {...control} {...form.register("name")} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Controller
          control={form.control}
          name="currency"
          render={({ field }) => (
            <Field
              label={t("currency")}
              required
              error={errors.currency?.message}
              hint={currencyFixed ? t("currencyFixed") : t("currencyOpen")}
            >
              {(control) => (
                <Combobox
                  {...control}
                  options={currencies}
                  value={field.value}
                  disabled={currencyFixed}
                  onValueChange={(value) => value && field.onChange(value)}
                />
              )}
            </Field>
          )}
        />
        <Controller
          control={form.control}
          name="timeZone"
          render={({ field }) => (
            <Field label={t("timeZone")} required error={errors.timeZone?.message} hint={t("timeZoneHint")}>
              {(control) => (
                <Combobox {...control} options={timeZones} value={field.value} onValueChange={(value) => value && field.onChange(value)} />
              )}
            </Field>
          )}
        />
        <Controller
          control={form.control}
          name="country"
          render={({ field }) => (
            <Field label={t("country")} required error={errors.country?.message} hint={t("countryHint")}>
              {(control) => (
                <Combobox {...control} options={countries} value={field.value} onValueChange={(value) => value && field.onChange(value)} />
              )}
            </Field>
          )}
        />
        <Controller
          control={form.control}
          name="locale"
          render={({ field }) => (
            <Field label={t("locale")} required error={errors.locale?.message} hint={t("localeHint")}>
              {(control) => (
                <SegmentedControl
                  {...control}
                  value={field.value}
                  onValueChange={field.onChange}
                  options={(["de", "en"] as const).map((value) => ({
                    value,
                    label: <span lang={value}>{common(`language.${value}`)}</span>,
                  }))}
                />
              )}
            </Field>
          )}
        />
      </div>
    </>
  );
}
