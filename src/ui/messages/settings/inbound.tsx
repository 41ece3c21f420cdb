"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Loaded } from "../../analytics/loading";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Card, Section } from "../../primitives/card";
import { CodeBlock } from "../../primitives/code";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { SecretDialog } from "../../settings/secret-dialog";
import { SecretLine } from "../../settings/secret-line";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { type Channel, ChannelActions, ChannelBadge } from "./channel-state";
import { Feedback } from "./feedback";

const SOURCES = ["bounce", "events", "twilio"] as const;

/** Where providers and mail servers report bounces, complaints and deliveries. */
export function Inbound({ channel }: { channel: Channel }) {
  const t = useTranslations("sending.inbound");
  const shop = useShop();
  const urls = trpc.messages.channels.inboundUrls.useQuery({ shopId: shop.id });
  return (
    <Section
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          {t("title")} <ChannelBadge channel={channel} />
        </span>
      }
      description={t("text")}
      actions={<ChannelActions channel={channel} name={t("title")} />}
    >
      <Card>
        <div className="flex min-w-0 flex-col gap-5">
          <Feedback />
          <h3 className="border-line border-t pt-4 font-semibold text-ink text-sm">{t("own")}</h3>
          <Loaded query={urls}>
            {(addresses) => (
              <div className="flex min-w-0 flex-col gap-4">
                {SOURCES.map((source) => (
                  <div key={source} className="flex min-w-0 flex-col gap-1.5">
                    <p className="font-medium text-ink text-sm">{t(source)}</p>
                    <SecretLine text={addresses[source]} copyLabel={t("copy", { name: t(source) })} />
                    <p className="text-muted text-xs">{t(`${source}Hint`)}</p>
                    {source === "events" && <EventsFormat />}
                  </div>
                ))}
              </div>
            )}
          </Loaded>
          <SecretForm key={String(channel.settings.address)} channel={channel} />
        </div>
      </Card>
    </Section>
  );
}

const EXAMPLE = `X-Signature: t=1767225600,v1=5f0c…
Content-Type: application/json

{"events": [{
  "id": "a1b2",
  "type": "hardBounce",
  "email": "person@example.com",
  "messageId": null,
  "code": "5.1.1",
  "detail": "User unknown"
}]}`;

/** What has to be sent to the address above it: whoever connects a provider finds it nowhere else. */
function EventsFormat() {
  const t = useTranslations("sending.inbound");
  return (
    <details className="text-muted text-xs">
      <summary className="w-fit cursor-pointer rounded text-muted hover:text-ink">{t("format")}</summary>
      <div className="flex min-w-0 flex-col gap-2 py-1">
        <CodeBlock text={EXAMPLE} label={t("format")} copyLabel={t("copyFormat")} />
        <p>{t("formatFields")}</p>
        <p>{t("formatSignature")}</p>
        <p>{t("formatAnswer")}</p>
      </div>
    </details>
  );
}

function SecretForm({ channel }: { channel: Channel }) {
  const t = useTranslations("sending.inbound");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [address, setAddress] = useState(typeof channel.settings.address === "string" ? channel.settings.address : "");
  const [secret, setSecret] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const create = trpc.messages.channels.createInboundSecret.useMutation({ onSuccess: (made) => setSecret(made.secret) });
  const valid = address.trim() === "" || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (valid && !create.isPending) create.mutate({ shopId: shop.id, address: address.trim() || null });
  };
  const close = () => {
    setSecret(null);
    void utils.messages.channels.list.invalidate();
  };
  return (
    <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4 border-line border-t pt-4">
      <Field label={t("address")} error={tried && !valid ? common("validation.email") : undefined} hint={t("addressHint")}>
        {(control) => (
          <Input {...control} className="sm:w-80" maxLength={254} value={address} onChange={(event) => setAddress(event.target.value)} />
        )}
      </Field>
      <p className="text-muted text-sm">{t(channel.hasSecret ? "secretSet" : "secretNone")}</p>
      <div role="alert" className="text-danger text-sm empty:hidden">
        {create.error ? errorText(create.error) : null}
      </div>
      <div className="flex justify-end">
        <Button type="submit" loading={create.isPending}>
          {t(channel.hasSecret ? "renew" : "create")}
        </Button>
      </div>
      {secret !== null && <SecretDialog secret={secret} t={t} onDone={close} />}
    </form>
  );
}
