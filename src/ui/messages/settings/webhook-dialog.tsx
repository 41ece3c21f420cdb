"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { createWebhookSchema, WEBHOOK_TYPES, type WebhookType } from "@/server/notifications/webhooks/schema";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Checkbox } from "../../primitives/choice";
import { Code } from "../../primitives/code";
import { Dialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { SecretDialog } from "../../settings/secret-dialog";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";

/** First where to and what about, then the secret that signs it, once. */
export function WebhookDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("sending.webhooks");
  const [secret, setSecret] = useState<string | null>(null);
  if (secret === null) return <NewWebhook onClose={onClose} onCreated={setSecret} />;
  return <SecretDialog secret={secret} t={t} onDone={onClose} />;
}

function NewWebhook({ onClose, onCreated }: { onClose: () => void; onCreated: (secret: string) => void }) {
  const t = useTranslations("sending.webhooks");
  const validation = useTranslations("common.validation");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [url, setUrl] = useState("");
  const [types, setTypes] = useState<readonly WebhookType[]>(WEBHOOK_TYPES);
  const [tried, setTried] = useState(false);
  const create = trpc.messages.webhooks.create.useMutation({
    onSuccess: async ({ secret }) => {
      onCreated(secret);
      await utils.messages.webhooks.list.invalidate();
    },
  });
  const urlFine = createWebhookSchema.shape.url.safeParse(url.trim()).success;
  const all = types.length === WEBHOOK_TYPES.length;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (urlFine && types.length > 0 && !create.isPending) create.mutate({ shopId: shop.id, url: url.trim(), types: [...types] });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("createTitle")} description={t("createText")}>
      <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("url")} required error={tried && !urlFine ? validation("url") : undefined}>
          {(control) => <Input {...control} type="url" maxLength={2_000} value={url} onChange={(event) => setUrl(event.target.value)} />}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1.5 font-medium text-sm">{t("events")}</legend>
          <Checkbox
            label={t("allEvents")}
            checked={all ? true : types.length > 0 ? "indeterminate" : false}
            onCheckedChange={(checked) => setTypes(checked ? WEBHOOK_TYPES : [])}
          />
          <div className="grid gap-2 border-line border-t pt-2 sm:grid-cols-2">
            {WEBHOOK_TYPES.map((type) => (
              <Checkbox
                key={type}
                label={<Code>{type}</Code>}
                checked={types.includes(type)}
                onCheckedChange={(checked) => setTypes(checked ? [...types, type] : types.filter((other) => other !== type))}
              />
            ))}
          </div>
          {tried && types.length === 0 && <p className="text-danger text-xs">{t("eventsMissing")}</p>}
        </fieldset>
        <div role="alert" className="text-danger text-sm empty:hidden">
          {create.error ? errorText(create.error) : null}
        </div>
        <div className="flex justify-end">
          <Button type="submit" variant="primary" loading={create.isPending}>
            {t("create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
