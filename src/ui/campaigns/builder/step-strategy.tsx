"use client";

import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { Input } from "../../primitives/input";
import { NativeSelect } from "../../primitives/select";
import { SkeletonText } from "../../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../../primitives/states";
import { StrategyEntry } from "./strategy-entry";
import type { StartingPoint } from "./use-apply-strategy";
import { type Strategy, useStrategies } from "./use-strategies";

const GOALS = ["own", "firstPurchase", "reactivate", "loyalty", "orderValue", "products", "birthday", "rfm", "prediction"] as const;

type StepStrategyProps = {
  /** Key of the strategy the draft began with. */
  current: string | null;
  /** Whether the draft has a segment already: then a strategy replaces it, and says so. */
  hasAudience: boolean;
  onApply: (start: StartingPoint) => Promise<void>;
  onSkip: () => void;
};

/** The library: what to do, for whom, with how much, and what that has earned here before. */
export function StepStrategy({ current, hasAudience, onApply, onSkip }: StepStrategyProps) {
  const t = useTranslations("campaigns.strategy");
  const { strategies, resultsReady, error, refetch } = useStrategies();
  const [search, setSearch] = useState("");
  const [goal, setGoal] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const apply = async (start: StartingPoint) => {
    if (busy) return;
    setBusy(true);
    try {
      await onApply(start);
    } finally {
      setBusy(false);
    }
  };
  const showAll = () => {
    setSearch("");
    setGoal("");
  };
  const words = search.trim().toLowerCase();
  const shown = strategies?.filter(
    (strategy) => (goal === "" || strategy.goal === goal) && `${strategy.title} ${strategy.purpose}`.toLowerCase().includes(words),
  );
  const chosen = strategies?.find((strategy) => strategy.key === current);
  return (
    <Section
      title={t("title")}
      description={t("text")}
      actions={
        <Button size="sm" variant="ghost" onClick={onSkip}>
          {t("without")}
        </Button>
      }
    >
      {chosen && (
        <Notice tone="accent" title={t("chosen", { title: chosen.title })}>
          {t("chosenText")}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leading={<Search aria-hidden className="size-4" />}
          className="w-64 max-sm:w-full"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <NativeSelect
          aria-label={t("goal")}
          className="w-48 max-sm:w-full"
          placeholder={t("allGoals")}
          options={GOALS.map((value) => ({ value, label: t(`goals.${value}`) }))}
          value={goal}
          onChange={(event) => setGoal(event.target.value)}
        />
      </div>
      {error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !shown ? (
        <SkeletonText lines={10} />
      ) : shown.length === 0 ? (
        <EmptyState
          title={goal === "own" ? t("noneOwnTitle") : t("noneTitle")}
          text={goal === "own" ? t("noneOwnText") : t("noneText")}
          action={<Button onClick={showAll}>{t("showAll")}</Button>}
        />
      ) : (
        GOALS.map((group) => (
          <Group key={group} title={t(`goals.${group}`)} strategies={shown.filter((strategy) => strategy.goal === group)}>
            {(strategy) => (
              <StrategyEntry
                strategy={strategy}
                resultsReady={resultsReady}
                isOpen={open === strategy.key}
                onToggle={() => setOpen(open === strategy.key ? null : strategy.key)}
                replaces={hasAudience}
                pending={busy}
                onApply={(start) => void apply(start)}
              />
            )}
          </Group>
        ))
      )}
    </Section>
  );
}

type GroupProps = { title: string; strategies: Strategy[]; children: (strategy: Strategy) => ReactNode };

function Group({ title, strategies, children }: GroupProps) {
  if (strategies.length === 0) return null;
  return (
    <Section level={3} title={title}>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {strategies.map((strategy) => (
          <li key={strategy.key}>{children(strategy)}</li>
        ))}
      </ul>
    </Section>
  );
}
