"use client";

import { Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, useState } from "react";
import { IconButton } from "../primitives/button";
import { Input } from "../primitives/input";

type PasswordInputProps = Omit<ComponentProps<typeof Input>, "type" | "trailing" | "leading"> & {
  autoComplete: "current-password" | "new-password";
};

/** A password that can be looked at: what cannot be seen is mistyped. */
export function PasswordInput(props: PasswordInputProps) {
  const t = useTranslations("auth.login");
  const [visible, setVisible] = useState(false);
  return (
    <div className="relative">
      <Input {...props} type={visible ? "text" : "password"} spellCheck={false} className="pr-10" />
      <IconButton
        label={visible ? t("hidePassword") : t("showPassword")}
        size="sm"
        aria-pressed={visible}
        onClick={() => setVisible(!visible)}
        className="absolute inset-y-0 right-0.5 my-auto"
      >
        {visible ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </IconButton>
    </div>
  );
}
