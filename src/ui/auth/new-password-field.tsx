"use client";

import { useTranslations } from "next-intl";
import { PASSWORD_MAX, PASSWORD_MIN } from "@/server/auth/schema";
import { Field } from "../primitives/field";
import { PasswordInput } from "./password-input";

type NewPasswordFieldProps = { label: string; value: string; onValueChange: (value: string) => void; autoFocus?: boolean };

/** Where somebody who is not signed in chooses a password. */
export function NewPasswordField({ label, value, onValueChange, autoFocus = false }: NewPasswordFieldProps) {
  const t = useTranslations("auth.invite");
  return (
    <Field label={label} required error={undefined} hint={t("passwordHint", { minimum: PASSWORD_MIN })}>
      {(control) => (
        <PasswordInput
          {...control}
          name="new-password"
          autoComplete="new-password"
          autoFocus={autoFocus}
          required
          minLength={PASSWORD_MIN}
          maxLength={PASSWORD_MAX}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
        />
      )}
    </Field>
  );
}
