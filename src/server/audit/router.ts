import { orgProcedure, router } from "@/server/trpc/init";
import { verifyAudit } from "./chain";
import { exportAudit } from "./export-audit";
import { auditFacets, listAudit } from "./list-audit";
import { auditFilterSchema, auditListSchema } from "./schema";

export const auditRouter = router({
  list: orgProcedure("audit.read")
    .input(auditListSchema)
    .query(({ ctx, input }) => listAudit(ctx.tenant, input)),
  facets: orgProcedure("audit.read").query(({ ctx }) => auditFacets(ctx.tenant)),
  verify: orgProcedure("audit.read").mutation(({ ctx }) => verifyAudit(ctx.tenant)),
  export: orgProcedure("audit.read", { stepUp: true })
    .input(auditFilterSchema)
    .mutation(({ ctx, input }) => exportAudit(ctx.tenant, input)),
});
