"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { MAX_SELECTORS, selectorsSchema } from "@/server/notifications/sender-domain/schema";
import { useErrorText } from "../../../error-text";
import { Button } from "../../../primitives/button";
import { Card, Section } from "../../../primitives/card";
import { Field } from "../../../primitives/field";
import { Input } from "../../../primitives/input";
import { toastSuccess } from "../../../primitives/toast";
import { useShop } from "../../../shell/shop-context";
import { trpc } from "../../../trpc";
import type { View } from "./sender-domain";

const split = (text: string): string[] => text.split(/[\s,;]+/).filter((one) => one !== "");

/** Where a provider that signs for the shop keeps its keys: only the shop can tell. */
export function SelectorsForm({ view, onView }: { view: View; onView: (view: View) => void }) {
  const t = useTranslations("senderDomain.selectors");
  const common = useTranslations("common.actions");
  const domain = useTranslations("senderDomain");
  const shop = useShop();
  const errorText = useErrorText();
  const [text, setText] = useState(view.selectors.join(", "));
  const [tried, setTried] = useState(false);
  const save = trpc.messages.senderDomain.saveSelectors.useMutation({
    onSuccess: (saved) => {
      toastSuccess(t("saved"));
      setText(saved.selectors.join(", "));
      onView(saved);
    },
  });
  const checked = selectorsSchema.safeParse({ selectors: split(text) });
  const mayManage = shop.can("shop.manage");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (checked.success && !save.isPending) save.mutate({ shopId: shop.id, selectors: checked.data.selectors });
  };
  return (
    <Section level={3} title={t("title")} description={t("text")}>
      <Card>
        <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={t("label")}
            hint={t("hint", { most: MAX_SELECTORS })}
            error={tried && !checked.success ? t("problem", { most: MAX_SELECTORS }) : undefined}
          >
            {(control) => (
              <Input
                {...control}
                className="sm:w-96"
                maxLength={1_300}
                value={text}
                disabled={!mayManage}
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          <div role="alert" className="text-danger text-sm empty:hidden">
            {save.error ? errorText(save.error) : null}
          </div>
          <div className="flex justify-end">
            <Button type="submit" loading={save.isPending} disabledReason={mayManage ? undefined : domain("readOnly")}>
              {common("save")}
            </Button>
          </div>
        </form>
      </Card>
    </Section>
  );
}
