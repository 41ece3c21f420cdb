"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { Timestamp } from "../primitives/values";
import { trpc } from "../trpc";
import { SecretLine } from "./secret-line";

type ResetDialogProps = { orgId: string; member: { id: string; name: string; email: string }; onClose: () => void };

/** Makes the link with which a member who forgot the password chooses a new one: shown once, to be handed over. */
export function ResetDialog({ orgId, member, onClose }: ResetDialogProps) {
  const t = useTranslations("settings.members.reset");
  const common = useTranslations("common.actions");
  const errorText = useErrorText();
  const stepUp = useStepUp();
  const make = trpc.tenancy.resetMember.useMutation();
  const [link, setLink] = useState<{ token: string; expiresAt: Date } | null>(null);
  const confirm = async () => {
    try {
      setLink((await stepUp(() => make.mutateAsync({ orgId, membershipId: member.id }))) ?? null);
    } catch {
      // The mutation keeps the error; it is shown below.
    }
  };
  const footer = link ? (
    <Button variant="primary" onClick={onClose}>
      {common("close")}
    </Button>
  ) : (
    <>
      <Button onClick={onClose}>{common("cancel")}</Button>
      <Button variant="primary" loading={make.isPending} onClick={() => void confirm()}>
        {t("make")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      // A slip of the hand would lose the link.
      onOpenChange={(open) => !open && !link && onClose()}
      title={t("title", { name: member.name })}
      description={link ? t.rich("text", { name: member.name, until: () => <Timestamp at={link.expiresAt} /> }) : t("explain")}
      footer={footer}
    >
      {link ? (
        <SecretLine text={`${window.location.origin}/reset/${link.token}`} copyLabel={t("copy")} />
      ) : (
        <div role="alert" className="text-danger text-sm empty:hidden">
          {unlessStepUp(make.error) ? errorText(make.error) : null}
        </div>
      )}
    </Dialog>
  );
}
