"use client";

import { signIn } from "next-auth/react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "../primitives/button";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { PasswordInput } from "./password-input";
import { signInWithPassword, useMounted, useSignInError } from "./use-sign-in";

type LoginFormProps = {
  /** A path of this app, already checked. */
  next: string;
  /** The code of a failed sign-in with a provider. */
  error: string | null;
  /** Filled in for an invited address. */
  email: string;
  providers: readonly { id: string; name: string }[];
};

export function LoginForm({ next, error, email: initialEmail, providers }: LoginFormProps) {
  const t = useTranslations("auth.login");
  const signInError = useSignInError();
  const mounted = useMounted();
  const [email, setEmail] = useState(initialEmail);
  const [password, setPassword] = useState("");
  /** Null until the server asks for the one-time code. */
  const [code, setCode] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(error);
  const [pending, setPending] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    setFailed(null);
    // A failing network throws; the person is told the same way.
    const outcome = await signInWithPassword(email, password, code ?? undefined).catch(() => "failed");
    if (outcome === null) {
      // A full load, so that every page is rendered for the person who is signed in now.
      window.location.assign(next);
      return;
    }
    setPending(false);
    if (outcome === "SECOND_FACTOR_CODE") return setCode("");
    setFailed(outcome);
  };
  return (
    <div className="flex flex-col gap-4">
      {/* post: sent before hydration, a form would otherwise put the password into the address. */}
      <form method="post" onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label={t("email")} required error={undefined}>
          {(control) => (
            <Input
              {...control}
              type="email"
              name="email"
              autoComplete="username"
              inputMode="email"
              autoFocus={initialEmail === ""}
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("password")} required error={undefined}>
          {(control) => (
            <PasswordInput
              {...control}
              name="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        {code !== null && (
          <Field label={t("code")} required error={undefined} hint={t("codeHint")}>
            {(control) => (
              <Input
                {...control}
                name="code"
                autoComplete="one-time-code"
                autoFocus
                required
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            )}
          </Field>
        )}
        <div role="alert" className="text-danger text-sm empty:hidden">
          {failed === null ? null : signInError(failed)}
        </div>
        <SubmitButton mounted={mounted} pending={pending} label={t("submit")} />
      </form>
      {providers.length > 0 && <Providers providers={providers} next={next} />}
      <p className="text-muted text-sm">{t("forgot")}</p>
      <p className="text-muted text-sm">{t("invited")}</p>
    </div>
  );
}

/** Really disabled until React has taken over; afterwards busy, not disabled, so that the focus stays. */
export function SubmitButton({ mounted, pending, label }: { mounted: boolean; pending: boolean; label: string }) {
  return (
    <fieldset disabled={!mounted} className="flex flex-col">
      <Button type="submit" variant="primary" size="lg" loading={pending}>
        {label}
      </Button>
    </fieldset>
  );
}

function Providers({ providers, next }: Pick<LoginFormProps, "providers" | "next">) {
  const t = useTranslations("auth.login");
  return (
    <>
      <div className="flex items-center gap-3 text-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t("or")}
      </div>
      {providers.map((provider) => (
        <Button key={provider.id} size="lg" onClick={() => void signIn(provider.id, { callbackUrl: next })}>
          {t("with", { provider: provider.name })}
        </Button>
      ))}
    </>
  );
}
