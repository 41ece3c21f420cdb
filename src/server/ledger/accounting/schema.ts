/** What the bookkeeping needs to know, shared with the form that edits it. Pure. */
import { z } from "zod";

/** Customer credit is split by origin, so that promotional credit never mixes with liabilities (domain.md 1.11). */
export const GL_ACCOUNTS = [
  "creditPaid",
  "creditEarned",
  "creditUnpaid",
  "customerDebt",
  "paidClearing",
  "refundClearing",
  "earnedDeferral",
  "promoExpense",
  "goodwillExpense",
  "redemptionClearing",
  "breakageIncome",
  "promoUnused",
  "adjustment",
] as const;
export type GlAccount = (typeof GL_ACCOUNTS)[number];

/** Letters for bookkeeping systems that use them; DATEV takes digits only, see `datevProblems`. */
const accountNumber = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$/);

const datevNumber = (min: number, max: number) =>
  z
    .string()
    .trim()
    .refine((text) => text === "" || (/^\d{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max));

export const accountingSetupSchema = z.object({
  /** An empty one is not mapped yet: a file that needs it is refused and says so. */
  accounts: z.record(z.enum(GL_ACCOUNTS), z.union([z.literal(""), accountNumber])),
  /** Empty until the tax adviser has named them: then DATEV files can be written. */
  consultant: datevNumber(1001, 9_999_999),
  client: datevNumber(1, 99_999),
  accountLength: z.coerce.number().int().min(4).max(8),
  fiscalYearMonth: z.coerce.number().int().min(1).max(12),
});
export type AccountingSetup = z.output<typeof accountingSetupSchema>;

export const EXPORT_SCOPES = ["all", "liability"] as const;
export type ExportScope = (typeof EXPORT_SCOPES)[number];
/** `liability` leaves promotional credit out, for books that recognise it at redemption only. */
export const exportQuerySchema = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  scope: z.enum(EXPORT_SCOPES),
  format: z.enum(["csv", "datev"]),
});
export type ExportQuery = z.output<typeof exportQuerySchema>;

export const DATEV_PROBLEMS = ["setup", "numbers", "digits", "currency", "year", "period"] as const;
export type DatevProblem = (typeof DATEV_PROBLEMS)[number];

/** The calendar month number of a `YYYY-MM-DD`, counted from year 0. */
const monthOf = (date: string): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
const fiscalYearOf = (date: string, firstMonth: number): number => Math.floor((monthOf(date) - (firstMonth - 1)) / 12);

/** `YYYYMMDD` of the fiscal year's first day. */
export const fiscalYearStart = (date: string, firstMonth: number): string =>
  `${fiscalYearOf(date, firstMonth)}${String(firstMonth).padStart(2, "0")}01`;

/** Why DATEV would refuse a file; null when it would not. Dates are inclusive. */
export function datevProblem(setup: AccountingSetup | null, query: { from: string; to: string }, decimals: number): DatevProblem | null {
  if (query.to < query.from) return "period";
  if (!setup) return "setup";
  if (setup.consultant === "" || setup.client === "") return "numbers";
  const digits = new RegExp(`^[1-9]\\d{0,${setup.accountLength - 1}}$`);
  if (!Object.values(setup.accounts).every((account) => account === "" || digits.test(account))) return "digits";
  if (decimals !== 2) return "currency";
  return fiscalYearOf(query.from, setup.fiscalYearMonth) === fiscalYearOf(query.to, setup.fiscalYearMonth) ? null : "year";
}
