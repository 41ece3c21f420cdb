"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { parseQuery } from "@/server/segments/language/parse";
import { printValue } from "@/server/segments/language/print";
import { fillStrategy, GOALS, STRATEGIES } from "@/server/segments/language/strategies";
import { tokenize } from "@/server/segments/language/tokenize";
import { readDate } from "@/server/segments/language/values";
import { clausesOf, type DateValue, type MissingData } from "@/server/segments/schema";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { Sheet } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { DateInput } from "./date-input";

type Strategy = (typeof STRATEGIES)[number];
type TemplateSheetProps = { open: boolean; onOpenChange: (open: boolean) => void; onUse: (query: string, name: string) => void };

/** The 23 strategies by goal. What a shop has no data for says so instead of giving an empty audience. */
export function TemplateSheet({ open, onOpenChange, onUse }: TemplateSheetProps) {
  const t = useTranslations("segments");
  const shop = useShop();
  const missing = trpc.segments.missingData.useQuery({ shopId: shop.id }, { enabled: open });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("templates.title")} description={t("templates.text")}>
      <div className="flex flex-col gap-6">
        {GOALS.map((goal) => (
          <Section key={goal} level={3} title={t(`goals.${goal}`)}>
            <ul className="divide-y divide-line rounded-lg border border-line">
              {STRATEGIES.filter((strategy) => strategy.goal === goal).map((strategy) => (
                <li key={strategy.key} className="p-3">
                  <button
                    type="button"
                    aria-expanded={chosen === strategy.key}
                    onClick={() => setChosen(chosen === strategy.key ? null : strategy.key)}
                    className="block w-full rounded text-left"
                  >
                    <span className="block font-medium text-sm">{t(`strategies.${strategy.key}.title`)}</span>
                    <span className="block text-muted text-sm">{t(`strategies.${strategy.key}.purpose`)}</span>
                  </button>
                  {chosen === strategy.key && (
                    <StrategyForm
                      strategy={strategy}
                      missing={missing.data ?? []}
                      onUse={(query) => onUse(query, t(`strategies.${strategy.key}.title`))}
                    />
                  )}
                </li>
              ))}
            </ul>
          </Section>
        ))}
      </div>
    </Sheet>
  );
}

/** Which data a query reads, by its attributes and functions. */
function needsOf(query: string): MissingData[] {
  if (query.includes("predicted_spend_tier")) return ["scores"];
  const { ast } = parseQuery(query);
  if (!ast) return [];
  const needs = clausesOf(ast).flatMap((clause): MissingData[] => {
    if (clause.kind === "anniversary") return ["birthDates"];
    if (clause.kind !== "matches") {
      if (clause.attribute === "abandoned_checkout_date") return ["checkouts"];
      if (clause.attribute === "email_subscription_status") return ["consents"];
      return clause.attribute === "amount_spent" || clause.attribute === "last_order_date" ? ["orders"] : [];
    }
    switch (clause.function) {
      case "shopify_email.opened":
        return ["emailOpens"];
      case "shopify_email.clicked":
        return ["emailClicks"];
      case "storefront.product_viewed":
        return ["productViews"];
      case "storefront.collection_viewed":
        return ["collectionViews"];
      case "products_purchased":
        return clause.parameters.some(({ name }) => name === "tag") ? ["orders", "productTags"] : ["orders"];
      default:
        return ["orders"];
    }
  });
  return [...new Set(needs)];
}

type StrategyFormProps = { strategy: Strategy; missing: readonly MissingData[]; onUse: (query: string) => void };

function StrategyForm({ strategy, missing, onUse }: StrategyFormProps) {
  const t = useTranslations("segments");
  const [entries, setEntries] = useState<Record<string, string>>({});
  const filled = fillStrategy(strategy, entries);
  const wrong = "wrong" in filled ? filled.wrong : [];
  const gone = needsOf("query" in filled ? filled.query : strategy.query).filter((need) => missing.includes(need));
  const unusable = gone.includes("scores");
  return (
    <div className="mt-3 flex flex-col gap-3">
      {strategy.parameters.map((parameter) => (
        <Field
          key={parameter.name}
          required
          label={t(`templates.parameter.${parameter.name}`)}
          error={wrong.includes(parameter.name) ? t("templates.wrong") : undefined}
          hint={hintOf(parameter.kind, t)}
        >
          {(control) =>
            parameter.kind === "date" ? (
              <DateInput
                label={t(`templates.parameter.${parameter.name}`)}
                timeAllowed={false}
                value={dateOf(entries[parameter.name] ?? parameter.default)}
                onChange={(value) => setEntries({ ...entries, [parameter.name]: printValue(value, "day") })}
              />
            ) : (
              <Input
                {...control}
                value={entries[parameter.name] ?? parameter.default}
                onChange={(event) => setEntries({ ...entries, [parameter.name]: event.target.value })}
              />
            )
          }
        </Field>
      ))}
      {gone.length > 0 && (
        <div className="rounded-md bg-warning-soft px-3 py-2 text-sm">
          <p className="font-medium text-warning">{t("templates.missing")}</p>
          <ul className="mt-1 flex flex-col gap-1">
            {gone.map((need) => (
              <li key={need}>{t(`missing.${need}`)}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          disabledReason={unusable ? t("missing.scores") : wrong.length > 0 ? t("templates.wrong") : undefined}
          onClick={() => "query" in filled && onUse(filled.query)}
        >
          {t("templates.use")}
        </Button>
        <span className="text-muted text-xs">{t("templates.replace")}</span>
      </div>
    </div>
  );
}

/** The date a template's parameter is written as. Templates and the date input write only such. */
function dateOf(text: string): DateValue {
  const [token] = tokenize(text);
  const reading = token && readDate(token, false);
  return reading && "value" in reading ? reading.value : { type: "named", name: "today" };
}

function hintOf(kind: Strategy["parameters"][number]["kind"], t: ReturnType<typeof useTranslations<"segments">>): string | undefined {
  return kind === "products" || kind === "collections" ? t("templates.hint.products") : undefined;
}
