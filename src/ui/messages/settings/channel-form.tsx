"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { SETTINGS } from "@/server/notifications/channels/schema";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Card, Section } from "../../primitives/card";
import { Checkbox } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { NativeSelect } from "../../primitives/select";
import { toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { type Channel, ChannelActions, ChannelBadge, ChannelHealth } from "./channel-state";

type FormKind = "smtp" | "twilio" | "sms_http" | "klaviyo";
const FIELDS = {
  smtp: ["host", "port", "secure", "user"],
  twilio: ["accountSid", "from", "messagingServiceSid"],
  sms_http: ["url", "from"],
  klaviyo: [],
} as const satisfies Record<FormKind, readonly string[]>;
type Name = (typeof FIELDS)[FormKind][number];

/** Twilio needs one of the two; the others of these may stay empty. */
const OPTIONAL: readonly Name[] = ["user", "messagingServiceSid"];
const NEEDS_SECRET: readonly FormKind[] = ["twilio", "klaviyo"];
const START: Partial<Record<Name, string>> = { port: "587", secure: "starttls" };

const shown = (channel: Channel, name: Name): string => {
  const value = channel.settings[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : (START[name] ?? "");
};

/** What is typed, as the server keeps it: an empty field is none, a port is a number. */
function settingsOf(kind: FormKind, values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS[kind].map((name) => {
      const text = (values[name] ?? "").trim();
      if (name === "port") return [name, /^\d+$/.test(text) ? Number(text) : null];
      return [name, text === "" ? null : text];
    }),
  );
}

/** The settings of one way out. Its secret can be set and replaced, never read. */
export function ChannelForm({ kind, channel }: { kind: FormKind; channel: Channel }) {
  const t = useTranslations("sending.channels");
  const name = t(`${kind}.title`);
  return (
    <Section
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          {name} <ChannelBadge channel={channel} />
        </span>
      }
      description={t(`${kind}.text`)}
      actions={<ChannelActions channel={channel} name={name} />}
    >
      <ChannelHealth channel={channel} />
      <Card>
        <Fields key={JSON.stringify([channel.settings, channel.enabled, channel.hasSecret])} kind={kind} channel={channel} />
      </Card>
    </Section>
  );
}

function Fields({ kind, channel }: { kind: FormKind; channel: Channel }) {
  const t = useTranslations("sending.channels");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const save = trpc.messages.channels.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      await utils.messages.channels.list.invalidate();
    },
  });
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS[kind].map((name) => [name, shown(channel, name)])),
  );
  const [enabled, setEnabled] = useState(channel.source === "settings" ? channel.enabled : true);
  const [secret, setSecret] = useState("");
  const [tried, setTried] = useState(false);
  const mayManage = shop.can("shop.manage");
  const settings = settingsOf(kind, values);
  const checked = SETTINGS[kind].safeParse(settings);
  const wrong = new Set(checked.success ? [] : checked.error.issues.map((issue) => String(issue.path[0])));
  const secretMissing = enabled && NEEDS_SECRET.includes(kind) && !channel.hasSecret && secret === "";
  const problem = (name: Name) => (tried && wrong.has(name) ? t(`problem.${name}`) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!checked.success || secretMissing || save.isPending) return;
    save.mutate({ shopId: shop.id, kind, enabled, settings, ...(secret === "" ? {} : { secret }) });
  };
  return (
    <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        {FIELDS[kind].map((name) => (
          <Field
            key={name}
            label={t(`field.${name}`)}
            required={!OPTIONAL.includes(name) && !(kind === "twilio" && name === "from")}
            hint={name === "from" ? t(kind === "twilio" ? "fromHintTwilio" : "fromHint") : undefined}
            error={problem(name)}
          >
            {(control) =>
              name === "secure" ? (
                <NativeSelect
                  {...control}
                  value={values[name] ?? ""}
                  disabled={!mayManage}
                  options={(["tls", "starttls", "none"] as const).map((value) => ({ value, label: t(`secure.${value}`) }))}
                  onChange={(event) => setValues({ ...values, [name]: event.target.value })}
                />
              ) : (
                <Input
                  {...control}
                  value={values[name] ?? ""}
                  disabled={!mayManage}
                  inputMode={name === "port" ? "numeric" : undefined}
                  onChange={(event) => setValues({ ...values, [name]: event.target.value })}
                />
              )
            }
          </Field>
        ))}
        <Field
          label={t(`${kind}.secret`)}
          required={NEEDS_SECRET.includes(kind) && !channel.hasSecret}
          hint={channel.hasSecret ? t("secretSet") : t("secretNone")}
          error={tried && secretMissing ? common("validation.required") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              maxLength={4_000}
              value={secret}
              disabled={!mayManage}
              onChange={(event) => setSecret(event.target.value)}
            />
          )}
        </Field>
      </div>
      <Checkbox label={t("use")} checked={enabled} disabled={!mayManage} onCheckedChange={setEnabled} />
      <div role="alert" className="text-danger text-sm empty:hidden">
        {save.error ? errorText(save.error) : null}
      </div>
      <div className="flex justify-end">
        <Button type="submit" variant="primary" loading={save.isPending} disabledReason={mayManage ? undefined : t("readOnly")}>
          {common("actions.save")}
        </Button>
      </div>
    </form>
  );
}
