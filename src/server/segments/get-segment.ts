import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { findSegment, toSegment } from "./queries";
import type { Segment } from "./schema";

/** One segment, archived ones included. Another shop's is NOT_FOUND. */
export const getSegment = (ctx: ShopContext, id: string): Promise<Segment> =>
  withTenant(ctx, async (handle) => toSegment(await findSegment(handle, ctx, id)));
