"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { formatNumber, formatPercent } from "../format";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { toastSuccess } from "../primitives/toast";
import { Money } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Part = RouterOutput["segments"]["compare"]["both"];

type ComparePartProps = {
  title: string;
  /** A name to save it under. */
  suggested: string;
  part: Part;
  /** Sizes of the segments it is a part of; 0 where it is of neither use. */
  of: { a: number; b: number };
  names: { a: string; b: string };
};

/** One part of two segments: how many, some of them, and a button that makes it a segment of its own. */
export function ComparePart({ title, suggested, part, of, names }: ComparePartProps) {
  const t = useTranslations("segments.compare");
  const locale = useLocale();
  const shop = useShop();
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState<{ id: string; name: string } | null>(null);
  const shares = (["a", "b"] as const).filter((side) => of[side] > 0);
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-medium text-sm [overflow-wrap:anywhere]">{title}</h2>
      <div>
        <p className="tabular font-semibold text-2xl">{formatNumber(part.count, locale)}</p>
        {shares.map((side) => (
          <p key={side} className="truncate text-muted text-xs" title={names[side]}>
            {t("shareOf", { share: formatPercent(part.count / of[side], locale), name: names[side] })}
          </p>
        ))}
      </div>
      {part.sample.length > 0 && (
        <ul aria-label={t("sampleOf", { title })} className="divide-y divide-line border-line border-y">
          {part.sample.map((person) => (
            <li key={person.id} className="flex items-center justify-between gap-3 py-1.5 text-sm">
              <Link href={shopPath(shop.id, `/customers/${person.id}`)} className="min-w-0 truncate hover:underline">
                {person.name}
              </Link>
              <Money minor={person.spent} className="shrink-0 text-muted text-xs" />
            </li>
          ))}
        </ul>
      )}
      <div className="mt-auto flex flex-wrap items-center gap-2">
        {shop.can("segment.write") && (
          <Button size="sm" disabledReason={part.count === 0 ? t("nobody") : undefined} onClick={() => setSaving(true)}>
            {t("save")}
            <span className="sr-only">: {title}</span>
          </Button>
        )}
        {saved && (
          <Link href={shopPath(shop.id, `/segments/${saved.id}`)} className="min-w-0 truncate text-accent text-sm hover:underline">
            {saved.name}
          </Link>
        )}
      </div>
      <SaveDialog
        open={saving}
        onOpenChange={setSaving}
        suggested={suggested}
        query={part.query}
        onSaved={(segment) => {
          setSaved(segment);
          setSaving(false);
        }}
      />
    </Card>
  );
}

type SaveDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  suggested: string;
  query: string;
  onSaved: (segment: { id: string; name: string }) => void;
};

function SaveDialog({ open, onOpenChange, suggested, query, onSaved }: SaveDialogProps) {
  const t = useTranslations("segments");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const [name, setName] = useState(suggested.slice(0, 200));
  const create = trpc.segments.create.useMutation({
    onSuccess: (segment) => {
      void utils.segments.list.invalidate();
      toastSuccess(t("editor.created"));
      onSaved(segment);
    },
  });
  const save = () => {
    if (name.trim() !== "") create.mutate({ shopId: shop.id, name: name.trim(), query });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("compare.saveTitle")}
      description={t("compare.saveText")}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t("compare.cancel")}</Button>
          <Button variant="primary" loading={create.isPending} onClick={save}>
            {t("editor.create")}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field
          label={t("editor.name")}
          required
          error={name.trim() === "" ? t("editor.nameMissing") : create.error ? errorText(create.error) : undefined}
        >
          {(control) => <Input {...control} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}
