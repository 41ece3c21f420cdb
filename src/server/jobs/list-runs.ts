import type { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { TenantContext } from "@/server/tenancy/context";
import { inngestConsoleUrl, jobsMode } from "./mode";
import { countRecent, selectFunctions, selectRuns } from "./queries";
import { runListSchema } from "./schema";

/** One page of the background runs of a tenant, newest first. */
export function listRuns(ctx: TenantContext, input: z.input<typeof runListSchema>) {
  const { cursor, limit, ...filter } = parseInput(runListSchema, input);
  return withTenant(ctx, async (handle) => {
    const rows = await selectRuns(handle, filter, cursor ?? null, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? { at: last.queuedAt, id: last.id } : null };
  });
}

/** Where runs happen, which functions there are, and what needs attention. With a real Inngest the runs are shown there. */
export const runsOverview = (ctx: TenantContext) =>
  withTenant(ctx, async (handle) => ({
    mode: jobsMode(),
    consoleUrl: inngestConsoleUrl(),
    functions: await selectFunctions(handle),
    recent: await countRecent(handle),
  }));
