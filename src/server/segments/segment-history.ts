import type { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { dayToIsoDate, localDay } from "@/server/time";
import { historyInput } from "./inputs";
import { findSegment, scopeOf } from "./queries";
import type { MembershipHistory } from "./results";

/** How many people a segment held each night, who came and who went. `changed` marks the first night of another query. */
export function segmentHistory(ctx: ShopContext, rawInput: z.input<typeof historyInput>): Promise<MembershipHistory> {
  const { id, days } = parseInput(historyInput, rawInput);
  return withTenant(ctx, async (handle) => {
    await findSegment(handle, ctx, id);
    const { now, timeZone } = await scopeOf(handle, ctx.shopId);
    const nights = handle.trx.selectFrom("segment_day").where("shop_id", "=", ctx.shopId).where("segment_id", "=", id);
    const rows = await nights
      .select(["day", "members", "joined", "departed", "hash"])
      .where("day", ">", dayToIsoDate(localDay(now, timeZone) - days))
      .orderBy("day")
      .execute();
    const first = await nights.select("day").orderBy("day").limit(1).executeTakeFirst();
    return {
      days: rows.map(({ day, members, joined, departed, hash }, index) => {
        const before = rows[index - 1];
        return { day, count: members, joined, left: departed, changed: before !== undefined && before.hash !== hash };
      }),
      since: first?.day ?? null,
    };
  });
}
