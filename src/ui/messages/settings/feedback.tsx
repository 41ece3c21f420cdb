"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { FEEDBACK_PROOF, FEEDBACK_PROVIDERS, type FeedbackProvider } from "@/server/notifications/feedback/schema";
import { Loaded } from "../../analytics/loading";
import { useErrorText } from "../../error-text";
import { StatusBadge } from "../../primitives/badge";
import { Button } from "../../primitives/button";
import { ConfirmDialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { NativeSelect } from "../../primitives/select";
import { Notice } from "../../primitives/states";
import { toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { SecretLine } from "../../settings/secret-line";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";

type Source = RouterOutput["messages"]["feedback"]["list"][number];

/** Providers of e-mail that report in their own form: which, where to, with what they prove it, and what they said last. */
export function Feedback() {
  const t = useTranslations("sending.feedback");
  const shop = useShop();
  const query = trpc.messages.feedback.list.useQuery({ shopId: shop.id });
  return (
    <div id="feedback" className="flex min-w-0 scroll-mt-4 flex-col gap-4">
      <div>
        <h3 className="font-semibold text-ink text-sm">{t("title")}</h3>
        <p className="mt-0.5 max-w-prose text-muted text-sm">{t("text")}</p>
      </div>
      <Loaded query={query}>{(sources) => <Chosen sources={sources} />}</Loaded>
    </div>
  );
}

function Chosen({ sources }: { sources: Source[] }) {
  const t = useTranslations("sending.feedback");
  const [picked, setPicked] = useState<FeedbackProvider | null>(null);
  const provider = picked ?? sources[0]?.provider ?? null;
  const source = sources.find((one) => one.provider === provider) ?? null;
  return (
    <>
      {sources.length > 0 && (
        <ul className="divide-y divide-line">
          {sources.map((one) => (
            <State key={one.provider} source={one} />
          ))}
        </ul>
      )}
      <Field label={t("provider")} required error={undefined}>
        {(control) => (
          <NativeSelect
            {...control}
            className="sm:w-80"
            value={provider ?? ""}
            placeholder={provider === null ? t("choose") : undefined}
            options={FEEDBACK_PROVIDERS.map((value) => ({ value, label: t(`name.${value}`) }))}
            onChange={(event) => setPicked(FEEDBACK_PROVIDERS.find((one) => one === event.target.value) ?? null)}
          />
        )}
      </Field>
      {provider !== null && <ProviderForm key={`${provider} ${source === null}`} provider={provider} source={source} />}
    </>
  );
}

/** Wrong after the last right one, or nothing but wrong. */
const isRefused = ({ heardAt, refusedAt }: Source): boolean => refusedAt !== null && (heardAt === null || refusedAt > heardAt);

function State({ source }: { source: Source }) {
  const t = useTranslations("sending.feedback");
  const { provider, heardAt, refusedAt, refusal, account } = source;
  const state = isRefused(source) ? "refused" : heardAt ? "heard" : "waiting";
  const tone = { refused: "danger", heard: "accent", waiting: "info" } as const;
  return (
    <li className="flex min-w-0 flex-col gap-1 py-2 text-sm">
      <span className="inline-flex flex-wrap items-center gap-2 font-medium text-ink">
        {t(`name.${provider}`)} <StatusBadge tone={tone[state]}>{t(`state.${state}`)}</StatusBadge>
      </span>
      <span className="text-muted text-xs">
        {heardAt ? t.rich("heardAt", { at: () => <Timestamp at={heardAt} /> }) : t("neverHeard")}
        {account !== null && ` ${t("account", { account })}`}
      </span>
      {refusedAt && refusal && (
        <span className={isRefused(source) ? "text-danger text-xs" : "text-muted text-xs"}>
          {t.rich("refusedAt", { at: () => <Timestamp at={refusedAt} /> })} {t(`refusal.${refusal}`)}
        </span>
      )}
    </li>
  );
}

function ProviderForm({ provider, source }: { provider: FeedbackProvider; source: Source | null }) {
  const t = useTranslations("sending.feedback");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const urls = trpc.messages.feedback.urls.useQuery({ shopId: shop.id });
  const [secret, setSecret] = useState("");
  const [tried, setTried] = useState(false);
  const [removing, setRemoving] = useState(false);
  const refresh = () => utils.messages.feedback.list.invalidate();
  const save = trpc.messages.feedback.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      setSecret("");
      setTried(false);
      await refresh();
    },
  });
  const remove = trpc.messages.feedback.remove.useMutation({
    onSuccess: async () => {
      toastSuccess(t("removed"));
      setRemoving(false);
      await refresh();
    },
  });
  const proof = FEEDBACK_PROOF[provider];
  const missing = proof === "key" && !source?.hasSecret && secret.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing && !save.isPending) save.mutate({ shopId: shop.id, provider, ...(secret.trim() === "" ? {} : { secret }) });
  };
  const name = t(`name.${provider}`);
  return (
    <form noValidate method="post" onSubmit={submit} className="flex min-w-0 flex-col gap-4">
      <Loaded query={urls}>
        {(addresses) => (
          <div className="flex min-w-0 flex-col gap-1.5">
            <p className="font-medium text-ink text-sm">{t("address")}</p>
            <SecretLine text={addresses[provider]} copyLabel={t("copy", { name })} />
            {!addresses[provider].startsWith("https:") && <Notice tone="warning" title={t("unreachable")} />}
          </div>
        )}
      </Loaded>
      <p className="max-w-prose text-muted text-sm">{t(`how.${provider}`)}</p>
      {provider !== "ses" && (
        <Field
          label={t(`secret.${provider}`)}
          required={proof === "key" && !source?.hasSecret}
          hint={t(source?.hasSecret ? "secretSet" : proof === "key" ? "secretNone" : "passwordNone")}
          error={tried && missing ? common("validation.required") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              maxLength={2_000}
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
            />
          )}
        </Field>
      )}
      <div role="alert" className="text-danger text-sm empty:hidden">
        {save.error ? errorText(save.error) : null}
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        {source && (
          <Button type="button" variant="ghost" aria-label={t("removeLabel", { name })} onClick={() => setRemoving(true)}>
            {t("remove")}
          </Button>
        )}
        {(source === null || proof !== "none") && (
          <Button type="submit" variant="primary" loading={save.isPending}>
            {t(source ? "save" : "setUp", { name })}
          </Button>
        )}
      </div>
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={setRemoving}
          title={t("removeTitle", { name })}
          description={t("removeText")}
          confirmLabel={t("remove")}
          tone="danger"
          onConfirm={() => remove.mutate({ shopId: shop.id, provider })}
          pending={remove.isPending}
          error={remove.error ? errorText(remove.error) : null}
        />
      )}
    </form>
  );
}
