import type { StaffNoticeStatus } from "@db/schema/campaigns";
import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";

export const listNoticesSchema = z.object({ cursor: z.uuid().nullish(), limit: z.int().min(1).max(100).default(50) });

/** An e-mail to somebody of the shop, as it was written. */
export type TeamMail = {
  id: string;
  to: string;
  subject: string;
  body: string;
  status: StaffNoticeStatus;
  /** False: there was no way out, it can be read here only. */
  delivered: boolean | null;
  error: string | null;
  at: Date;
};

/** E-mails to the team, newest first; `cursor` is the last one's id. */
export async function listNotices(ctx: ShopContext, input: unknown): Promise<{ items: TeamMail[]; nextCursor: string | null }> {
  const { cursor, limit } = parseInput(listNoticesSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    // Notices of one claim are one e-mail; its first notice stands for it.
    const { rows } = await sql<TeamMail>`
      select n.id, u.name as "to", n.subject, n.body, n.status, n.delivered, n.error, n.claimed_at as at
      from staff_notice n join app_user u on u.id = n.user_id
      where n.shop_id = ${ctx.shopId} and n.claim is not null and n.subject is not null and n.id < coalesce(${cursor ?? null}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        and not exists (select from staff_notice f where f.shop_id = n.shop_id and f.claim = n.claim and f.id < n.id)
      order by n.id desc limit ${limit + 1}`.execute(trx);
    return { items: rows.slice(0, limit), nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
  });
}
