"use client";

import { signOut } from "next-auth/react";
import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button, ButtonLink } from "../primitives/button";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { TrpcProvider, trpc } from "../trpc";
import { SubmitButton } from "./login-form";
import { NewPasswordField } from "./new-password-field";
import { signInWithPassword, useMounted } from "./use-sign-in";
import { usePasswordErrorText } from "./use-weak-password";

type InviteProps = {
  token: string;
  email: string;
  /** Whether the address has an account already. */
  account: boolean;
  /** Who is signed in now; `matches` when it is the invited person. */
  current: { name: string; email: string; matches: boolean } | null;
};

/** The three ways into an invitation: a new account, the own account after signing in, or changing the account first. */
export function InviteForm(props: InviteProps) {
  return (
    <TrpcProvider>
      {props.current && !props.current.matches ? (
        <WrongAccount {...props} />
      ) : props.account ? (
        <Existing {...props} />
      ) : (
        <Newcomer {...props} />
      )}
    </TrpcProvider>
  );
}

function WrongAccount({ email, current }: InviteProps) {
  const t = useTranslations("auth.invite");
  return (
    <div className="flex flex-col gap-4">
      <p className="text-base">{t("wrongAccount", { current: current?.email ?? "", email })}</p>
      <Button variant="primary" size="lg" onClick={() => void signOut({ redirect: false }).then(() => window.location.reload())}>
        {t("switch")}
      </Button>
    </div>
  );
}

function Existing({ token, email, current }: InviteProps) {
  const t = useTranslations("auth.invite");
  const errorText = usePasswordErrorText();
  const accept = trpc.auth.acceptInvitation.useMutation({ onSuccess: () => window.location.assign("/") });
  if (!current) {
    const query = new URLSearchParams({ next: `/invite/${token}`, email });
    return (
      <div className="flex flex-col gap-4">
        <p className="text-base">{t("signInFirst", { email })}</p>
        <ButtonLink href={`/login?${query}`} variant="primary" size="lg">
          {t("toSignIn")}
        </ButtonLink>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="text-base">{t("signedInAs", { name: current.name })}</p>
      <div role="alert" className="text-danger text-sm empty:hidden">
        {accept.error ? errorText(accept.error) : null}
      </div>
      <Button variant="primary" size="lg" loading={accept.isPending || accept.isSuccess} onClick={() => accept.mutate({ token })}>
        {t("accept")}
      </Button>
    </div>
  );
}

function Newcomer({ token, email }: InviteProps) {
  const t = useTranslations("auth.invite");
  const locale = useLocale();
  const mounted = useMounted();
  const errorText = usePasswordErrorText();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const accept = trpc.auth.acceptInvitation.useMutation({
    onSuccess: async () => {
      const failed = await signInWithPassword(email, password).catch(() => "failed");
      // The account exists either way; if signing in fails (throttle, network) the sign-in page says why.
      window.location.assign(failed === null ? "/" : `/login?${new URLSearchParams({ email, error: failed })}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!accept.isPending && !accept.isSuccess) accept.mutate({ token, account: { name, password, locale } });
  };
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-4">
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <Field label={t("name")} required error={undefined}>
        {(control) => (
          <Input
            {...control}
            name="name"
            autoComplete="name"
            autoFocus
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <NewPasswordField label={t("password")} value={password} onValueChange={setPassword} />
      <div role="alert" className="text-danger text-sm empty:hidden">
        {accept.error ? errorText(accept.error) : null}
      </div>
      <SubmitButton mounted={mounted} pending={accept.isPending || accept.isSuccess} label={t("accept")} />
    </form>
  );
}
