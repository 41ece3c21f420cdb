"use client";

import { useLocale, useTranslations } from "next-intl";
import { VERDICT_TONE } from "../analytics/headline";
import { formatMoney } from "../format";
import { Badge } from "../primitives/badge";
import type { DataColumn } from "../primitives/table-model";
import { Tooltip } from "../primitives/tooltip";
import { Money } from "../primitives/values";
import type { RouterOutput } from "../trpc";

export type Board = RouterOutput["agencies"]["board"];
export type BoardRow = Board["rows"][number];
export const AMOUNTS = ["outstanding", "granted30", "redeemed30", "lapsing30"] as const;
export type Amount = (typeof AMOUNTS)[number];

/** What a shop's books say of a unit; zero where it has none of it, null where they may not be read. */
export function amountOf({ numbers }: BoardRow, unit: string, amount: Amount): bigint | null {
  if (!numbers?.credit) return null;
  return numbers.credit.find((entry) => entry.unit === unit)?.[amount] ?? 0n;
}

/**
 * The columns of the board. Amounts sort only while a single unit is shown: a hundred francs are not more than ninety euros.
 * @param unit the chosen unit; null shows every shop's own and others below it
 */
export function useBoardColumns(unit: string | null): readonly [DataColumn<BoardRow>, ...DataColumn<BoardRow>[]] {
  const t = useTranslations("agency");
  const amount = (id: Amount, hideBelow?: "sm" | "md" | "lg"): DataColumn<BoardRow> => ({
    id,
    header: t(id),
    align: "end",
    hideBelow,
    ...(unit ? { sortable: (row: BoardRow) => amountOf(row, unit, id) } : {}),
    cell: (row) => <Amounts row={row} amount={id} unit={unit} />,
  });
  return [
    {
      id: "shop",
      header: t("shop"),
      sortable: (row) => row.shop,
      cell: (row) => (
        <span className="flex min-w-0 flex-col py-1">
          <span className="truncate font-medium">{row.shop}</span>
          <span className="truncate text-muted text-xs">{row.client}</span>
        </span>
      ),
    },
    amount("outstanding"),
    amount("granted30", "md"),
    amount("redeemed30", "md"),
    amount("lapsing30", "sm"),
    {
      id: "profit",
      header: t("profit"),
      align: "end",
      ...(unit ? { sortable: (row: BoardRow) => row.numbers?.profit?.estimate?.value ?? null } : {}),
      cell: (row) => <Profit row={row} />,
    },
    {
      id: "approvals",
      header: t("approvals"),
      align: "end",
      hideBelow: "sm",
      sortable: (row) => row.numbers?.campaigns?.approvals ?? null,
      cell: (row) => row.numbers?.campaigns?.approvals ?? "–",
    },
    {
      id: "running",
      header: t("running"),
      align: "end",
      hideBelow: "lg",
      sortable: (row) => row.numbers?.campaigns?.running ?? null,
      cell: ({ numbers }) => (numbers?.campaigns ? `${numbers.campaigns.running} / ${numbers.campaigns.waiting}` : "–"),
    },
  ];
}

function Unread() {
  const t = useTranslations("agency");
  return (
    <Tooltip content={t("failedHint")}>
      <button type="button" className="relative z-10 cursor-help text-danger text-xs">
        {t("failed")}
      </button>
    </Tooltip>
  );
}

type AmountsProps = { row: BoardRow; amount: Amount; unit: string | null };

/** Each unit by itself; nothing is a zero in the shop's currency. */
function Amounts({ row, amount, unit }: AmountsProps) {
  if (row.numbers === null) return amount === "outstanding" ? <Unread /> : "–";
  const { credit } = row.numbers;
  if (!credit) return "–";
  const shown = credit.filter((entry) => (unit ? entry.unit === unit : true));
  if (shown.length === 0) return <Money minor={0n} unit={unit ?? row.currency} />;
  return (
    <span className="flex flex-col items-end">
      {shown.map((entry) => (
        <Money key={entry.unit} minor={entry[amount]} unit={entry.unit} />
      ))}
    </span>
  );
}

function Profit({ row }: { row: BoardRow }) {
  const verdict = useTranslations("analytics.verdict");
  const profit = row.numbers?.profit;
  if (!profit) return "–";
  return (
    <span className="flex flex-col items-end gap-0.5 py-1">
      {profit.estimate && <ProfitRange estimate={profit.estimate} unit={profit.unit} />}
      <Badge tone={VERDICT_TONE[profit.verdict]}>{verdict(profit.verdict)}</Badge>
    </span>
  );
}

type RangeProps = { estimate: { value: bigint; low: bigint; high: bigint }; unit: string };

export function ProfitRange({ estimate, unit }: RangeProps) {
  const t = useTranslations("agency");
  const locale = useLocale();
  const money = (minor: bigint) => formatMoney(minor, unit, locale, { sign: "always" });
  return (
    <span className="flex flex-col items-end">
      <Money minor={estimate.value} unit={unit} sign="always" />
      <span className="tabular text-muted text-xs">{t("range", { low: money(estimate.low), high: money(estimate.high) })}</span>
    </span>
  );
}
