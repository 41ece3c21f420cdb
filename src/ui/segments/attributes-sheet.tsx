"use client";

import { Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { CUSTOM_KEY, CUSTOM_TYPES, type CustomType } from "@/server/segments/schema";
import { useErrorText } from "../error-text";
import { Button, IconButton } from "../primitives/button";
import { Section } from "../primitives/card";
import { Code } from "../primitives/code";
import { Sheet } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

type Entry = { key: string; name: string; type: CustomType };
const EMPTY: Entry = { key: "", name: "", type: "text" };

/** What the shop knows about its customers beyond our own fields: a key of the import gets a name and a type, and can be asked for. */
export function AttributesSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("segments.attributes");
  const [start, setStart] = useState<Entry>(EMPTY);
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("title")} description={t("text")}>
      <div className="flex flex-col gap-6">
        <DefineForm key={`${start.key} ${start.type}`} start={start} onDone={() => setStart(EMPTY)} />
        {open && <Undefined onChoose={setStart} />}
        {open && <Defined />}
      </div>
    </Sheet>
  );
}

function useChanged(): () => void {
  const utils = trpc.useUtils();
  return () => {
    void utils.segments.attributes.invalidate();
    void utils.segments.undefinedAttributes.invalidate();
  };
}

function DefineForm({ start, onDone }: { start: Entry; onDone: () => void }) {
  const t = useTranslations("segments.attributes");
  const shop = useShop();
  const errorText = useErrorText();
  const changed = useChanged();
  const [entry, setEntry] = useState(start);
  const [tried, setTried] = useState(false);
  const define = trpc.segments.defineAttribute.useMutation({
    onSuccess: () => {
      changed();
      toastSuccess(t("defined"));
      setEntry(EMPTY);
      setTried(false);
      onDone();
    },
  });
  const badKey = !CUSTOM_KEY.test(entry.key);
  const badName = entry.name.trim() === "";
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!badKey && !badName) define.mutate({ shopId: shop.id, ...entry, name: entry.name.trim() });
      }}
    >
      <Field label={t("key")} required hint={t("keyHint")} error={tried && badKey ? t("keyWrong") : undefined}>
        {(control) => (
          <Input
            {...control}
            className="font-mono"
            maxLength={101}
            value={entry.key}
            onChange={(event) => setEntry({ ...entry, key: event.target.value.trim().toLowerCase() })}
          />
        )}
      </Field>
      <Field label={t("name")} required error={tried && badName ? t("nameMissing") : define.error ? errorText(define.error) : undefined}>
        {(control) => (
          <Input {...control} maxLength={100} value={entry.name} onChange={(event) => setEntry({ ...entry, name: event.target.value })} />
        )}
      </Field>
      <Field label={t("type")} required error={undefined}>
        {(control) => (
          <NativeSelect
            {...control}
            className="w-44"
            options={CUSTOM_TYPES.map((type) => ({ value: type, label: t(`types.${type}`) }))}
            value={entry.type}
            onChange={(event) => setEntry({ ...entry, type: CUSTOM_TYPES.find((type) => type === event.target.value) ?? "text" })}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="w-fit" loading={define.isPending}>
        {t("define")}
      </Button>
    </form>
  );
}

/** Keys that stand in the data and mean nothing yet. */
function Undefined({ onChoose }: { onChoose: (entry: Entry) => void }) {
  const t = useTranslations("segments.attributes");
  const shop = useShop();
  const found = trpc.segments.undefinedAttributes.useQuery({ shopId: shop.id });
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} className="py-4" />;
  if (!found.data || found.data.length === 0) return null;
  return (
    <Section level={3} title={t("found")} description={t("foundText")}>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {found.data.map(({ key, example, type }) => (
          <li key={key} className="flex items-center justify-between gap-3 px-3 py-2 text-sm">
            <span className="min-w-0">
              <Code>{key}</Code>
              <span className="block truncate text-muted text-xs">{t("example", { example })}</span>
            </span>
            <Button size="sm" aria-label={t("chooseNamed", { key })} onClick={() => onChoose({ key, name: "", type })}>
              {t("choose")}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Defined() {
  const t = useTranslations("segments.attributes");
  const shop = useShop();
  const errorText = useErrorText();
  const changed = useChanged();
  const attributes = trpc.segments.attributes.useQuery({ shopId: shop.id });
  const remove = trpc.segments.removeAttribute.useMutation({ onSuccess: changed, onError: (error) => toastError(errorText(error)) });
  if (attributes.error) return <ErrorState error={attributes.error} onRetry={() => void attributes.refetch()} className="py-4" />;
  if (!attributes.data) return <SkeletonText lines={3} />;
  if (attributes.data.length === 0) return null;
  return (
    <Section level={3} title={t("own")}>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {attributes.data.map(({ key, name, type, usedBy, values }) => (
          <li key={key} className="flex items-center justify-between gap-3 px-3 py-2 text-sm">
            <span className="min-w-0">
              <span className="block truncate font-medium">{name}</span>
              <span className="block truncate text-muted text-xs">
                {key} · {t(`types.${type}`)} · {t("filled", { count: values })} · {t("used", { count: usedBy })}
              </span>
            </span>
            <IconButton
              label={t("remove", { name })}
              disabledReason={usedBy > 0 ? t("inUse") : undefined}
              onClick={() => remove.mutate({ shopId: shop.id, key })}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
    </Section>
  );
}
