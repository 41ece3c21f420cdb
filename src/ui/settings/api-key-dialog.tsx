"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { API_SCOPES, type ApiScope } from "@/server/auth/permissions";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Checkbox } from "../primitives/choice";
import { DateField } from "../primitives/date-time-field";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { trpc } from "../trpc";
import { dayEnd } from "./day-end";
import { useScopeName } from "./scope-name";
import { SecretDialog } from "./secret-dialog";

/** First what the key may do, then its secret, once. */
export function ApiKeyDialog({ shopId, timeZone, onClose }: { shopId: string; timeZone: string; onClose: () => void }) {
  const t = useTranslations("settings.apiKeys");
  const [secret, setSecret] = useState<string | null>(null);
  if (secret === null) return <NewKey shopId={shopId} timeZone={timeZone} onClose={onClose} onCreated={setSecret} />;
  return <SecretDialog secret={secret} t={t} onDone={onClose} />;
}

type NewKeyProps = { shopId: string; timeZone: string; onClose: () => void; onCreated: (secret: string) => void };

function NewKey({ shopId, timeZone, onClose, onCreated }: NewKeyProps) {
  const t = useTranslations("settings.apiKeys");
  const validation = useTranslations("common.validation");
  const errorText = useErrorText();
  const scopeName = useScopeName();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const create = trpc.apiKeys.create.useMutation({ onSuccess: () => utils.apiKeys.list.invalidate() });
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly ApiScope[]>([]);
  const [day, setDay] = useState("");
  const [tried, setTried] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === "" || scopes.length === 0 || create.isPending) return;
    try {
      const input = { shopId, name: name.trim(), scopes: [...scopes], expiresAt: dayEnd(day, timeZone) };
      const created = await stepUp(() => create.mutateAsync(input));
      if (created) onCreated(created.secret);
    } catch {
      // The mutation keeps the error; it is shown below.
    }
  };
  const all = scopes.length === API_SCOPES.length;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("createTitle")} description={t("createText")}>
      <form noValidate method="post" onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label={t("name")} required hint={t("nameHint")} error={tried && name.trim() === "" ? validation("required") : undefined}>
          {(control) => <Input {...control} autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1.5 font-medium text-sm">{t("scopes")}</legend>
          <Checkbox
            label={t("all")}
            checked={all ? true : scopes.length > 0 ? "indeterminate" : false}
            onCheckedChange={(checked) => setScopes(checked ? API_SCOPES : [])}
          />
          <div className="grid gap-2 border-line border-t pt-2 sm:grid-cols-2">
            {API_SCOPES.map((scope) => (
              <Checkbox
                key={scope}
                label={scopeName(scope)}
                checked={scopes.includes(scope)}
                onCheckedChange={(checked) => setScopes(checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))}
              />
            ))}
          </div>
          {tried && scopes.length === 0 && <p className="text-danger text-xs">{t("scopesMissing")}</p>}
        </fieldset>
        <Field label={t("expires")} error={undefined} hint={t("expiresHint")}>
          {(control) => <DateField {...control} value={day} onValueChange={setDay} />}
        </Field>
        <div role="alert" className="text-danger text-sm empty:hidden">
          {unlessStepUp(create.error) ? errorText(create.error) : null}
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
