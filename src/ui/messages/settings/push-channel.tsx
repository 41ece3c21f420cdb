"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Card, Section } from "../../primitives/card";
import { ConfirmDialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { toastSuccess } from "../../primitives/toast";
import { SecretLine } from "../../settings/secret-line";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { type Channel, ChannelActions, ChannelBadge, ChannelHealth } from "./channel-state";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Browser push: the keys are made here, the private one is never shown. */
export function PushChannel({ channel }: { channel: Channel }) {
  const t = useTranslations("sending.channels");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [contact, setContact] = useState(text(channel.settings.subject).replace(/^mailto:/, ""));
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const create = trpc.messages.channels.createPushKeys.useMutation({
    onSuccess: async () => {
      toastSuccess(t("push.created"));
      setAsking(false);
      await utils.messages.channels.list.invalidate();
    },
  });
  const mayManage = shop.can("shop.manage");
  const isUrl = /^https:\/\/\S+$/.test(contact.trim());
  const valid = isUrl || /^[^@\s]+@[^@\s]+$/.test(contact.trim());
  const make = () => create.mutate({ shopId: shop.id, subject: isUrl ? contact.trim() : `mailto:${contact.trim()}` });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!valid || create.isPending) return;
    if (channel.hasSecret) setAsking(true);
    else make();
  };
  const publicKey = text(channel.settings.publicKey);
  return (
    <Section
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          {t("push.title")} <ChannelBadge channel={channel} />
        </span>
      }
      description={t("push.text")}
      actions={<ChannelActions channel={channel} name={t("push.title")} />}
    >
      <ChannelHealth channel={channel} />
      <Card>
        <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
          {publicKey !== "" && channel.hasSecret && (
            <div className="flex flex-col gap-1.5">
              <p className="font-medium text-ink text-sm">{t("push.publicKey")}</p>
              <SecretLine text={publicKey} copyLabel={t("push.copyKey")} />
            </div>
          )}
          <Field
            label={t("push.contact")}
            required
            hint={t("push.contactHint")}
            error={tried && !valid ? common("validation.email") : undefined}
          >
            {(control) => (
              <Input
                {...control}
                className="sm:w-80"
                maxLength={280}
                value={contact}
                disabled={!mayManage}
                onChange={(event) => setContact(event.target.value)}
              />
            )}
          </Field>
          <div role="alert" className="text-danger text-sm empty:hidden">
            {create.error && !asking ? errorText(create.error) : null}
          </div>
          <div className="flex justify-end">
            <Button
              type="submit"
              variant={channel.hasSecret ? "secondary" : "primary"}
              loading={create.isPending}
              disabledReason={mayManage ? undefined : t("readOnly")}
            >
              {t(channel.hasSecret ? "push.renew" : "push.create")}
            </Button>
          </div>
        </form>
      </Card>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("push.renewTitle")}
        description={t("push.renewText")}
        confirmLabel={t("push.renew")}
        tone="danger"
        onConfirm={make}
        pending={create.isPending}
        error={create.error ? errorText(create.error) : null}
      />
    </Section>
  );
}
