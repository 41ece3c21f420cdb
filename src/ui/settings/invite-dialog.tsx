"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useState } from "react";
import { z } from "zod";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Timestamp } from "../primitives/values";
import { trpc } from "../trpc";
import { ALL_ROLES, lacksShops, type RoleChoice, RoleFields } from "./role-fields";
import { SecretLine } from "./secret-line";

type InviteDialogProps = { orgId: string; shops: readonly { id: string; name: string }[]; onClose: () => void };

/** Invites into the organisation: first the form, then the link, once. */
export function InviteDialog({ orgId, shops, onClose }: InviteDialogProps) {
  const t = useTranslations("settings.members");
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const [choice, setChoice] = useState<RoleChoice>({ role: "marketer", shopIds: null });
  const [tried, setTried] = useState(false);
  const invite = trpc.tenancy.invite.useMutation({ onSuccess: () => utils.tenancy.members.invalidate() });
  return (
    <InviteSteps
      title={t("inviteTitle")}
      error={unlessStepUp(invite.error)}
      pending={invite.isPending}
      onClose={onClose}
      onInvite={async (email) => {
        setTried(true);
        if (lacksShops(choice)) return null;
        return (await stepUp(() => invite.mutateAsync({ orgId, email, ...choice }))) ?? null;
      }}
    >
      <RoleFields
        label={t("role")}
        roles={ALL_ROLES}
        shops={shops}
        value={choice}
        onValueChange={setChoice}
        shopsMissing={tried && lacksShops(choice)}
      />
    </InviteSteps>
  );
}

type Invited = { token: string; expiresAt: Date };

type InviteStepsProps = {
  title: string;
  /** What the last attempt failed with. */
  error: unknown;
  pending: boolean;
  /** Null when nothing was made (cancelled, incomplete). */
  onInvite: (email: string) => Promise<Invited | null>;
  onClose: () => void;
  children: ReactNode;
};

/** The two steps every invitation has. */
export function InviteSteps({ title, error, pending, onInvite, onClose, children }: InviteStepsProps) {
  const t = useTranslations("settings.members");
  const validation = useTranslations("common.validation");
  const errorText = useErrorText();
  const [email, setEmail] = useState("");
  const [invalid, setInvalid] = useState(false);
  const [invited, setInvited] = useState<Invited | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const valid = z
      .string()
      .regex(/^\S+@\S+\.\S+$/)
      .safeParse(email.trim()).success;
    setInvalid(!valid);
    if (!valid || pending) return;
    try {
      setInvited(await onInvite(email.trim()));
    } catch {
      // The mutation keeps the error; it is shown below.
    }
  };
  if (invited) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t("linkTitle", { email: email.trim() })}
        description={t.rich("linkText", { until: () => <Timestamp at={invited.expiresAt} /> })}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t("done")}
          </Button>
        }
      >
        <SecretLine text={`${window.location.origin}/invite/${invited.token}`} copyLabel={t("copyLink")} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={t("inviteText")}>
      <form noValidate method="post" onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label={t("email")} required error={invalid ? validation("email") : undefined}>
          {(control) => (
            <Input {...control} type="email" inputMode="email" autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
        {children}
        <div role="alert" className="text-danger text-sm empty:hidden">
          {error ? errorText(error) : null}
        </div>
        <div className="flex justify-end">
          <Button type="submit" variant="primary" loading={pending}>
            {t("createLink")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
