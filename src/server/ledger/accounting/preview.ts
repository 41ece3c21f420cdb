import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { bookings } from "./bookings";
import { textOf, unmapped } from "./export";
import type { ExportQuery, GlAccount } from "./schema";
import { readSetup } from "./setup";

const MAX_LINES = 100;

export type PreviewLine = {
  day: string;
  text: string;
  unit: string;
  amount: bigint;
  movements: number;
  /** The account's number, or null where the shop has not mapped it. */
  debit: { account: GlAccount; number: string | null };
  credit: { account: GlAccount; number: string | null };
};

/** The first lines of an export as they would be written, how many there are, and which accounts are missing. */
export const exportPreview = (ctx: ShopContext, query: Omit<ExportQuery, "format">) =>
  withTenant(ctx, async (handle) => {
    const setup = await readSetup(handle, ctx.shopId);
    const rows = query.to < query.from ? [] : await bookings({ ...ctx, trx: handle }, query);
    const mapped = (account: GlAccount) => ({ account, number: setup?.accounts[account] || null });
    return {
      lines: rows.slice(0, MAX_LINES).map(
        (row): PreviewLine => ({
          day: row.day,
          text: textOf(row),
          unit: row.unit,
          amount: row.amount,
          movements: row.movements,
          debit: mapped(row.debit),
          credit: mapped(row.credit),
        }),
      ),
      count: rows.length,
      missing: unmapped(rows, setup),
    };
  });
