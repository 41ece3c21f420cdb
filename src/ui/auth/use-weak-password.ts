"use client";

import { useTranslations } from "next-intl";
import { PASSWORD_MIN } from "@/server/auth/schema";
import { errorCode, useErrorText } from "../error-text";

const REASONS = ["length", "repetitive", "email", "common"] as const;

/** Says why a password was refused, and every other error as usual. */
export function usePasswordErrorText(): (error: unknown) => string {
  const t = useTranslations("auth.weak");
  const errorText = useErrorText();
  return (error) => {
    if (errorCode(error) !== "WEAK_PASSWORD") return errorText(error);
    const reason = REASONS.find((known) => known === errorReason(error));
    return reason ? t(reason, { minimum: PASSWORD_MIN }) : errorText(error);
  };
}

function errorReason(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  const { data } = error;
  if (typeof data !== "object" || data === null || !("params" in data)) return undefined;
  const { params } = data;
  return typeof params === "object" && params !== null && "reason" in params ? params.reason : undefined;
}
