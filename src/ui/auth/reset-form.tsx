"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { TrpcProvider, trpc } from "../trpc";
import { SubmitButton } from "./login-form";
import { NewPasswordField } from "./new-password-field";
import { signInWithPassword, useMounted } from "./use-sign-in";
import { usePasswordErrorText } from "./use-weak-password";

type ResetFormProps = { token: string; email: string };

/** Chooses a new password by a link, and signs in with it. */
export function ResetForm(props: ResetFormProps) {
  return (
    <TrpcProvider>
      <NewPassword {...props} />
    </TrpcProvider>
  );
}

function NewPassword({ token, email }: ResetFormProps) {
  const t = useTranslations("auth.reset");
  const mounted = useMounted();
  const errorText = usePasswordErrorText();
  const [password, setPassword] = useState("");
  const reset = trpc.auth.resetPassword.useMutation({
    onSuccess: async () => {
      const failed = await signInWithPassword(email, password).catch(() => "failed");
      // The password is set either way; where a code is asked for, or signing in fails, the sign-in page goes on.
      const query = new URLSearchParams(failed === "SECOND_FACTOR_CODE" ? { email } : { email, error: failed ?? "" });
      window.location.assign(failed === null ? "/" : `/login?${query}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!reset.isPending && !reset.isSuccess) reset.mutate({ token, password });
  };
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-4">
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <NewPasswordField label={t("password")} value={password} onValueChange={setPassword} autoFocus />
      <div role="alert" className="text-danger text-sm empty:hidden">
        {reset.error ? errorText(reset.error) : null}
      </div>
      <SubmitButton mounted={mounted} pending={reset.isPending || reset.isSuccess} label={t("submit")} />
    </form>
  );
}
