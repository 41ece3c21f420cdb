import { createHash } from "node:crypto";
import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import type { TenantContext, TenantTrx } from "@/server/tenancy/context";
import { canonicalJson, type Json } from "./canonical-json";
import type { AuditVerification } from "./schema";

/** Entries per transaction: a short lock, and a bound for what one run holds in memory. */
const BATCH = 2_000;
const GENESIS = "0".repeat(64);

type EntryRow = {
  org_id: string;
  id: string;
  shop_id: string | null;
  at_text: string;
  actor_type: string;
  actor_id: string | null;
  actor_label: string;
  agency_id: string | null;
  action: string;
  entity: string;
  entity_id: string | null;
  before_hash: string | null;
  after: Record<string, Json>;
  request_id: string;
};

/** The time as the database writes it, so that no conversion can hide a change. */
const ENTRY_COLUMNS = sql`a.org_id, a.id, a.shop_id, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at_text,
  a.actor_type, a.actor_id, a.actor_label, a.agency_id, a.action, a.entity, a.entity_id, a.before_hash, a.after, a.request_id`;

const link = (prev: string, row: EntryRow): string =>
  createHash("sha256")
    .update(prev)
    .update(
      canonicalJson({
        org_id: row.org_id,
        id: row.id,
        shop_id: row.shop_id,
        at: row.at_text,
        actor_type: row.actor_type,
        actor_id: row.actor_id,
        actor_label: row.actor_label,
        agency_id: row.agency_id,
        action: row.action,
        entity: row.entity,
        entity_id: row.entity_id,
        before_hash: row.before_hash,
        after: row.after,
        request_id: row.request_id,
      }),
    )
    .digest("hex");

/** Ids are time-ordered; entries an hour older than the newest chained one are only looked for when everything is checked. */
const LATE_COMMIT_MS = 60 * 60 * 1000;

/** The smallest id of the moment one hour before the given id was made. */
export function idFloor(id: string): string {
  const millis = Math.max(0, Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) - LATE_COMMIT_MS);
  const hex = millis.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** Chains one batch; returns how many entries it took. One worker per organisation at a time, by advisory lock. */
async function chainBatch({ trx }: TenantTrx, orgId: string, everything: boolean): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`audit:${orgId}`}, 0))`.execute(trx);
  const head = await trx
    .selectFrom("audit_chain")
    .select(["seq", "hash"])
    .where("org_id", "=", orgId)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  const newest = await trx
    .selectFrom("audit_chain")
    .select("audit_id")
    .where("org_id", "=", orgId)
    .orderBy("audit_id", "desc")
    .limit(1)
    .executeTakeFirst();
  const floor = newest && !everything ? idFloor(newest.audit_id) : "00000000-0000-0000-0000-000000000000";
  const entries = await sql<EntryRow>`
    select ${ENTRY_COLUMNS} from audit a
    where a.org_id = ${orgId} and a.id >= ${floor}::uuid
      and not exists (select 1 from audit_chain c where c.org_id = a.org_id and c.audit_id = a.id)
    order by a.id limit ${BATCH}`.execute(trx);
  let seq = head?.seq ?? 0n;
  let prev = head?.hash ?? GENESIS;
  const links = entries.rows.map((row) => {
    const hash = link(prev, row);
    const next = { org_id: orgId, seq: ++seq, audit_id: row.id, prev_hash: prev, hash };
    prev = hash;
    return next;
  });
  for (let at = 0; at < links.length; at += 500) {
    await trx
      .insertInto("audit_chain")
      .values(links.slice(at, at + 500))
      .execute();
  }
  return links.length;
}

/** Appends the entries that are not chained yet, in batches, and returns their number. */
export async function chainAudit(ctx: TenantContext, everything = false): Promise<number> {
  for (let total = 0; ; ) {
    const taken = await withTenant(ctx, (handle) => chainBatch(handle, ctx.orgId, everything));
    total += taken;
    if (taken < BATCH) return total;
  }
}

type ChainRow = EntryRow & { seq: bigint; audit_id: string; prev_hash: string; hash: string; present: boolean };

/**
 * Recomputes the whole chain from the entries and reports the first place where it does not hold: a gap in the sequence, an entry that
 * is gone, a link that does not fit its predecessor, or an entry whose content is not what was chained.
 */
export async function verifyAudit(ctx: TenantContext): Promise<AuditVerification> {
  await chainAudit(ctx, true);
  let [seq, prev, checked] = [0n, GENESIS, 0];
  for (;;) {
    const page = await withTenant(ctx, ({ trx }) =>
      sql<ChainRow>`
        select c.seq, c.audit_id, c.prev_hash, c.hash, a.id is not null as present, ${ENTRY_COLUMNS}
        from audit_chain c left join audit a on a.org_id = c.org_id and a.id = c.audit_id
        where c.org_id = ${ctx.orgId} and c.seq > ${seq} order by c.seq limit ${BATCH}`.execute(trx),
    );
    for (const row of page.rows) {
      const fail = (problem: "sequence" | "missing" | "link" | "changed"): AuditVerification => ({
        ok: false,
        checked,
        seq: String(row.seq),
        entryId: row.audit_id,
        problem,
      });
      if (row.seq !== seq + 1n) return fail("sequence");
      if (!row.present) return fail("missing");
      if (row.prev_hash !== prev) return fail("link");
      if (link(prev, row) !== row.hash) return fail("changed");
      [seq, prev, checked] = [row.seq, row.hash, checked + 1];
    }
    if (page.rows.length < BATCH) return { ok: true, checked, head: seq === 0n ? null : { seq: String(seq), hash: prev } };
  }
}

/** Ids of all organisations, for the background job that chains them one after the other. */
export const organisationsToChain = (): Promise<string[]> =>
  withoutTenant(async ({ trx }) => {
    const found = await sql<{ id: string }>`select id from system_organisations()`.execute(trx);
    return found.rows.map(({ id }) => id);
  });
