import { sql } from "kysely";
import type { z } from "zod";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { cancellable } from "./cancellable";
import { compileNode, membersFrom } from "./compile";
import { loadSample } from "./count-members";
import { type CompareInput, compareInput } from "./inputs";
import { shopSize } from "./preview-segment";
import { findSegment } from "./queries";
import { type ReadQuery, readQuery } from "./read-query";
import type { Comparing, ComparisonPart } from "./results";
import type { Sight } from "./schema";

const SAMPLE = 5;

type Side = ReadQuery & { text: string };

/** Who is in both of two segments, who only in one. Each part comes with a query that can be saved as a segment of its own. */
export function compareSegments(
  ctx: ShopContext,
  rawInput: z.input<typeof compareInput>,
  options: { see: Sight; signal?: AbortSignal },
): Promise<Comparing> {
  const input = parseInput(compareInput, rawInput);
  return cancellable(ctx, { editor: input.editor, channel: "compare", signal: options.signal }, async (handle) => {
    const a = await sideOf(handle, ctx, input.a);
    const b = await sideOf(handle, ctx, input.b);
    const scope = { ...a.scope, segments: new Map([...(a.scope.segments ?? []), ...(b.scope.segments ?? [])]) };
    const [inA, inB] = [compileNode(a.ast, scope), compileNode(b.ast, scope)];
    // One pass over the people of either; which of the two holds is told per person.
    const from = membersFrom({ kind: "or", children: [a.ast, b.ast] }, scope, { customer: true });
    const result = await sql<{ a: boolean; b: boolean; n: bigint; ids: string[] }>`
      select t.a, t.b, count(*) as n, (array_agg(t.id order by t.h, t.id))[1:${SAMPLE}] as ids
      from (select ${inA} as a, ${inB} as b, m.customer_id as id, uuid_hash(m.customer_id)::bigint & 2147483647 as h ${from}) t
      group by t.a, t.b`.execute(handle.trx);
    const total = await shopSize(handle, ctx.shopId);
    const part = async (wantA: boolean, wantB: boolean, query: string): Promise<ComparisonPart> => {
      const row = result.rows.find((candidate) => candidate.a === wantA && candidate.b === wantB);
      const sample = await loadSample(handle, scope, row?.ids ?? [], options.see === "nobody" ? 0 : SAMPLE, options.see);
      return { count: Number(row?.n ?? 0n), sample, query };
    };
    const both = await part(true, true, `${a.text} AND ${b.text}`);
    const onlyA = await part(true, false, `${a.text} AND NOT ${b.text}`);
    const onlyB = await part(false, true, `${b.text} AND NOT ${a.text}`);
    return {
      total,
      a: both.count + onlyA.count,
      b: both.count + onlyB.count,
      ...{ both, onlyA, onlyB },
      neither: total - both.count - onlyA.count - onlyB.count,
    };
  });
}

/** A saved segment is named, so that the saved part follows its changes; anything else stands in parentheses. */
async function sideOf(handle: TenantTrx, ctx: ShopContext, side: CompareInput["a"]): Promise<Side> {
  if ("id" in side) {
    const segment = await findSegment(handle, ctx, side.id);
    return { ...(await readQuery(handle, ctx.shopId, segment.query)), text: `in_segment('${segment.id}')` };
  }
  const text = side.query.trim();
  // An empty query is everyone; in a longer one that needs words.
  return { ...(await readQuery(handle, ctx.shopId, text)), text: text === "" ? "number_of_orders >= 0" : `(${text})` };
}
