"use client";

import { signIn } from "next-auth/react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/** False on the server and until React has taken over: a form with a password must not be sent by the browser itself. */
export const useMounted = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** The sentence for a code that the sign-in answered with, be it from the form or from a provider's redirect. */
export function useSignInError(): (code: string) => string {
  const t = useTranslations("auth.login");
  const errors = useTranslations("errors");
  return (code) => {
    const [name, seconds] = code.split(":");
    if (name === "TOO_MANY_REQUESTS") return t("throttled", { seconds: Number(seconds) || 60 });
    if (name === "INVALID_CREDENTIALS" || name === "CredentialsSignin") return errors("INVALID_CREDENTIALS");
    if (name === "SECOND_FACTOR_WRONG") return errors("SECOND_FACTOR_WRONG");
    if (name === "AccessDenied") return t("notInvited");
    if (name?.startsWith("OAuth") || name === "Callback") return t("providerFailed");
    return t("failed");
  };
}

/** Signs in with e-mail and password. Null is success; otherwise the code of what went wrong. */
export async function signInWithPassword(email: string, password: string, code?: string): Promise<string | null> {
  const result = await signIn("password", { email, password, ...(code ? { code } : {}), redirect: false });
  return result?.ok ? null : (result?.error ?? "failed");
}
