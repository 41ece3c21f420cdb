"use client";

import { useTranslations } from "next-intl";
import { Checkbox, RadioGroup } from "../primitives/choice";
import { Field } from "../primitives/field";

type ShopPickerProps = {
  shops: readonly { id: string; name: string }[];
  /** null = all shops, those of the future included. */
  value: readonly string[] | null;
  onValueChange: (value: string[] | null) => void;
  error: string | undefined;
};

/** All shops, or some of them. */
export function ShopPicker({ shops, value, onValueChange, error }: ShopPickerProps) {
  const t = useTranslations("settings.members");
  return (
    <Field label={t("shops")} required error={error}>
      {(control) => (
        <div className="flex flex-col gap-2">
          <RadioGroup
            {...control}
            value={value === null ? "all" : "some"}
            onValueChange={(next) => onValueChange(next === "all" ? null : [])}
            options={[
              { value: "all", label: t("allShops") },
              { value: "some", label: t("someShops") },
            ]}
          />
          {value !== null && (
            <div className="ml-6 flex max-h-48 flex-col gap-2 overflow-y-auto">
              {shops.map((shop) => (
                <Checkbox
                  key={shop.id}
                  label={shop.name}
                  checked={value.includes(shop.id)}
                  onCheckedChange={(checked) => onValueChange(checked ? [...value, shop.id] : value.filter((id) => id !== shop.id))}
                />
              ))}
            </div>
          )}
        </div>
      )}
    </Field>
  );
}
