"use client";

import { useTranslations } from "next-intl";
import { ROLES, type Role } from "@/server/auth/permissions";
import { Field } from "../primitives/field";
import { Select } from "../primitives/select";
import { ShopPicker } from "./shop-picker";

export type RoleChoice<Kind extends Role = Role> = { role: Kind; shopIds: string[] | null };

type RoleFieldsProps<Kind extends Role> = {
  label: string;
  roles: readonly Kind[];
  shops: readonly { id: string; name: string }[];
  value: RoleChoice<Kind>;
  onValueChange: (value: RoleChoice<Kind>) => void;
  /** Shown after a try to go on without a shop. */
  shopsMissing: boolean;
};

export const ALL_ROLES = ROLES;

/** A role and the shops it holds in. */
export function RoleFields<Kind extends Role>({ label, roles, shops, value, onValueChange, shopsMissing }: RoleFieldsProps<Kind>) {
  const t = useTranslations("settings");
  const names = useTranslations("auth.roles");
  const text = (role: Role) => t(`roleText.${role}`);
  const name = (role: Role) => names(role);
  const change = (role: Kind) => onValueChange({ role, shopIds: role === "owner" ? null : value.shopIds });
  return (
    <>
      <Field label={label} required error={undefined} hint={text(value.role)}>
        {(control) => (
          <Select
            {...control}
            value={value.role}
            onValueChange={change}
            options={roles.map((role) => ({ value: role, label: name(role), description: text(role) }))}
          />
        )}
      </Field>
      {value.role === "owner" ? (
        <p className="text-muted text-sm">{t("members.ownerAll")}</p>
      ) : (
        shops.length > 1 && (
          <ShopPicker
            shops={shops}
            value={value.shopIds}
            onValueChange={(shopIds) => onValueChange({ ...value, shopIds })}
            error={shopsMissing ? t("members.chooseShops") : undefined}
          />
        )
      )}
    </>
  );
}

export const lacksShops = ({ shopIds }: RoleChoice): boolean => shopIds !== null && shopIds.length === 0;
