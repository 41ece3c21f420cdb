import type { z } from "zod";
import { countryCode } from "@/server/customers/country-code";
import { emailKey } from "@/server/customers/email-key";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { unitScale } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import { orderStatus } from "./order-status";
import { DateReader, parseDecimal, toMinor } from "./parse-values";
import { type ImportField, type ImportOptions, type IssueReason, previewSchema } from "./schema";
import { consentOf } from "./stage-customers";
import { startImportInput } from "./start-import";

/** How one cell would be understood. `money` is minor units, `instant` ISO 8601 UTC; `problem` says why it would not. */
export type ReadCell =
  | { type: "text" | "money" | "instant" | "date" | "number"; value: string }
  | { type: "problem"; reason: IssueReason; raw: string };

export type CheckedSample = {
  rows: { line: number; cells: Partial<Record<ImportField, ReadCell>> }[];
  /** Cells that cannot be read, per field, over the whole sample. */
  problems: Partial<Record<ImportField, number>>;
  sampled: number;
};

const SHOWN = 6;
const REQUIRED_CELLS: readonly ImportField[] = ["order_id", "ordered_at", "quantity", "unit_price"];

function readCell(field: ImportField, raw: string, options: ImportOptions, dates: DateReader): ReadCell | null {
  const problem = (reason: IssueReason): ReadCell => ({ type: "problem", reason, raw });
  if (raw === "") return REQUIRED_CELLS.includes(field) ? problem("MISSING") : null;
  switch (field) {
    case "ordered_at":
    case "added_at":
    case "email_consent_at": {
      const at = dates.instant(raw);
      return at === null ? problem("DATE") : { type: "instant", value: new Date(at).toISOString() };
    }
    case "birth_date": {
      const date = dates.date(raw);
      return date === null ? problem("DATE") : { type: "date", value: date };
    }
    case "unit_price":
    case "total":
    case "tax":
    case "shipping":
    case "refunded": {
      const value = parseDecimal(raw, options.decimalMark);
      const minor = value && toMinor(value, unitScale(options.currency));
      return minor === null ? problem("NUMBER") : { type: "money", value: String(minor) };
    }
    case "quantity": {
      const value = parseDecimal(raw, options.decimalMark);
      return value === null || value.scale > 0 ? problem("NUMBER") : { type: "number", value: String(value.mantissa) };
    }
    case "email":
      return emailKey(raw) === null ? problem("EMAIL") : { type: "text", value: raw };
    case "country": {
      const code = countryCode(raw);
      return code === null ? problem("COUNTRY_UNKNOWN") : { type: "text", value: code };
    }
    case "status": {
      const status = orderStatus(raw);
      return status === null ? problem("STATUS_UNKNOWN") : { type: "text", value: status };
    }
    case "email_consent":
    case "sms_consent": {
      const consent = consentOf(raw);
      return consent === null ? problem("CONSENT_UNKNOWN") : { type: "text", value: consent };
    }
    default:
      return { type: "text", value: raw };
  }
}

/** Reads the sample of an upload with a mapping that is not final yet: what a person sees before starting. */
export async function checkSample(ctx: ShopContext, raw: z.input<typeof startImportInput>): Promise<CheckedSample> {
  const input = parseInput(startImportInput, raw);
  const { mapping, options } = input;
  if (!isTimeZone(options.timeZone)) throw new AppError("VALIDATION", { fields: "options.timeZone" });
  const row = await withTenant(ctx, ({ trx }) =>
    trx.selectFrom("data_import").select("preview").where("shop_id", "=", ctx.shopId).where("id", "=", input.id).executeTakeFirst(),
  );
  if (!row) throw new AppError("NOT_FOUND");
  const preview = previewSchema.parse(row.preview);
  const dates = new DateReader(options.dateOrder, options.timeZone);
  const fields = (Object.entries(mapping) as [ImportField, string][]).map(([field, name]) => ({
    field,
    column: preview.columns.indexOf(name),
  }));
  const result: CheckedSample = { rows: [], problems: {}, sampled: preview.sample.length };
  for (const [index, record] of preview.sample.entries()) {
    const cells: Partial<Record<ImportField, ReadCell>> = {};
    for (const { field, column } of fields) {
      const cell = readCell(field, record[column] ?? "", options, dates);
      if (cell) cells[field] = cell;
      if (cell?.type === "problem") result.problems[field] = (result.problems[field] ?? 0) + 1;
    }
    if (index < SHOWN) result.rows.push({ line: index + 2, cells });
  }
  return result;
}
