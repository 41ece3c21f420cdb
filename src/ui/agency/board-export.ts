import { toDecimal } from "@/server/money";
import { AMOUNTS, type BoardRow } from "./board-columns";

const HEAD = ["shop", "client", "shop_id", "as_of", "unit", "outstanding", "granted_30_days", "redeemed_30_days", "lapsing_30_days"];
const RESULT = ["profit", "profit_low", "profit_high", "verdict", "campaigns_measured", "approvals", "running", "scheduled", "drafts"];

/**
 * The board as rows of a file: one per shop and unit, so that a column never holds two currencies. Result and campaigns stand in the row of
 * the shop's own currency. Amounts in major units. Pure.
 */
export function boardTable(rows: readonly BoardRow[]): string[][] {
  return [
    [...HEAD, ...RESULT],
    ...rows.flatMap(({ shop, client, shopId, currency, numbers }) => {
      const none = { unit: currency, outstanding: null, granted30: null, redeemed30: null, lapsing30: null };
      const credit = numbers?.credit ?? [];
      const lines = credit.some((entry) => entry.unit === currency) ? credit : [none, ...credit];
      return lines.map((entry) => {
        const { unit } = entry;
        const money = (minor: bigint | null | undefined): string => (minor === null || minor === undefined ? "" : toDecimal(minor, unit));
        const own = unit === currency;
        const [profit, campaigns] = own ? [numbers?.profit, numbers?.campaigns] : [null, null];
        const count = (value: number | undefined): string => (value === undefined ? "" : String(value));
        return [
          ...[shop, client, shopId, numbers?.asOf.toISOString() ?? "", unit, ...AMOUNTS.map((key) => money(entry[key]))],
          ...[money(profit?.estimate?.value), money(profit?.estimate?.low), money(profit?.estimate?.high), profit?.verdict ?? ""],
          ...[count(profit?.campaigns), count(campaigns?.approvals), count(campaigns?.running), count(campaigns?.waiting)],
          count(campaigns?.drafts),
        ];
      });
    }),
  ];
}
