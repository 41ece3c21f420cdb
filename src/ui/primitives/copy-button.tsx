"use client";

import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { IconButton } from "./button";
import { toastError } from "./toast";

/** `label` says what is copied ("API-Schlüssel kopieren"). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useTranslations("common.actions");
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Browsers refuse without https or permission; the text can still be selected by hand.
      toastError(t("copyFailed"));
    }
  };
  return (
    <>
      <IconButton label={label} size="sm" onClick={() => void copy()}>
        {copied ? <Check aria-hidden className="text-accent" /> : <Copy aria-hidden />}
      </IconButton>
      <span role="status" className="sr-only">
        {copied ? t("copied") : ""}
      </span>
    </>
  );
}
