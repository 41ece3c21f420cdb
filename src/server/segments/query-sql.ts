import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { compileSegment } from "./compile";
import { querySchema } from "./inputs";
import { readQuery } from "./read-query";

export type QuerySql = { sql: string; parameters: { no: number; type: string; value: string }[] };

/** The statement a query becomes, for the curious. Values are never part of the text; they stand beside it. */
export function querySql(ctx: ShopContext, rawQuery: string): Promise<QuerySql> {
  const query = parseInput(querySchema, rawQuery);
  return withTenant(ctx, async (handle) => {
    const { ast, scope } = await readQuery(handle, ctx.shopId, query);
    const compiled = sql`${compileSegment(ast, scope)}`.compile(handle.trx);
    return {
      sql: inLines(compiled.sql),
      parameters: compiled.parameters.map((value, index) => ({ no: index + 1, type: typeOf(value), value: textOf(value) })),
    };
  });
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);
const textOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : String(value));

/** A line for each part of the statement and for each condition. Values are not in it, so no word of it can be one of theirs. */
const inLines = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/ (?=(?:from|join|where|group by|having) )/g, "\n")
    .replace(/ (?=(?:and|or) (?:not )?\()/g, "\n  ");
