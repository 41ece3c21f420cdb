import type { ShopContext } from "@/server/tenancy/context";
import { type BreakageSchedule, breakageSchedule } from "./breakage";
import { cohortReport } from "./cohorts";

/** The B46 schedules of a shop's paid and earned credit. */
export const breakageSchedules = async (ctx: ShopContext): Promise<BreakageSchedule[]> => {
  const reports = await cohortReport(ctx);
  return reports.flatMap((report) => breakageSchedule(report) ?? []);
};
