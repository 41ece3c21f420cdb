import iconv from "iconv-lite";
import { recordAudit } from "@/server/audit/record-audit";
import { requireStrong } from "@/server/auth/session";
import { csvCell, fileSlug } from "@/server/csv";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { toDecimal, unitScale } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { instantToLocal } from "@/server/time";
import type { SignedIn } from "@/server/trpc/context";
import type { OriginClass, TransferKind } from "../schema";
import { type Booking, bookings } from "./bookings";
import { datevFile } from "./datev";
import {
  type AccountingSetup,
  datevProblem,
  type ExportQuery,
  exportQuerySchema,
  fiscalYearStart,
  GL_ACCOUNTS,
  type GlAccount,
} from "./schema";
import { readSetup } from "./setup";

/** The export leaves the product, so it wants a fresh proof of the password (domain.md 5.4). Throws STEP_UP_REQUIRED. */
export async function exportAllowed(signedIn: SignedIn): Promise<{ allowed: true }> {
  await requireStrong(signedIn);
  return { allowed: true };
}

/** What the bookkeeper reads; German, because the files go to German bookkeeping whatever the reader's language is. */
const KIND_TEXT: Record<TransferKind, string> = {
  grant: "Gutschrift",
  hold: "Reservierung",
  capture: "Einlösung",
  release: "Freigabe",
  redeem: "Einlösung",
  refund: "Erstattung",
  expire: "Verfall",
  recall: "Rückruf",
  adjust: "Korrektur",
  merge: "Zusammenführung",
  clawback: "Rückforderung",
  convert: "Umwandlung",
};
const ORIGIN_TEXT: Record<OriginClass, string> = { unpaid: "Aktionsguthaben", earned: "verdientes Guthaben", paid: "bezahltes Guthaben" };

/** The accounts that the bookings need and the shop has not mapped. */
export const unmapped = (rows: readonly Booking[], setup: AccountingSetup | null): GlAccount[] =>
  GL_ACCOUNTS.filter((name) => !setup?.accounts[name] && rows.some((row) => row.debit === name || row.credit === name));

export const textOf = (booking: Booking): string => `${KIND_TEXT[booking.kind]} ${ORIGIN_TEXT[booking.origin]} (${booking.movements})`;

/** `GH20260307-2`: the second line of a day, the same in every export of that scope. */
function withReferences(rows: readonly Booking[]): (Booking & { reference: string })[] {
  const perDay = new Map<string, number>();
  return rows.map((row) => {
    const no = (perDay.get(row.day) ?? 0) + 1;
    perDay.set(row.day, no);
    return { ...row, reference: `GH${row.day.replaceAll("-", "")}-${no}` };
  });
}

const HEADER = ["date", "reference", "debit", "credit", "amount", "currency", "text", "kind", "origin", "ifrs_liability", "movements"];

function csvFile(rows: readonly Booking[], accounts: AccountingSetup["accounts"]): string {
  const lines = withReferences(rows).map((row) => {
    const texts = [row.day, row.reference, accounts[row.debit], accounts[row.credit]].map(csvCell);
    // The amount is ours: digits and a point only.
    const figures = [toDecimal(row.amount, row.unit), ...[row.unit, textOf(row), row.kind, row.origin].map(csvCell)];
    return [...texts, ...figures, row.origin === "unpaid" ? "no" : "yes", String(row.movements)].join(",");
  });
  return `\uFEFF${[HEADER.join(","), ...lines].map((line) => `${line}\r\n`).join("")}`;
}

export type AccountingFile = { name: string; type: string; body: Buffer<ArrayBuffer> };

/**
 * The bookings of a period as a file for the bookkeeping: CSV (UTF-8, every currency) or DATEV (Windows-1252, the shop's currency).
 * Without customers: the books need sums, not people. VALIDATION names what is missing. Who exported what is in the audit log.
 */
export const exportAccounting = (ctx: ShopContext, raw: unknown): Promise<AccountingFile> =>
  withTenant(ctx, async (handle) => {
    const query: ExportQuery = parseInput(exportQuerySchema, raw);
    const shop = await handle.trx
      .selectFrom("shop")
      .select(["name", "currency", "time_zone"])
      .where("id", "=", ctx.shopId)
      .executeTakeFirstOrThrow();
    const setup = await readSetup(handle, ctx.shopId);
    if (!setup) throw new AppError("VALIDATION", { field: "accounts" });
    if (query.to < query.from) throw new AppError("VALIDATION", { field: "to" });
    const problem = query.format === "datev" ? datevProblem(setup, query, unitScale(shop.currency)) : null;
    if (problem) throw new AppError("VALIDATION", { field: "datev", problem });
    const rows = await bookings({ ...ctx, trx: handle }, query);
    const missing = unmapped(rows, setup);
    if (missing.length > 0) throw new AppError("VALIDATION", { field: "accounts", missing: missing.join(", ") });
    const { from, to, scope, format } = query;
    await recordAudit(handle.trx, ctx, {
      action: "ledger.exported",
      entity: "ledger",
      entityId: ctx.shopId,
      after: { from, to, scope, format, lines: rows.length },
    });
    if (format === "csv") {
      return {
        name: `guthaben-accounting-${fileSlug(shop.name)}-${from}-${to}.csv`,
        type: "text/csv; charset=utf-8",
        body: Buffer.from(csvFile(rows, setup.accounts), "utf8"),
      };
    }
    const text = datevFile(
      {
        createdAt: `${instantToLocal(handle.now, shop.time_zone).replace(/\D/g, "")}${String(handle.now.getUTCMilliseconds()).padStart(3, "0")}`,
        consultant: setup.consultant,
        client: setup.client,
        fiscalYearStart: fiscalYearStart(from, setup.fiscalYearMonth),
        accountLength: setup.accountLength,
        from,
        to,
        title: `Guthaben ${from} ${to}`,
        currency: shop.currency,
      },
      withReferences(rows.filter((row) => row.unit === shop.currency)).map((row) => ({
        cents: row.amount,
        debit: setup.accounts[row.debit],
        credit: setup.accounts[row.credit],
        day: row.day,
        reference: row.reference,
        text: textOf(row),
      })),
    );
    return {
      name: `EXTF_Guthaben_${from}_${to}.csv`,
      type: "text/csv; charset=windows-1252",
      body: Buffer.from(iconv.encode(text, "windows-1252")),
    };
  });
