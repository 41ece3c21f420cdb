import { z } from "zod";

/** What the audit page filters by. `from` inclusive, `to` exclusive. `shopId` limits to one shop and what concerns the whole organisation. */
export const auditFilterSchema = z.object({
  actorId: z.string().max(100).nullish(),
  action: z.string().max(100).nullish(),
  entity: z.string().max(100).nullish(),
  entityId: z.string().max(100).nullish(),
  from: z.date().nullish(),
  to: z.date().nullish(),
  onlyShopId: z.uuid().nullish(),
});
export type AuditFilter = z.output<typeof auditFilterSchema>;

export const auditListSchema = auditFilterSchema.extend({
  cursor: z.object({ at: z.date(), id: z.uuid() }).nullish(),
  limit: z.number().int().min(1).max(200).default(50),
});

export const VERIFY_PROBLEMS = ["sequence", "missing", "link", "changed"] as const;
export type VerifyProblem = (typeof VERIFY_PROBLEMS)[number];

/** The outcome of checking a chain. `head` can be kept elsewhere: whoever has it can prove later that nothing was cut off. */
export type AuditVerification =
  | { ok: true; checked: number; head: { seq: string; hash: string } | null }
  | { ok: false; checked: number; seq: string; entryId: string; problem: VerifyProblem };
