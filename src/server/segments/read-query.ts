import { AppError } from "@/server/errors";
import type { TenantTrx } from "@/server/tenancy/context";
import type { CustomTypes } from "./language/custom-name";
import { parseQuery, type Span } from "./language/parse";
import { segmentsNamed } from "./parameters";
import { scopeOf } from "./queries";
import { type Ast, CUSTOM_TYPES, clausesOf, type Issue, LIMITS } from "./schema";
import type { Scope } from "./semantics";

/** A query in its shop: what it says, and all that is needed to compile or evaluate it. */
export type ReadQuery = { ast: Ast; scope: Scope };

const syntax = (issues: readonly [Issue, ...Issue[]]): AppError => {
  const [first] = issues;
  return new AppError("SEGMENT_SYNTAX", { from: first.from, to: first.to, reason: first.code, issues: JSON.stringify(issues) });
};

/** The shop's own attributes; asked only when a query seems to name one. */
export async function customTypes({ trx }: TenantTrx, shopId: string, text: string): Promise<CustomTypes> {
  if (!/metafields\./i.test(text)) return {};
  const rows = await trx.selectFrom("customer_attribute").select(["key", "type"]).where("shop_id", "=", shopId).execute();
  const types: Record<string, (typeof CUSTOM_TYPES)[number]> = {};
  for (const { key, type } of rows) {
    const known = CUSTOM_TYPES.find((candidate) => candidate === type);
    if (known) types[key] = known;
  }
  return types;
}

/**
 * The one way from a text to a query that can be asked: parses it with the shop's own attributes and resolves the segments it names.
 * A query with errors is SEGMENT_SYNTAX, which names the first of them and carries all; so is one that contains itself. `self` is the
 * segment the text is about to become, so that no edit closes a circle.
 */
export async function readQuery(handle: TenantTrx, shopId: string, text: string, self?: string): Promise<ReadQuery> {
  const parsed = parseQuery(text, { custom: await customTypes(handle, shopId, text) });
  if (!parsed.ast) throw syntax(parsed.issues);
  const { segments, issue } = await resolve(handle, shopId, { ast: parsed.ast, spans: parsed.spans }, self);
  if (issue) throw syntax([issue]);
  return { ast: parsed.ast, scope: { ...(await scopeOf(handle, shopId)), segments } };
}

export const idsNamed = (ast: Ast): string[] =>
  clausesOf(ast).flatMap((clause) => (clause.kind === "matches" && clause.function === "in_segment" ? segmentsNamed(clause).ids : []));

type Resolved = { segments: Map<string, Ast>; issue?: Issue };

/** Depth first, because a circle is a segment that is met again on the way down to it. */
async function resolve(handle: TenantTrx, shopId: string, root: { ast: Ast; spans: Span[] }, self?: string): Promise<Resolved> {
  const segments = new Map<string, Ast>();
  const names = new Map<string, string>();
  const spanOf = (clause: number) => root.spans[clause] ?? { from: 0, to: 0 };
  let clauses = clausesOf(root.ast).length;
  const visit = async (ids: readonly string[], path: readonly string[]): Promise<Pick<Issue, "code" | "params"> | undefined> => {
    for (const id of ids) {
      if (path.includes(id)) return { code: "segmentCycle", params: { name: names.get(path[1] ?? id) ?? names.get(id) ?? id } };
      if (path.length > MAX_DEPTH) return { code: "segmentsTooDeep", params: { max: MAX_DEPTH } };
      if (segments.has(id)) continue;
      const loaded = await load(handle, shopId, id);
      if (!loaded) return { code: "segmentUnknown", params: { name: id } };
      names.set(id, loaded.name);
      clauses += clausesOf(loaded.ast).length;
      if (clauses > MAX_CLAUSES) return { code: "tooManyClauses", params: { max: MAX_CLAUSES } };
      const inner = await visit(idsNamed(loaded.ast), [...path, id]);
      if (inner) return inner;
      segments.set(id, loaded.ast);
    }
    return undefined;
  };
  for (const [index, clause] of clausesOf(root.ast).entries()) {
    const problem = await visit(idsNamed(clause), [self ?? ""]);
    if (problem) return { segments, issue: { ...problem, ...spanOf(index), expected: [] } };
  }
  return { segments };
}

/** Segments within segments within segments. */
const MAX_DEPTH = 10;
/** Conditions of a query together with those of all segments it names. */
const MAX_CLAUSES = LIMITS.clauses * 5;

async function load(handle: TenantTrx, shopId: string, id: string): Promise<{ name: string; ast: Ast } | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return undefined;
  const row = await handle.trx
    .selectFrom("segment")
    .select(["name", "query"])
    .where("shop_id", "=", shopId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) return undefined;
  const { ast } = parseQuery(row.query, { custom: await customTypes(handle, shopId, row.query) });
  return ast ? { name: row.name, ast } : undefined;
}
