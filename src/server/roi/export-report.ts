import { readCampaign } from "@/server/campaigns/read-campaigns";
import { type CsvValue, writeCsv } from "@/server/csv";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignReport } from "./campaign-report";
import { programme } from "./programme";
import { campaignIdSchema, type Estimate } from "./schema";

const whole = (value: number): CsvValue => ({ number: String(value) });

/** A campaign's report as CSV: one line per figure with its interval, then the curves by day per person. Amounts in major units of `unit`. */
export async function exportReport(ctx: ShopContext, input: unknown): Promise<{ campaign: string; csv: string }> {
  const { id } = parseInput(campaignIdSchema, input);
  const [report, campaign] = await withTenant(ctx, async (handle) => [
    await campaignReport({ ...ctx, trx: handle }, { id }),
    await readCampaign(handle, ctx.shopId, id),
  ]);
  const money = (value: bigint): CsvValue => ({ number: toDecimal(value, report.unit) });
  const line = (section: string, name: string, value: CsvValue, low: CsvValue = null, high: CsvValue = null): CsvValue[] => [
    section,
    name,
    value,
    low,
    high,
  ];
  const range = (section: string, name: string, e: Estimate): CsvValue[] =>
    line(section, name, money(e.value), money(e.low), money(e.high));
  const rows: CsvValue[][] = [
    line("report", "unit", report.unit),
    line("report", "as_of", report.asOf.toISOString()),
    line("report", "verdict", report.verdict.kind),
    line("report", "preliminary", String(report.preliminary)),
    line("report", "margin_bps", whole(report.marginBps)),
  ];
  for (const [arm, own] of Object.entries(report.arms)) {
    rows.push(line(arm, "people", whole(own.people)), line(arm, "buyers", whole(own.buyers)), line(arm, "orders", whole(own.orders)));
    rows.push(line(arm, "revenue", money(own.revenue)), line(arm, "revenue_per_person", money(own.perPerson)));
  }
  for (const [name, amount] of report.messageOnly ? [] : Object.entries(report.credit))
    rows.push(line("credit", name, typeof amount === "bigint" ? money(amount) : whole(amount)));
  if (report.effect) {
    const { revenuePerPerson, profitPerPerson, incrementalRevenue, profit, cost } = report.effect;
    rows.push(range("effect", "revenue_per_person", revenuePerPerson), range("effect", "profit_per_person", profitPerPerson));
    rows.push(
      range("effect", "incremental_revenue", incrementalRevenue),
      range("effect", "profit", profit),
      line("effect", "cost", money(cost)),
    );
  }
  for (const { method, revenuePerPerson } of report.methods) rows.push(range("method", method, revenuePerPerson));
  for (const variant of report.variants)
    if (variant.effect) rows.push(range("variant", toDecimal(variant.amount, report.unit), variant.effect));
  if (!report.messageOnly)
    rows.push(
      line("attributed", "orders", whole(report.attributed.orders)),
      line("attributed", "revenue", money(report.attributed.revenue)),
    );
  for (const warning of report.warnings) rows.push(line("warning", warning, null));
  for (const { day, treated, control, difference } of report.curve) {
    rows.push(line("curve_treated", `day_${day}`, money(treated)), line("curve_control", `day_${day}`, money(control)));
    if (difference) rows.push(range("curve_difference", `day_${day}`, difference));
  }
  return { campaign: campaign.name, csv: writeCsv(["section", "name", "value", "low", "high"], rows) };
}

/** All campaigns beside each other as CSV. */
export async function exportProgramme(ctx: ShopContext): Promise<string> {
  const { unit, campaigns } = await programme(ctx);
  const money = (value: bigint | undefined): CsvValue => (value === undefined ? null : { number: toDecimal(value, unit) });
  const header = ["campaign", "strategy", "segment", "status", "released_at", "verdict", "reason", "people", "unit", "cost"];
  const estimates = ["profit", "profit_low", "profit_high", "per_person", "per_person_low", "per_person_high", "shrunken"];
  return writeCsv(
    [...header, ...estimates],
    campaigns.map((row) => [
      ...[row.name, row.strategy, row.segment, row.status, row.releasedAt?.toISOString() ?? null, row.verdict, row.reason],
      ...[whole(row.people), unit, money(row.cost), money(row.profit?.value), money(row.profit?.low), money(row.profit?.high)],
      ...[money(row.profitPerPerson?.value), money(row.profitPerPerson?.low), money(row.profitPerPerson?.high), money(row.shrunken?.value)],
    ]),
  );
}
