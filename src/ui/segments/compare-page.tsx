"use client";

import { ArrowLeftRight } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { formatNumber } from "../format";
import { IconButton } from "../primitives/button";
import { cn } from "../primitives/class-names";
import { Combobox } from "../primitives/combobox";
import { Page, PageHeader } from "../primitives/page-header";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ComparePart } from "./compare-part";
import { realError } from "./live-error";
import { useValueLabels, useValueSearch } from "./value-search";
import { VennChart } from "./venn-chart";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** An address somebody has cut short means no segment, not an error. */
const idOf = (text: string | null) => (text !== null && UUID.test(text) ? text : null);

/** Two saved segments: who is in both, who in one alone. Both stand in the URL. */
export function ComparePage() {
  const t = useTranslations("segments.compare");
  const [chosen, setChosen] = useQueryStates({ a: parseAsString, b: parseAsString }, { history: "push" });
  const [a, b] = [idOf(chosen.a), idOf(chosen.b)];
  const { labelOf, learn } = useValueLabels(
    "segment",
    [a, b].filter((id) => id !== null),
  );
  const picker = (side: "a" | "b", id: string | null) => (
    <SegmentPicker
      side={side}
      id={id}
      name={id === null ? "" : labelOf(id)}
      onChange={(next, name) => {
        if (next !== null) learn(next, name);
        void setChosen({ [side]: next });
      }}
    />
  );
  return (
    <Page>
      <PageCrumb label={t("title")} />
      <PageHeader title={t("title")} description={t("text")} />
      <div className="flex flex-wrap items-end gap-2">
        {picker("a", a)}
        <IconButton label={t("swap")} onClick={() => void setChosen({ a: chosen.b, b: chosen.a })}>
          <ArrowLeftRight aria-hidden />
        </IconButton>
        {picker("b", b)}
      </div>
      {a === null || b === null ? (
        <EmptyState title={t("chooseTitle")} text={t("chooseText")} />
      ) : (
        <Comparison a={{ id: a, name: labelOf(a) }} b={{ id: b, name: labelOf(b) }} />
      )}
    </Page>
  );
}

type SegmentPickerProps = { side: "a" | "b"; id: string | null; name: string; onChange: (id: string | null, name: string) => void };

function SegmentPicker({ side, id, name, onChange }: SegmentPickerProps) {
  const t = useTranslations("segments.compare");
  const search = useValueSearch()("segment");
  return (
    <div className="flex w-72 flex-col gap-1.5 max-sm:w-full">
      <span className="flex items-center gap-1.5 font-medium text-sm">
        <span aria-hidden className={cn("size-2.5 rounded-full", side === "a" ? "bg-chart-1" : "bg-chart-2")} />
        {t(side)}
      </span>
      <Combobox
        aria-label={t(side)}
        placeholder={t("choose")}
        search={search}
        clearable
        value={id}
        valueLabel={name}
        onValueChange={(value, option) => onChange(value, option?.label ?? "")}
      />
    </div>
  );
}

export type Side = { id: string; name: string };

function Comparison({ a, b }: { a: Side; b: Side }) {
  const t = useTranslations("segments.compare");
  const locale = useLocale();
  const shop = useShop();
  const [editor] = useState(() => crypto.randomUUID());
  const compared = trpc.segments.compare.useQuery(
    { shopId: shop.id, a: { id: a.id }, b: { id: b.id }, editor },
    // No earlier answer in the meantime: it would stand under the names of segments it does not belong to.
    { retry: false, trpc: { abortOnUnmount: true, context: { skipBatch: true } } },
  );
  const error = realError(compared.error);
  if (error) return <ErrorState error={error} onRetry={() => void compared.refetch()} />;
  if (!compared.data) return <Skeleton className="h-80 w-full" />;
  const { data } = compared;
  const sentence =
    data.both.count === 0
      ? t("sentenceNone", { a: a.name, b: b.name })
      : t("sentence", { a: a.name, b: b.name, both: formatNumber(data.both.count, locale), count: data.both.count });
  return (
    <div className="flex flex-col gap-6" aria-busy={compared.isFetching}>
      <p role="status" className="max-w-prose text-base">
        {sentence}
      </p>
      <VennChart a={a} b={b} comparison={data} />
      <div className="grid gap-4 lg:grid-cols-3">
        <ComparePart
          key={`a ${a.id} ${b.id}`}
          title={t("onlyNamed", { name: a.name })}
          suggested={t("nameOnly", { a: a.name, b: b.name })}
          part={data.onlyA}
          of={{ a: data.a, b: 0 }}
          names={{ a: a.name, b: b.name }}
        />
        <ComparePart
          key={`both ${a.id} ${b.id}`}
          title={t("both")}
          suggested={t("nameBoth", { a: a.name, b: b.name })}
          part={data.both}
          of={{ a: data.a, b: data.b }}
          names={{ a: a.name, b: b.name }}
        />
        <ComparePart
          key={`b ${a.id} ${b.id}`}
          title={t("onlyNamed", { name: b.name })}
          suggested={t("nameOnly", { a: b.name, b: a.name })}
          part={data.onlyB}
          of={{ a: 0, b: data.b }}
          names={{ a: a.name, b: b.name }}
        />
      </div>
    </div>
  );
}
