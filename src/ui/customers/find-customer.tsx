"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** For roles that may open one customer but not browse all: the whole address or number is needed. */
export function FindCustomer() {
  const t = useTranslations("customers.find");
  const shop = useShop();
  const router = useRouter();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [term, setTerm] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const find = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const found = await utils.customers.find.fetch({ shopId: shop.id, term });
      if (found) router.push(shopPath(shop.id, `/customers/${found.id}`));
      else setProblem(t("none"));
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Page width="narrow">
      <PageHeader title={t("title")} description={t("text")} />
      <Card>
        <form onSubmit={(event) => void find(event)} className="flex flex-col items-start gap-4">
          <Field label={t("field")} error={problem} required className="w-full max-w-md">
            {(control) => <Input {...control} type="search" value={term} onChange={(event) => setTerm(event.target.value)} />}
          </Field>
          <Button type="submit" variant="primary" loading={busy}>
            {t("action")}
          </Button>
        </form>
      </Card>
    </Page>
  );
}
