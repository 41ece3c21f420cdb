"use client";

import { useTranslations } from "next-intl";
import { SegmentedControl } from "../../primitives/choice";

export type Scheme = "light" | "dark";

/** Whether a preview shows the mail as a light or as a dark reader does. */
export function SchemeSwitch({ value, onChange }: { value: Scheme; onChange: (scheme: Scheme) => void }) {
  const t = useTranslations("templates.preview");
  return (
    <SegmentedControl
      aria-label={t("scheme")}
      options={[
        { value: "light", label: t("light") },
        { value: "dark", label: t("dark") },
      ]}
      value={value}
      onValueChange={onChange}
    />
  );
}
