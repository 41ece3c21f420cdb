"use client";

import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useErrorText } from "../error-text";
import { formatBasisPoints } from "../format";
import { MoneyField, PercentField } from "../primitives/amount-field";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { EmptyState, Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Loaded } from "./loading";

type Margins = RouterOutput["roi"]["margins"];

/** What every result is calculated with: what stays of revenue, and what a message costs. */
export function Assumptions() {
  const shop = useShop();
  const query = trpc.roi.margins.useQuery({ shopId: shop.id });
  return <Loaded query={query}>{(margins) => <Forms margins={margins} />}</Loaded>;
}

function useSetMargins() {
  const t = useTranslations("analytics.assumptions");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  return trpc.roi.setMargins.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      await utils.roi.invalidate();
    },
    onError: (error) => void toastError(errorText(error)),
  });
}

function Forms({ margins }: { margins: Margins }) {
  const t = useTranslations("analytics.assumptions");
  const shop = useShop();
  const mayManage = shop.can("shop.manage");
  return (
    <div className="flex min-w-0 flex-col gap-10">
      {margins.assumed && <Notice tone="warning" title={t("assumed")} />}
      <ShopWide key={`${margins.shopBps} ${margins.messageCost}`} margins={margins} mayManage={mayManage} />
      <Goods margins={margins} mayManage={mayManage} />
    </div>
  );
}

function ShopWide({ margins, mayManage }: { margins: Margins; mayManage: boolean }) {
  const t = useTranslations("analytics.assumptions");
  const common = useTranslations("common");
  const shop = useShop();
  const set = useSetMargins();
  const [margin, setMargin] = useState<number | null>(margins.shopBps);
  const [cost, setCost] = useState(margins.messageCost.toString());
  const marginProblem = margin === null || margin < 1 || margin > 10_000 ? t("marginProblem") : undefined;
  const costProblem = /^\d{1,7}$/.test(cost) ? undefined : t("costProblem");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (marginProblem || costProblem || margin === null) return;
    set.mutate({ shopId: shop.id, shopBps: margin, messageCost: BigInt(cost) });
  };
  return (
    <Section title={t("title")} description={t("text")}>
      <Card>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <div className="flex flex-wrap gap-6">
            <Field label={t("margin")} required error={marginProblem} hint={t("marginHint")}>
              {(control) => <PercentField {...control} value={margin} onValueChange={setMargin} disabled={!mayManage} />}
            </Field>
            <Field label={t("messageCost")} required error={costProblem} hint={t("messageCostHint")}>
              {(control) => <MoneyField {...control} value={cost} onValueChange={setCost} unit={shop.currency} disabled={!mayManage} />}
            </Field>
          </div>
          <div className="flex justify-end">
            <Button type="submit" variant="primary" loading={set.isPending} disabledReason={mayManage ? undefined : t("readOnly")}>
              {common("actions.save")}
            </Button>
          </div>
        </form>
      </Card>
    </Section>
  );
}

function Goods({ margins, mayManage }: { margins: Margins; mayManage: boolean }) {
  const t = useTranslations("analytics.assumptions");
  const common = useTranslations("common");
  const locale = useLocale();
  const shop = useShop();
  const set = useSetMargins();
  const [scope, setScope] = useState<"collection" | "product">("collection");
  const [ref, setRef] = useState("");
  const [margin, setMargin] = useState<number | null>(null);
  const isReady = ref.trim() !== "" && margin !== null && margin >= 0 && margin <= 10_000;
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    set.mutate(
      { shopId: shop.id, goods: [{ scope, ref: ref.trim(), marginBps: margin }] },
      {
        onSuccess: () => {
          setRef("");
          setMargin(null);
        },
      },
    );
  };
  return (
    <Section title={t("goods")} description={t("goodsText")}>
      <div className="flex min-w-0 flex-col gap-4">
        {mayManage && (
          <form onSubmit={add} className="flex flex-wrap items-end gap-3">
            <Field label={t("scope")} required error={undefined}>
              {(control) => (
                <NativeSelect
                  {...control}
                  value={scope}
                  options={(["collection", "product"] as const).map((value) => ({ value, label: t(value) }))}
                  onChange={(event) => setScope(event.target.value === "product" ? "product" : "collection")}
                />
              )}
            </Field>
            <Field label={t("ref")} required error={undefined}>
              {(control) => <Input {...control} value={ref} maxLength={200} onChange={(event) => setRef(event.target.value)} />}
            </Field>
            <Field label={t("margin")} required error={undefined}>
              {(control) => <PercentField {...control} value={margin} onValueChange={setMargin} />}
            </Field>
            <Button type="submit" loading={set.isPending} disabledReason={isReady ? undefined : t("fillIn")}>
              {common("actions.add")}
            </Button>
          </form>
        )}
        <DataTable
          label={t("goods")}
          rows={margins.goods}
          loading={false}
          error={null}
          onRetry={() => {}}
          empty={<EmptyState title={t("noneTitle")} text={t("noneText")} />}
          rowKey={(row) => `${row.scope} ${row.ref}`}
          columns={[
            { id: "scope", header: t("scope"), cell: (row) => t(row.scope) },
            { id: "ref", header: t("ref"), cell: (row) => row.title ?? row.ref },
            { id: "margin", header: t("margin"), align: "end", cell: (row) => formatBasisPoints(row.marginBps, locale) },
            {
              id: "remove",
              header: common("actions.remove"),
              headerHidden: true,
              align: "end",
              cell: (row) =>
                mayManage ? (
                  <Button
                    size="sm"
                    variant="ghost"
                    aria-label={t("removeLabel", { ref: row.title ?? row.ref })}
                    onClick={() => set.mutate({ shopId: shop.id, goods: [{ scope: row.scope, ref: row.ref, marginBps: null }] })}
                  >
                    {common("actions.remove")}
                  </Button>
                ) : null,
            },
          ]}
        />
      </div>
    </Section>
  );
}
