"use client";

import { useLocale, useTranslations } from "next-intl";
import { BarChart } from "../charts/bar-chart";
import { LineChart } from "../charts/line-chart";
import { formatDay, formatNumber, formatPercent } from "../format";
import { monthLabel } from "../ledger/month-label";
import { ButtonLink } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { Stat, StatRow } from "../primitives/stat";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Loaded } from "./loading";

type Data = RouterOutput["roi"]["liabilitySeries"];

/** What is owed and when it lapses, how it grew, how fast credit is redeemed, and what reminders went along with. */
export function LiabilityCharts() {
  const t = useTranslations("analytics.liability");
  const shop = useShop();
  const query = trpc.roi.liabilitySeries.useQuery({ shopId: shop.id });
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">{t("text")}</p>
        <ButtonLink size="sm" href={`/s/${shop.id}/ledger`}>
          {t("books")}
        </ButtonLink>
      </div>
      <Loaded query={query}>{(data) => <Charts data={data} />}</Loaded>
    </div>
  );
}

function Charts({ data }: { data: Data }) {
  const t = useTranslations("analytics.liability");
  const locale = useLocale();
  const money = { kind: "money", unit: data.unit } as const;
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <StatRow>
        <Stat label={t("outstanding")} value={<Money minor={data.outstanding} unit={data.unit} />} size="lg" />
        <Stat label={t("held")} value={<Money minor={data.held} unit={data.unit} />} />
        <Stat label={t("later")} value={<Money minor={data.later} unit={data.unit} />} />
        <Stat label={t("noExpiry")} value={<Money minor={data.noExpiry} unit={data.unit} />} />
      </StatRow>
      <div className="grid min-w-0 gap-8 lg:grid-cols-2">
        <Card>
          <BarChart
            title={t("weeks")}
            categoryLabel={t("week")}
            valueLabel={t("amount")}
            format={money}
            bars={data.weeks.map(({ week, amount }) => ({ id: week, label: formatDay(`${week}T00:00:00Z`, "UTC", locale), value: amount }))}
          />
        </Card>
        <Card>
          <LineChart
            title={t("development")}
            xLabel={t("month")}
            format={money}
            series={[
              {
                id: "closing",
                label: t("outstanding"),
                points: data.months.map(({ month, closing }) => ({ x: `${month}-01`, value: closing })),
              },
            ]}
          />
        </Card>
      </div>
      {data.cohorts.map((part) => (
        <Redemption key={part.origin} part={part} unit={data.unit} />
      ))}
      {data.reminders && <Reminders reminders={data.reminders} />}
    </div>
  );
}

/** Redeemed share of the newest two cohorts with some age, and the expected breakage of the whole. */
function Redemption({ part, unit }: { part: Data["cohorts"][number]; unit: string }) {
  const t = useTranslations("analytics.liability");
  const origin = useTranslations("ledger.books.origin");
  const locale = useLocale();
  const aged = part.cohorts.filter((cohort) => cohort.redeemed.length > 1 && cohort.granted > 0n).slice(-2);
  const [older, newer] = aged.map((cohort, index) => ({
    id: `${index}`,
    label: monthLabel(cohort.month, locale),
    dashed: index === 1,
    points: cohort.redeemed.map((redeemed, age) => ({ x: age, value: Number(redeemed) / Number(cohort.granted) })),
  }));
  return (
    <Section
      title={t("redemption", { origin: origin(part.origin) })}
      description={
        part.ladder.status === "notEnoughHistory"
          ? t("notEnoughHistory", { cohorts: part.ladder.cohorts, needed: part.ladder.needed })
          : part.ladder.breakage === null
            ? t("noBreakage")
            : t.rich("breakage", {
                amount: () => <Money minor={part.ladder.status === "estimated" ? (part.ladder.breakage ?? 0n) : 0n} unit={unit} />,
              })
      }
    >
      {older && (
        <Card>
          <LineChart
            title={t("redeemedShare")}
            xLabel={t("age")}
            format={{ kind: "percent", digits: 0 }}
            series={newer ? [older, newer] : [older]}
          />
        </Card>
      )}
    </Section>
  );
}

function Reminders({ reminders }: { reminders: NonNullable<Data["reminders"]> }) {
  const t = useTranslations("analytics.liability");
  const locale = useLocale();
  const side = (name: "reminded" | "notReminded") => {
    const { lots, granted, redeemed } = reminders[name];
    return (
      <Stat
        label={t(name)}
        value={granted === 0n ? "–" : formatPercent(Number(redeemed) / Number(granted), locale, { digits: 1 })}
        hint={t("lots", { count: formatNumber(lots, locale) })}
      />
    );
  };
  return (
    <Section title={t("reminders")} description={t("notCausal")}>
      <StatRow>
        {side("reminded")}
        {side("notReminded")}
      </StatRow>
    </Section>
  );
}
