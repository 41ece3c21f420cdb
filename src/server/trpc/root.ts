import { agencyRouter } from "@/server/agency/router";
import { auditRouter } from "@/server/audit/router";
import { apiKeyRouter, authRouter } from "@/server/auth/router";
import { campaignRouter } from "@/server/campaigns/router";
import { importsRouter } from "@/server/connectors/router";
import { customersRouter } from "@/server/customers/router";
import { jobsRouter } from "@/server/jobs/router";
import { ledgerRouter } from "@/server/ledger/router";
import { messageRouter } from "@/server/notifications/router";
import { privacyRouter } from "@/server/privacy/router";
import { roiRouter } from "@/server/roi/router";
import { scoringRouter } from "@/server/scoring/router";
import { segmentsRouter } from "@/server/segments/router";
import { tenancyRouter } from "@/server/tenancy/router";
import { router } from "./init";

/** The whole typed API of the app; one line per domain. */
export const appRouter = router({
  campaigns: campaignRouter,
  messages: messageRouter,
  privacy: privacyRouter,
  roi: roiRouter,
  customers: customersRouter,
  imports: importsRouter,
  auth: authRouter,
  apiKeys: apiKeyRouter,
  tenancy: tenancyRouter,
  audit: auditRouter,
  agencies: agencyRouter,
  jobs: jobsRouter,
  ledger: ledgerRouter,
  scoring: scoringRouter,
  segments: segmentsRouter,
});

export type AppRouter = typeof appRouter;
