"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { Notice } from "../../primitives/states";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import type { SuppressionItem } from "./suppression";

type Wanted = { channel: "email" | "sms"; address: string };

/** An address as typed. Its kind shows: only e-mail has an @. */
const wantedOf = (text: string): Wanted => ({ channel: text.includes("@") ? "email" : "sms", address: text.trim() });

/** Addresses are kept as hashes only, so the list is searched with a whole address. */
export function CheckAddress({ onRemove }: { onRemove: ((item: SuppressionItem) => void) | null }) {
  const t = useTranslations("sending.suppression");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const check = trpc.messages.suppression.check.useQuery(
    { shopId: shop.id, ...(wanted ?? { channel: "email", address: "–––" }) },
    { enabled: wanted !== null, retry: false },
  );
  const refusal = trpc.messages.suppression.refusal.useQuery(
    { shopId: shop.id, ...(wanted ?? { channel: "email", address: "–––" }) },
    { enabled: wanted !== null, retry: false },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim().length >= 3) setWanted(wantedOf(text));
  };
  const found = wanted ? check.data : undefined;
  const error = check.error ?? refusal.error;
  // It takes both answers to say that nothing stands against an address.
  const free = found === null && refusal.data === null && !error;
  return (
    <div className="flex flex-col gap-3">
      <form method="post" onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <Field
          label={t("search")}
          required
          hint={t("searchHint")}
          error={wanted && error ? errorText(error) : undefined}
          className="w-96 max-sm:w-full"
        >
          {(control) => (
            <div className="flex gap-2">
              <Input
                {...control}
                type="search"
                maxLength={320}
                value={text}
                onChange={(event) => {
                  setText(event.target.value);
                  setWanted(null);
                }}
              />
              <Button
                type="submit"
                loading={check.isFetching || refusal.isFetching}
                disabledReason={text.trim().length < 3 ? t("typeAddress") : undefined}
              >
                {common("search")}
              </Button>
            </div>
          )}
        </Field>
      </form>
      {free && <Notice tone="accent" title={t("notListed")} />}
      {wanted && refusal.data && <Refused refusal={refusal.data} />}
      {found && (
        <Notice
          tone="warning"
          title={t("listed")}
          action={
            onRemove && (
              <Button size="sm" onClick={() => onRemove(found)}>
                {common("remove")}
              </Button>
            )
          }
        >
          {t(`reasons.${found.reason}`)}, <Timestamp at={found.createdAt} />
        </Notice>
      )}
    </div>
  );
}

/** The reader's own words, which no list of ours can undo. */
function Refused({ refusal: { objectedAt, leftAt } }: { refusal: NonNullable<RouterOutput["messages"]["suppression"]["refusal"]> }) {
  const t = useTranslations("sending.suppression");
  return (
    <Notice tone="warning" title={t(objectedAt ? "objected" : "left")}>
      {objectedAt ? <Timestamp at={objectedAt} /> : leftAt && <Timestamp at={leftAt} />}. {t("refusedText")}
    </Notice>
  );
}
