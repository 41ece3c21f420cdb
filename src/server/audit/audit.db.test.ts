import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";
import { chainAudit, idFloor, organisationsToChain, verifyAudit } from "./chain";
import { exportAudit } from "./export-audit";
import { auditFacets, listAudit } from "./list-audit";
import { recordAudit } from "./record-audit";

let owner: pg.Client;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
});
afterAll(() => owner.end());

beforeEach(async () => {
  [tenant, other] = [await testTenant("Audited"), await testTenant("Other")];
  for (let i = 1; i <= 5; i++) {
    await withTenant(tenant.shop, ({ trx }) =>
      recordAudit(trx, tenant.shop, {
        action: "test.done",
        entity: "test",
        entityId: String(i),
        before: { i: i - 1 },
        after: { i, amount: 10n },
      }),
    );
  }
});

/** What an intruder with the password of the tables' owner could do: switch all protection off, change history, switch it on again. */
async function tamper(sql: string, values: unknown[]): Promise<void> {
  const tables = ["audit", "audit_chain"];
  for (const table of tables) await owner.query(`alter table ${table} no force row level security, disable trigger user`);
  await owner.query("alter table audit_chain drop constraint if exists audit_chain_org_id_audit_id_fkey");
  try {
    const done = await owner.query(sql, values);
    expect(done.rowCount).toBeGreaterThan(0);
  } finally {
    for (const table of tables) await owner.query(`alter table ${table} force row level security, enable trigger user`);
  }
}

const entry = async (n: number): Promise<string> => {
  const found = await listAudit(tenant.org, { entity: "test", entityId: String(n) });
  return found.items[0]?.id ?? "none";
};

describe("the audit chain", () => {
  it("holds over everything that was recorded, twice", async () => {
    expect(await chainAudit(tenant.org)).toBe(7);
    expect(await chainAudit(tenant.org)).toBe(0);
    const result = await verifyAudit(tenant.org);
    expect(result).toMatchObject({ ok: true, checked: 7, head: { seq: "7" } });
    expect(await verifyAudit(other.org)).toMatchObject({ ok: true, checked: 2 });
  });

  it.each([
    ["changed content", "update audit set after = '{\"i\": 99}' where org_id = $1 and id = $2", "changed"],
    ["a changed actor", "update audit set actor_label = 'Somebody' where org_id = $1 and id = $2", "changed"],
    ["a moved time", "update audit set at = at - interval '1 millisecond' where org_id = $1 and id = $2", "changed"],
    ["a removed entry", "delete from audit where org_id = $1 and id = $2", "missing"],
    ["a removed link", "delete from audit_chain where org_id = $1 and audit_id = $2", "sequence"],
    ["a forged link", "update audit_chain set hash = repeat('a', 64) where org_id = $1 and audit_id = $2", "changed"],
    ["a broken predecessor", "update audit_chain set prev_hash = repeat('a', 64) where org_id = $1 and audit_id = $2", "link"],
  ])("detects %s", async (_name, sql, problem) => {
    await chainAudit(tenant.org);
    const id = await entry(3);
    await tamper(sql, [tenant.orgId, id]);
    const result = await verifyAudit(tenant.org);
    expect(result).toMatchObject({ ok: false, problem });
    if (!result.ok && problem !== "sequence") expect(result.entryId).toBe(id);
    expect(await verifyAudit(other.org)).toMatchObject({ ok: true });
  });

  it("detects a rewritten entry whose own hash was recomputed, at the next link", async () => {
    await chainAudit(tenant.org);
    const id = await entry(2);
    await tamper("update audit_chain set hash = repeat('b', 64), prev_hash = repeat('c', 64) where org_id = $1 and audit_id = $2", [
      tenant.orgId,
      id,
    ]);
    expect(await verifyAudit(tenant.org)).toMatchObject({ ok: false, problem: "link" });
  });

  it("takes concurrent workers without gaps or forks", async () => {
    const counts = await Promise.all([chainAudit(tenant.org), chainAudit(tenant.org), chainAudit(tenant.org)]);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(7);
    expect(await verifyAudit(tenant.org)).toMatchObject({ ok: true, checked: 7 });
  });

  it("finds the organisations to work on", async () => {
    expect(await organisationsToChain()).toEqual(expect.arrayContaining([tenant.orgId, other.orgId]));
  });

  it("looks back an hour for entries that were committed late", () => {
    expect(idFloor("019aa000-0000-7abc-8000-000000000000")).toBe("019a9fc9-1180-0000-0000-000000000000");
    expect(idFloor("00000000-0001-7abc-8000-000000000000")).toBe("00000000-0000-0000-0000-000000000000");
  });
});

describe("append-only", () => {
  const asApp = (sql: string) =>
    withTenant(tenant.org, async ({ trx }) => {
      const { sql: raw } = await import("kysely");
      await raw.raw(sql).execute(trx);
    });

  it.each([
    "update audit set action = 'x'",
    "delete from audit",
    "truncate audit cascade",
    "update audit_chain set hash = 'x'",
    "delete from audit_chain",
    "truncate audit_chain",
  ])("the app may not %s", async (sql) => {
    await expect(asApp(sql)).rejects.toThrow(/permission denied/);
  });

  it.each(["update audit set action = 'x'", "delete from audit", "truncate audit cascade", "delete from audit_chain"])(
    "even the owner is stopped by a trigger on %s",
    async (sql) => {
      await expect(owner.query(sql)).rejects.toThrow(/append-only/);
    },
  );
});

describe("reading", () => {
  it("pages newest first, filters, and never shows another organisation", async () => {
    const first = await listAudit(tenant.org, { limit: 3 });
    expect(first.items.map((item) => item.entityId)).toEqual(["5", "4", "3"]);
    const second = await listAudit(tenant.org, { limit: 10, cursor: first.nextCursor });
    expect(second.items).toHaveLength(4);
    expect(second.nextCursor).toBeNull();
    expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(7);
    const filtered = await listAudit(tenant.org, { action: "shop.created" });
    expect(filtered.items).toHaveLength(1);
    expect(await auditFacets(tenant.org)).toMatchObject({
      actors: [{ id: tenant.ownerId, label: "Owner" }],
      entities: ["organisation", "shop", "test"],
    });
  });

  it("exports a safe file and says so in the log", async () => {
    await withTenant(tenant.org, ({ trx }) =>
      recordAudit(
        trx,
        { ...tenant.org, actor: { type: "system", label: "=cmd|' /C calc'!A0" } },
        { action: "test.done", entity: "test", entityId: "6" },
      ),
    );
    const { csv, rows } = await exportAudit(tenant.org, { entity: "test" });
    expect(rows).toBe(6);
    expect(csv).toContain(`"'=cmd|' /C calc'!A0"`);
    expect((await listAudit(tenant.org, { action: "audit.exported" })).items[0]?.after).toEqual({ rows: 6 });
  });
});
