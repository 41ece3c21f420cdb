"use client";

import { useLocale, useTranslations } from "next-intl";
import { useId, useState } from "react";
import { unitScale } from "@/server/money";
import { formatMoney, unitSymbol } from "../format";
import { type AmountProblem, amountAsTyped, parseAmount, parsePercent, percentAsTyped } from "../parse-amount";
import { afterPress } from "./after-press";
import { cn } from "./class-names";
import type { ControlProps } from "./field";
import { Input } from "./input";

type MoneyFieldProps = Partial<ControlProps> & {
  /** Minor units as a decimal string ("1250" = 12,50 €), "" while empty. Text that is no amount is handed on, so that the schema refuses it. */
  value: string;
  onValueChange: (minor: string) => void;
  unit: string;
  disabled?: boolean;
  placeholder?: string;
  name?: string;
  className?: string;
};

const MINOR = /^-?\d{1,18}$/;

export function MoneyField({ value, onValueChange, unit, className, ...control }: MoneyFieldProps) {
  const t = useTranslations("common.money");
  const locale = useLocale();
  const problemId = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<AmountProblem | null>(null);
  const { symbol, leading } = unitSymbol(unit, locale);
  const change = (text: string) => {
    setDraft(text);
    setProblem(null);
    const parsed = parseAmount(text, unit, locale);
    onValueChange(text.trim() === "" ? "" : parsed.ok ? parsed.minor.toString() : text);
  };
  const leave = () => {
    if (draft === null) return;
    const parsed = parseAmount(draft, unit, locale);
    if (draft.trim() === "" || parsed.ok) return setDraft(null);
    afterPress(() => setProblem(parsed.problem));
  };
  const messages: Record<AmountProblem, string> = {
    invalid: t("invalid", { example: formatMoney(1250n * 10n ** BigInt(Math.max(0, unitScale(unit) - 2)), unit, locale) }),
    tooPrecise: t("tooPrecise", { scale: unitScale(unit) }),
    tooLarge: t("tooLarge"),
  };
  return (
    <div className={cn("flex w-40 flex-col gap-1", className)}>
      <Input
        {...control}
        inputMode="decimal"
        className={cn("text-right", leading && "text-left")}
        leading={leading ? <span className="text-sm">{symbol}</span> : undefined}
        trailing={leading ? undefined : symbol}
        aria-invalid={problem !== null || control["aria-invalid"]}
        aria-describedby={[control["aria-describedby"], problem && problemId].filter(Boolean).join(" ") || undefined}
        value={draft ?? (MINOR.test(value) ? amountAsTyped(BigInt(value), unit, locale) : value)}
        onChange={(event) => change(event.target.value)}
        onBlur={leave}
      />
      {problem && (
        <p id={problemId} className="text-danger text-xs">
          {messages[problem]}
        </p>
      )}
    </div>
  );
}

type PercentFieldProps = Partial<ControlProps> & {
  /** Whole basis points: 1250 = 12,5 %. Null while empty or not a percentage. */
  value: number | null;
  onValueChange: (bps: number | null) => void;
  disabled?: boolean;
  placeholder?: string;
  name?: string;
  className?: string;
};

export function PercentField({ value, onValueChange, className, ...control }: PercentFieldProps) {
  const t = useTranslations("common.percent");
  const locale = useLocale();
  const problemId = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [invalid, setInvalid] = useState(false);
  const leave = () => {
    if (draft === null) return;
    const refused = draft.trim() !== "" && parsePercent(draft, locale) === null;
    if (!refused) setDraft(null);
    afterPress(() => setInvalid(refused));
  };
  return (
    <div className={cn("flex w-28 flex-col gap-1", className)}>
      <Input
        {...control}
        inputMode="decimal"
        className="text-right"
        trailing="%"
        aria-invalid={invalid || control["aria-invalid"]}
        aria-describedby={[control["aria-describedby"], invalid && problemId].filter(Boolean).join(" ") || undefined}
        value={draft ?? (value === null ? "" : percentAsTyped(value, locale))}
        onChange={(event) => {
          setDraft(event.target.value);
          setInvalid(false);
          onValueChange(parsePercent(event.target.value, locale));
        }}
        onBlur={leave}
      />
      {invalid && (
        <p id={problemId} className="text-danger text-xs">
          {t("invalid", { example: percentAsTyped(1250, locale) })}
        </p>
      )}
    </div>
  );
}
