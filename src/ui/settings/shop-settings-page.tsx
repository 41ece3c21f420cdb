"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { shopInputSchema } from "@/server/tenancy/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";
import { Dialog } from "../primitives/dialog";
import { FormShell, useZodForm } from "../primitives/form";
import { Page, PageHeader } from "../primitives/page-header";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { ShopFields } from "./shop-fields";

type Shop = RouterOutput["tenancy"]["shop"];

export function ShopSettingsPage({ initial }: { initial: Shop }) {
  const t = useTranslations("settings.shop");
  const shop = useShop();
  const current = trpc.tenancy.shop.useQuery({ shopId: shop.id }, { initialData: initial });
  const [adding, setAdding] = useState(false);
  return (
    <Page width="narrow">
      <PageHeader title={t("title")} description={t("description")} />
      <Card>
        <ShopForm shop={current.data} />
      </Card>
      <Section title={t("id")} description={t("idHint")}>
        <div className="flex items-center gap-1">
          <Code>{shop.id}</Code>
          <CopyButton text={shop.id} label={t("copyId")} />
        </div>
      </Section>
      {shop.can("org.manage") && (
        <Section title={t("newShop")} description={t("newShopText")}>
          <div>
            <Button onClick={() => setAdding(true)}>
              <Plus aria-hidden />
              {t("newShop")}
            </Button>
          </div>
        </Section>
      )}
      {adding && <NewShop orgId={shop.orgId} like={current.data} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function ShopForm({ shop }: { shop: Shop }) {
  const t = useTranslations("settings.shop");
  const common = useTranslations("common.actions");
  const errorText = useErrorText();
  const router = useRouter();
  const utils = trpc.useUtils();
  const { name, currency, timeZone, country, locale } = shop;
  const form = useZodForm(shopInputSchema, { defaultValues: { name, currency, timeZone, country, locale } });
  const save = trpc.tenancy.updateShop.useMutation({
    onSuccess: async (_done, { shopId: _id, ...values }) => {
      form.reset(values);
      toastSuccess(t("saved"));
      await utils.tenancy.shop.invalidate();
      // Name and zone stand in the shell, which the server renders.
      router.refresh();
    },
  });
  return (
    <FormShell
      form={form}
      onSubmit={(values) => save.mutate({ shopId: shop.id, ...values })}
      submitError={save.error && errorText(save.error)}
      pending={save.isPending}
      submitLabel={common("save")}
    >
      <ShopFields form={form} currencyFixed={shop.currencyFixed} />
    </FormShell>
  );
}

function NewShop({ orgId, like, onClose }: { orgId: string; like: Shop; onClose: () => void }) {
  const t = useTranslations("settings.shop");
  const errorText = useErrorText();
  const locale = useLocale();
  const router = useRouter();
  const form = useZodForm(shopInputSchema, {
    defaultValues: { name: "", currency: like.currency, timeZone: like.timeZone, country: like.country, locale },
  });
  const create = trpc.tenancy.createShop.useMutation({
    onSuccess: ({ id }) => {
      toastSuccess(t("created"));
      router.push(`/s/${id}`);
      router.refresh();
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("newShop")} description={t("newShopText")}>
      <FormShell
        form={form}
        onSubmit={(values) => create.mutate({ orgId, ...values })}
        submitError={create.error && errorText(create.error)}
        pending={create.isPending}
        submitLabel={t("create")}
      >
        <ShopFields form={form} currencyFixed={false} />
      </FormShell>
    </Dialog>
  );
}
