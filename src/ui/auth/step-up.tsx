"use client";

import { useTranslations } from "next-intl";
import { createContext, type FormEvent, type ReactNode, useContext, useRef, useState } from "react";
import { errorCode, useErrorText } from "../error-text";
import { Button, ButtonLink } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { trpc } from "../trpc";

type Ask = () => Promise<boolean>;
const Context = createContext<Ask | null>(null);

/**
 * For what needs a fresh proof of the password: `run(() => mutation.mutateAsync(…))` does the work; when the server asks for the
 * password, the dialog does, and the work is done again. Cancelled is `undefined`; any other failure is thrown.
 */
export function useStepUp(): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  const ask = useContext(Context);
  if (!ask) throw new Error("useStepUp outside of StepUpProvider");
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (errorCode(error) !== "STEP_UP_REQUIRED") throw error;
      return (await ask()) ? work() : undefined;
    }
  };
}

/** What a form shows of an error: the question for the password is asked by the dialog and is no failure. */
export const unlessStepUp = (error: unknown): unknown => (errorCode(error) === "STEP_UP_REQUIRED" ? null : error);

export function StepUpProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const answer = useRef<((proved: boolean) => void) | null>(null);
  const ask: Ask = () =>
    new Promise((resolve) => {
      answer.current?.(false);
      answer.current = resolve;
      setOpen(true);
    });
  const close = (proved: boolean) => {
    setOpen(false);
    answer.current?.(proved);
    answer.current = null;
  };
  return (
    <Context value={ask}>
      {children}
      {open && <PasswordDialog onClose={close} />}
    </Context>
  );
}

function PasswordDialog({ onClose }: { onClose: (proved: boolean) => void }) {
  const t = useTranslations("auth.stepUp");
  const common = useTranslations("common");
  const errorText = useErrorText();
  const account = trpc.auth.account.useQuery();
  const confirm = trpc.auth.confirmPassword.useMutation({ onSuccess: () => onClose(true) });
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The dialog is a portal: without this the event would also reach the form it was opened from.
    event.stopPropagation();
    if (password !== "" && !confirm.isPending) confirm.mutate({ password });
  };
  if (account.data && !account.data.hasPassword) {
    return (
      <Dialog open onOpenChange={() => onClose(false)} title={t("title")} description={t("signInAgain")} size="sm">
        <ButtonLink href="/login?again" variant="primary">
          {t("toSignIn")}
        </ButtonLink>
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={() => onClose(false)} title={t("title")} description={t("text")} size="sm">
      <form method="post" onSubmit={submit} className="flex flex-col gap-4">
        <input type="email" name="username" autoComplete="username" value={account.data?.email ?? ""} readOnly hidden />
        <Field label={t("password")} required error={confirm.error ? passwordError(confirm.error, t, errorText) : undefined}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              autoFocus
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={() => onClose(false)}>{common("actions.cancel")}</Button>
          <Button type="submit" variant="primary" loading={confirm.isPending} disabledReason={password === "" ? t("enter") : undefined}>
            {common("actions.confirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** "E-mail or password" would be the wrong sentence where only the password is asked. */
function passwordError(
  error: unknown,
  t: ReturnType<typeof useTranslations<"auth.stepUp">>,
  errorText: (error: unknown) => string,
): string {
  return errorCode(error) === "INVALID_CREDENTIALS" ? t("wrong") : errorText(error);
}
