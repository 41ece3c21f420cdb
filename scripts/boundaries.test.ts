import { beforeAll, describe, expect, it } from "vitest";
import { checkBoundaries, readSources } from "./boundaries.mjs";

/** One planted file per rule: [rule, path, text]. The rest of the tree is the real one, so the rules are tried on real paths. */
const PLANTED: readonly (readonly [rule: string, path: string, text: string])[] = [
  ["no-cycles", "src/server/planted/a.ts", 'import { b } from "./b";\nexport const a = () => b;'],
  ["server-below-ui", "src/server/planted/ui.ts", 'import { text } from "@/ui/planted";\nexport const x = text;'],
  ["server-below-ui", "src/server/planted/page.ts", 'import { route } from "@/app/planted";\nexport const x = route;'],
  [
    "server-below-functions",
    "src/server/planted/job.ts",
    'import { job } from "@inngest/functions/planted-target";\nexport const x = job;',
  ],
  ["ui-below-app", "src/ui/planted-app.ts", 'import { route } from "@/app/planted";\nexport const x = route;'],
  ["ui-only-shapes", "src/ui/planted-verb.ts", 'import { verb } from "@/server/planted/verb";\nexport const x = verb;'],
  ["ui-only-shapes", "src/ui/planted-db.ts", 'import { migrations } from "@db/migrations/index";\nexport const x = migrations;'],
  ["adapters-without-sql", "src/server/planted/router.ts", 'import { sql } from "kysely";\nexport const x = sql;'],
  ["adapters-without-sql", "src/server/api/routes/planted.ts", 'import { rows } from "@/server/planted/queries";\nexport const x = rows;'],
  ["adapters-without-sql", "src/app/planted/page.tsx", 'import { withTenant } from "@/server/db";\nexport const x = withTenant;'],
  ["adapters-without-sql", "inngest/functions/planted.ts", 'import { withTenant } from "@/server/db";\nexport const x = withTenant;'],
  ["functions-call-verbs", "inngest/functions/planted-ui.ts", 'import { text } from "@/ui/planted";\nexport const x = text;'],
  [
    "queries-stay-home",
    "src/server/segments/planted.ts",
    'import { rows } from "@/server/customers/planted-room/queries";\nexport const x = rows;',
  ],
  ["queries-stay-home", "src/server/planted2/verb.ts", 'import { rows } from "@/server/planted/queries";\nexport const x = rows;'],
  ["adapters-on-top", "src/server/planted/root.ts", 'import { appRouter } from "@/server/trpc/root";\nexport const x = appRouter;'],
  ["pure-kernels", "src/server/planted/schema.ts", 'import { env } from "@/server/env";\nexport const x = env;'],
  ["pure-kernels", "src/server/segments/language/planted.ts", 'import { sql } from "kysely";\nexport const x = sql;'],
  [
    "pure-kernels-without-node",
    "src/server/segments/language/planted-node.ts",
    'import { hash } from "node:crypto";\nexport const x = hash;',
  ],
  ["not-to-tests", "src/server/planted/leans.ts", 'import { y } from "./some.test";\nexport const x = y;'],
  ["unresolvable", "src/server/planted/nowhere.ts", 'import { y } from "./does-not-exist";\nexport const x = y;'],
  ["rooms-point-down-0", "src/server/tenancy/planted.ts", 'import { x } from "@/server/customers/planted";\nexport const y = x;'],
  ["rooms-point-down-1", "src/server/orders/planted.ts", 'import { x } from "@/server/ledger/planted";\nexport const y = x;'],
  ["rooms-point-down-2", "src/server/ledger/planted.ts", 'import { x } from "@/server/campaigns/planted";\nexport const y = x;'],
  ["rooms-point-down-3", "src/server/segments/planted-up.ts", 'import { x } from "@/server/flows/planted";\nexport const y = x;'],
  ["rooms-point-down-4", "src/server/campaigns/planted.ts", 'import { x } from "@/server/roi/planted";\nexport const y = x;'],
  [
    "only-ledger-writes",
    "src/server/campaigns/planted-builder.ts",
    'export const w = (trx) => trx.insertInto("ledger.posting").values({});',
  ],
  ["only-ledger-writes", "inngest/functions/planted-sql.ts", "export const w = `UPDATE ledger.lot SET remaining = 0`;"],
  ["no-barrels", "src/server/planted/index.ts", 'export * from "./verb";'],
  ["no-barrels", "src/ui/planted-barrel.ts", 'export { text as other } from "./planted";'],
  ["no-default-exports", "src/ui/planted-default.tsx", "export default function Planted() { return null; }"],
  ["file-length", "src/server/planted/long.ts", "// line\n".repeat(401)],
  ["file-length", "src/server/planted3/router.ts", "// line\n".repeat(151)],
];

/** What the planted files lean on, and what is allowed and must stay silent. */
const INNOCENT: readonly (readonly [path: string, text: string])[] = [
  ["src/server/planted/b.ts", 'import { a } from "./a";\nexport const b = () => a;'],
  [
    "src/server/planted/verb.ts",
    'import { withTenant } from "@/server/db";\nimport { rows } from "./queries";\nexport const verb = [withTenant, rows];',
  ],
  ["src/server/planted/queries.ts", 'import { sql } from "kysely";\nexport const rows = sql;'],
  ["src/server/customers/planted-room/queries.ts", "export const rows = 1;"],
  ["src/server/planted/some.test.ts", "export const y = 1;"],
  [
    "src/server/planted/types.ts",
    'import type { Text } from "@/ui/planted";\nexport type X = Text;\n// insert into ledger.posting is for the ledger only\nexport const x = 1;',
  ],
  ["src/ui/planted.ts", "export type Text = string;\nexport const text = 1;"],
  [
    "src/ui/planted-types.tsx",
    'import type { verb } from "@/server/planted/verb";\nimport { moneyShape } from "@/server/planted4/schema";\nexport const X = (p: typeof verb) => <p>{String(p) + moneyShape}</p>;',
  ],
  ["src/server/planted4/schema.ts", 'import { z } from "zod";\nexport const moneyShape = z.string();'],
  ["src/app/planted/route.ts", "export const route = 1;"],
  ["src/app/planted/index.ts", "export const route = 1;"],
  ["inngest/functions/planted-target.ts", 'import { verb } from "@/server/planted/verb";\nexport const job = verb;'],
  ["src/server/customers/planted.ts", "export const x = 1;"],
  ["src/server/ledger/planted-write.ts", "export const w = `insert into ledger.posting values (1)`;"],
  ["src/server/flows/planted.ts", 'import { w } from "@/server/ledger/planted-write";\nexport const x = w;'],
  ["src/server/roi/planted.ts", 'import { x as y } from "@/server/customers/planted";\nexport const x = y;'],
];

describe("boundaries", () => {
  let found: Map<string, Set<string>>;
  const real = readSources();

  beforeAll(async () => {
    const sources = new Map(real);
    for (const [, path, text] of PLANTED) sources.set(path, text);
    for (const [path, text] of INNOCENT) sources.set(path, text);
    const { violations } = await checkBoundaries(sources);
    found = new Map();
    for (const { rule, from } of violations) found.set(from, (found.get(from) ?? new Set()).add(rule));
  }, 60_000);

  it.each(PLANTED)("%s catches %s", (rule, path) => {
    expect([...(found.get(path) ?? [])]).toContain(rule);
  });

  it("is silent about what is allowed", () => {
    const loud = INNOCENT.map(([path]) => path).filter((path) => found.has(path) && path !== "src/server/planted/b.ts");
    expect(loud).toEqual([]);
  });
});
