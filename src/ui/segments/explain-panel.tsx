"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { printClause } from "@/server/segments/language/print";
import type { Actual, Explanation } from "@/server/segments/schema";
import { formatCalendarDay, formatDateTime, formatList, formatMoney, formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Section } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Combobox } from "../primitives/combobox";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useEnumLabel } from "./labels";

export type ExplainedPerson = { id: string; name: string };

type ExplainPanelProps = { query: string | null; person: ExplainedPerson | null; onPerson: (person: ExplainedPerson | null) => void };

/** „Warum ist jemand dabei?“: one person against every condition, with what is really known. */
export function ExplainPanel({ query, person, onPerson }: ExplainPanelProps) {
  const t = useTranslations("segments.explain");
  const shop = useShop();
  const utils = trpc.useUtils();
  const search = async (text: string) => {
    if (text.trim().length < 2) return [];
    const people = await utils.segments.findPeople.fetch({ shopId: shop.id, search: text });
    return people.map(({ id, name, externalId }) => ({ value: id, label: name, description: externalId }));
  };
  return (
    <Section title={t("title")}>
      <Combobox
        aria-label={t("search")}
        placeholder={t("placeholder")}
        search={search}
        clearable
        value={person?.id ?? null}
        valueLabel={person?.name}
        onValueChange={(value, option) => onPerson(value && option ? { id: value, name: option.label } : null)}
      />
      {/* A new person begins anew: the verdict on somebody else must not stand under this name, even for a moment. */}
      {person && query !== null && <Verdict key={person.id} query={query} person={person} />}
    </Section>
  );
}

function Verdict({ query, person }: { query: string; person: ExplainedPerson }) {
  const t = useTranslations("segments.explain");
  const shop = useShop();
  const explained = trpc.segments.explain.useQuery(
    { shopId: shop.id, query, customerId: person.id },
    { placeholderData: keepPreviousData },
  );
  return (
    <div aria-live="polite" aria-busy={explained.isFetching}>
      {explained.error ? (
        <ErrorState error={explained.error} onRetry={() => void explained.refetch()} className="py-4" />
      ) : explained.data ? (
        <div className="flex flex-col gap-2">
          <p className="font-medium text-sm">{t(explained.data.member ? "in" : "out", { name: person.name })}</p>
          {explained.data.erased && <p className="text-muted text-sm">{t("erased")}</p>}
          <Tree explanation={explained.data.explanation} />
        </div>
      ) : (
        <SkeletonText lines={3} />
      )}
    </div>
  );
}

function Tree({ explanation }: { explanation: Explanation }) {
  const t = useTranslations("segments");
  const actual = useActualText();
  if (explanation.kind === "clause") {
    return (
      <Line result={explanation.result}>
        <code className="block break-words font-mono text-xs">{printClause(explanation.clause)}</code>
        <span className="text-muted text-xs">{t("explain.actual", { value: actual(explanation.actual) })}</span>
      </Line>
    );
  }
  const children = explanation.kind === "not" ? [explanation.child] : explanation.children;
  if (children.length === 0) return <p className="text-muted text-sm">{t("rules.everyoneText")}</p>;
  const name = explanation.kind === "not" ? t("rules.negated") : t(`rules.${explanation.kind}`);
  return (
    <div className="flex flex-col gap-1.5">
      <Line result={explanation.result}>
        <span className="text-sm">{name}</span>
      </Line>
      <div className="ml-2 flex flex-col gap-1.5 border-line border-l pl-3">
        {children.map((child, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer is shown whole and never reordered
          <Tree key={index} explanation={child} />
        ))}
      </div>
    </div>
  );
}

function Line({ result, children }: { result: boolean; children: React.ReactNode }) {
  const t = useTranslations("segments.explain");
  return (
    <div className="flex items-start gap-2">
      <span className={cn("mt-0.5 shrink-0", result ? "text-accent" : "text-danger")}>
        {result ? <Check aria-hidden className="size-4" /> : <X aria-hidden className="size-4" />}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
      <Badge tone={result ? "accent" : "danger"}>{result ? t("holds") : t("fails")}</Badge>
    </div>
  );
}

function useActualText(): (actual: Actual) => string {
  const t = useTranslations("segments.explain");
  const rules = useTranslations("segments.rules");
  const locale = useLocale();
  const shop = useShop();
  const enumLabel = useEnumLabel();
  const when = (at: Date) => formatDateTime(at, shop.timeZone, locale);
  return (actual) => {
    switch (actual.type) {
      case "missing":
        return t("missing");
      case "money":
        return formatMoney(actual.minor, shop.currency, locale);
      case "number":
        return formatNumber(actual.value, locale, { digits: Number.isInteger(actual.value) ? 0 : 2 });
      case "boolean":
        return rules(actual.value ? "yes" : "no");
      case "instant":
        return when(actual.at);
      case "day":
        return formatCalendarDay(actual.day, locale);
      case "text":
        return enumLabel(actual.value);
      case "list":
        return formatList(actual.values, locale);
      case "occurrences": {
        const parts = [t("count", { count: actual.count })];
        if (actual.sum !== null && actual.count > 0) parts.push(formatMoney(actual.sum, shop.currency, locale));
        if (actual.lastAt) parts.push(t("last", { date: when(actual.lastAt) }));
        return parts.join(", ");
      }
    }
  };
}
