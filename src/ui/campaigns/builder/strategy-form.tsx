"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useDeferredValue, useState } from "react";
import type { Messages } from "@/messages/index";
import { parseQuery } from "@/server/segments/language/parse";
import { printValue } from "@/server/segments/language/print";
import { fillStrategy } from "@/server/segments/language/strategies";
import { tokenize } from "@/server/segments/language/tokenize";
import { readDate } from "@/server/segments/language/values";
import type { DateValue } from "@/server/segments/schema";
import { useErrorText } from "../../error-text";
import { formatNumber } from "../../format";
import { Button } from "../../primitives/button";
import { ConfirmDialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { toastSuccess } from "../../primitives/toast";
import { DateInput } from "../../segments/date-input";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { StartingPoint } from "./use-apply-strategy";
import type { Strategy, Template } from "./use-strategies";

type StrategyFormProps = {
  strategy: Strategy;
  replaces: boolean;
  pending: boolean;
  onApply: (start: StartingPoint) => void;
};

/** The template's parameters, how many people that is now, and the button that makes a draft of it. */
export function StrategyForm({ strategy, replaces, pending, onApply }: StrategyFormProps) {
  const t = useTranslations("campaigns.strategy");
  const s = useTranslations("segments.missing");
  const [entries, setEntries] = useState<Record<string, string>>({});
  const { template, own } = strategy;
  const filled = template ? fillStrategy(template, entries) : { query: own?.query ?? "" };
  const wrong = "wrong" in filled ? filled.wrong : [];
  const query = "query" in filled ? filled.query : null;
  return (
    <div className="flex flex-col gap-3 px-3 pb-4 sm:pl-10">
      {template && template.parameters.length > 0 && (
        <div className="grid gap-3 sm:grid-cols-2">
          {template.parameters.map((parameter) => (
            <ParameterField
              key={parameter.name}
              parameter={parameter}
              value={entries[parameter.name] ?? parameter.default}
              wrong={wrong.includes(parameter.name)}
              onChange={(entry) => setEntries({ ...entries, [parameter.name]: entry })}
            />
          ))}
        </div>
      )}
      {template && template.missing.length > 0 && (
        <ul className="rounded-md bg-warning-soft px-3 py-2 text-sm">
          {template.missing.map((need) => (
            <li key={need}>{s(need)}</li>
          ))}
        </ul>
      )}
      <LiveCount query={query} />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="primary"
          loading={pending}
          disabledReason={query === null ? t("wrong") : undefined}
          onClick={() => query !== null && onApply({ strategy, query })}
        >
          {t("use")}
        </Button>
        {replaces && <span className="text-muted text-xs">{t("replaces")}</span>}
        {own && <DeleteOwn id={own.id} name={own.name} />}
      </div>
    </div>
  );
}

function LiveCount({ query }: { query: string | null }) {
  const t = useTranslations("campaigns.strategy");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const [editor] = useState(() => crypto.randomUUID());
  const late = useDeferredValue(query);
  const usable = late !== null && parseQuery(late).ast !== null;
  const preview = trpc.segments.preview.useQuery(
    { shopId: shop.id, query: late ?? "", sample: 0, editor },
    { enabled: usable, placeholderData: keepPreviousData, retry: false, trpc: { abortOnUnmount: true, context: { skipBatch: true } } },
  );
  const text = !usable
    ? t("wrong")
    : preview.error
      ? errorText(preview.error)
      : preview.data
        ? t("people", { count: preview.data.count, people: formatNumber(preview.data.count, locale) })
        : t("counting");
  return (
    <p role="status" className="text-sm">
      {text}
    </p>
  );
}

type ParameterFieldProps = {
  parameter: Template["parameters"][number];
  value: string;
  wrong: boolean;
  onChange: (entry: string) => void;
};

function ParameterField({ parameter, value, wrong, onChange }: ParameterFieldProps) {
  const t = useTranslations("segments.templates");
  type Name = keyof Messages["segments"]["templates"]["parameter"];
  const known = (name: string): name is Name => t.has(`parameter.${name as Name}`);
  const label = known(parameter.name) ? t(`parameter.${parameter.name}`) : parameter.name;
  const { suggestions } = parameter;
  return (
    <Field required label={label} error={wrong ? t("wrong") : undefined}>
      {(control) =>
        parameter.kind === "date" ? (
          <DateInput label={label} timeAllowed={false} value={dateOf(value)} onChange={(date) => onChange(printValue(date, "day"))} />
        ) : (
          <>
            <Input
              {...control}
              list={suggestions.length > 0 ? `${control.id}-list` : undefined}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
            {suggestions.length > 0 && (
              <datalist id={`${control.id}-list`}>
                {suggestions.map((suggestion) => (
                  <option key={suggestion.value} value={suggestion.value}>
                    {suggestion.label}
                  </option>
                ))}
              </datalist>
            )}
          </>
        )
      }
    </Field>
  );
}

/** The date a template's parameter is written as. Templates and the date input write only such. */
function dateOf(text: string): DateValue {
  const [token] = tokenize(text);
  const reading = token && readDate(token, false);
  return reading && "value" in reading ? reading.value : { type: "named", name: "today" };
}

function DeleteOwn({ id, name }: { id: string; name: string }) {
  const t = useTranslations("campaigns.strategy");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [asking, setAsking] = useState(false);
  const remove = trpc.campaigns.deleteStrategy.useMutation({
    onSuccess: () => {
      setAsking(false);
      toastSuccess(t("deleted"));
      void utils.campaigns.ownStrategies.invalidate();
    },
  });
  return (
    <>
      <Button size="sm" variant="ghost" onClick={() => setAsking(true)}>
        {t("delete")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("deleteTitle", { name })}
        description={t("deleteText")}
        confirmLabel={t("delete")}
        onConfirm={() => remove.mutate({ shopId: shop.id, id })}
        pending={remove.isPending}
        error={remove.error && errorText(remove.error)}
        tone="danger"
      />
    </>
  );
}
