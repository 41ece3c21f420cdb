"use client";

import { useLocale, useTranslations } from "next-intl";
import { BarChart } from "../charts/bar-chart";
import { LineChart } from "../charts/line-chart";
import { formatNumber } from "../format";
import { Card, Section } from "../primitives/card";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Loaded } from "./loading";

type Data = RouterOutput["roi"]["habits"];

/** How customers buy: order value, repeat rate, interval, the way to the second order, and those with credit beside the others. */
export function Habits() {
  const shop = useShop();
  const query = trpc.roi.habits.useQuery({ shopId: shop.id });
  return <Loaded query={query}>{(data) => <Charts data={data} />}</Loaded>;
}

function Charts({ data }: { data: Data }) {
  const t = useTranslations("analytics.habits");
  const locale = useLocale();
  const money = { kind: "money", unit: data.unit } as const;
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <div className="grid min-w-0 gap-8 lg:grid-cols-2">
        <Card>
          <LineChart
            title={t("averageOrder")}
            xLabel={t("month")}
            format={money}
            series={[
              { id: "value", label: t("averageOrder"), points: data.averageOrder.map(({ month, value }) => ({ x: `${month}-01`, value })) },
            ]}
          />
        </Card>
        <Card>
          <LineChart
            title={t("repeatRate")}
            xLabel={t("month")}
            format={{ kind: "percent", digits: 0 }}
            series={[
              {
                id: "rate",
                label: t("repeatRate"),
                points: data.repeatRate.map(({ month, customers, again }) => ({
                  x: `${month}-01`,
                  value: customers === 0 ? null : again / customers,
                })),
              },
            ]}
          />
        </Card>
        <Card>
          <BarChart
            title={
              data.intervalMedian === null
                ? t("interval")
                : t("intervalMedian", { days: formatNumber(Math.round(data.intervalMedian), locale) })
            }
            categoryLabel={t("days")}
            valueLabel={t("pairs")}
            format={{ kind: "number" }}
            bars={data.interval.map(({ from, to, pairs }) => ({
              id: String(from),
              label: to === null ? t("from", { from }) : t("range", { from, to: to - 1 }),
              value: pairs,
            }))}
          />
        </Card>
        <Card>
          <LineChart
            title={t("secondOrder")}
            xLabel={t("daysSinceFirst")}
            format={{ kind: "percent", digits: 0 }}
            series={[
              { id: "share", label: t("secondOrder"), points: data.secondOrder.map(({ day, share }) => ({ x: day, value: share })) },
            ]}
          />
        </Card>
      </div>
      <CreditUsers data={data} />
    </div>
  );
}

function CreditUsers({ data }: { data: Data }) {
  const t = useTranslations("analytics.habits");
  const locale = useLocale();
  const row = (name: "withCredit" | "without") => {
    const side = data.creditUsers[name];
    return (
      <Tr key={name}>
        <Th scope="row">{t(name)}</Th>
        <Td className="tabular text-right">{formatNumber(side.customers, locale)}</Td>
        <Td className="tabular text-right">{formatNumber(side.ordersPerCustomer, locale, { digits: 2 })}</Td>
        <Td className="tabular text-right">{side.averageOrder === null ? "–" : <Money minor={side.averageOrder} unit={data.unit} />}</Td>
        <Td className="tabular text-right">
          <Money minor={side.revenuePerCustomer} unit={data.unit} />
        </Td>
      </Tr>
    );
  };
  return (
    <Section title={t("creditUsers")} description={t("notCausal")}>
      <TableFrame label={t("creditUsers")}>
        <Table aria-label={t("creditUsers")}>
          <thead>
            <Tr>
              <Th>{t("customers")}</Th>
              {(["count", "orders", "averageOrder", "revenue"] as const).map((key) => (
                <Th key={key} className="text-right">
                  {t(key)}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {row("withCredit")}
            {row("without")}
          </tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}
