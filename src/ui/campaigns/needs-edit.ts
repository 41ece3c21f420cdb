import { PROBLEMS_OUTSIDE } from "@/server/campaigns/checks/schema";
import type { Campaign } from "./use-autosave";

/** What stands in the way of a launch lies in the draft itself: whatever mends it is a change, and a change asks for approval anew. */
export const needsEdit = ({ statusParams: { problems } }: Pick<Campaign, "statusParams">): boolean =>
  problems !== undefined && !PROBLEMS_OUTSIDE.has(String(problems));
