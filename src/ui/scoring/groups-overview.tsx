"use client";

import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import type { Borders, RfmResult } from "@/server/scoring/schema";
import { RFM_GROUPS } from "@/server/scoring/schema";
import { BarChart } from "../charts/bar-chart";
import { LineChart } from "../charts/line-chart";
import { Card, Section } from "../primitives/card";
import type { RouterOutput } from "../trpc";
import { BordersTable } from "./borders-table";
import { GroupMembers } from "./group-members";
import { GroupsTable } from "./groups-table";
import { RfmMap } from "./rfm-map";

type History = RouterOutput["scoring"]["history"];

/** The six groups with their numbers, the map of scores, and the people of what is chosen in either. */
export function GroupsOverview({ result, history }: { result: RfmResult; history: History }) {
  const t = useTranslations("scoring");
  const name = useTranslations("scoring.group");
  const [group, setGroup] = useQueryState("group", parseAsStringLiteral(RFM_GROUPS).withOptions({ history: "push" }));
  const [cell, setCell] = useQueryState("cell", { history: "push" });
  const chosen = parseCell(cell);
  const choose = (next: { group?: (typeof RFM_GROUPS)[number]; cell?: string }) => {
    void setGroup(next.group ?? null);
    void setCell(next.cell ?? null);
  };
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <Section title={t("groups.title")} description={t("groups.text", { customers: result.customers })}>
        <GroupsTable result={result} history={history} chosen={group} onChoose={(next) => choose({ group: next })} />
      </Section>
      <div className="grid min-w-0 gap-8 lg:grid-cols-2">
        <Section title={t("map.title")} description={t("map.text")}>
          <RfmMap cells={result.cells} total={result.customers} chosen={chosen} onChoose={(key) => choose({ cell: key })} />
        </Section>
        <Section title={t("share.title")}>
          <Card>
            <BarChart
              title={t("share.revenue")}
              categoryLabel={t("groups.group")}
              valueLabel={t("groups.revenue")}
              format={{ kind: "money", unit: result.currency }}
              orientation="horizontal"
              bars={result.groups.map(({ group, revenue }) => ({ id: group, label: name(group), value: BigInt(revenue) }))}
            />
          </Card>
        </Section>
      </div>
      {(group || chosen) && <GroupMembers key={`${group}${cell}`} group={group} cell={chosen} result={result} onClose={() => choose({})} />}
      {group && history.length > 1 && <Sizes group={group} history={history} />}
      {result.borders && <Method borders={result.borders} currency={result.currency} />}
    </div>
  );
}

/** How large a group was in every kept monthly run. */
function Sizes({ group, history }: { group: (typeof RFM_GROUPS)[number]; history: History }) {
  const t = useTranslations("scoring.groups");
  const name = useTranslations("scoring.group");
  const title = t("historyOf", { group: name(group) });
  const points = history.map((run) => ({
    x: run.at.toISOString().slice(0, 10),
    value: run.groups.find((entry) => entry.group === group)?.customers ?? 0,
  }));
  return (
    <Card>
      <LineChart
        title={title}
        xLabel={t("run")}
        format={{ kind: "number" }}
        series={[{ id: "customers", label: t("customers"), points }]}
      />
    </Card>
  );
}

function Method({ borders, currency }: { borders: Borders; currency: string }) {
  const t = useTranslations("scoring.method");
  return (
    <Section title={t("title")} description={t("text")}>
      <BordersTable borders={borders} currency={currency} />
    </Section>
  );
}

export type Cell = { recency: number; frequency: number };

/** "53" in the address: recency 5, frequency 3. */
export function parseCell(text: string | null): Cell | null {
  const match = /^([1-5])([1-5])$/.exec(text ?? "");
  return match ? { recency: Number(match[1]), frequency: Number(match[2]) } : null;
}
