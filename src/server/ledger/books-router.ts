import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { exportPreview } from "./accounting/preview";
import { exportQuerySchema } from "./accounting/schema";
import { breakageSchedules } from "./breakage-report";
import { listBudgets } from "./budget";
import { lastChecks, requestCheck } from "./check";
import { listPostings } from "./list-transfers";
import { owedCustomers, owedLots, owedMatrix } from "./owed";
import { cohortRates } from "./rates";
import { orderDifferences } from "./reconcile";
import { budgetSchema, orderDifferencePageSchema, owedPageSchema, periodSchema, postingPageSchema } from "./schema";
import { changeBudget } from "./set-budget";
import { vatReport } from "./vat";
import { sightOf } from "./who";

/** The books' reports, their reconciliation and the budgets. */
export const booksRouter = router({
  owedMatrix: shopProcedure("ledger.read").query(({ ctx }) => owedMatrix(ctx.tenant)),
  owedCustomers: shopProcedure("ledger.read")
    .input(owedPageSchema)
    .query(({ ctx, input }) => owedCustomers(ctx.tenant, input, sightOf(ctx.access.permissions))),
  owedLots: shopProcedure("ledger.read")
    .input(owedPageSchema)
    .query(({ ctx, input }) => owedLots(ctx.tenant, input, sightOf(ctx.access.permissions))),
  postings: shopProcedure("ledger.read")
    .input(postingPageSchema)
    .query(({ ctx, input }) => listPostings(ctx.tenant, input, sightOf(ctx.access.permissions))),

  rates: shopProcedure("ledger.read").query(({ ctx }) => cohortRates(ctx.tenant)),
  breakage: shopProcedure("ledger.read").query(({ ctx }) => breakageSchedules(ctx.tenant)),
  vat: shopProcedure("ledger.read")
    .input(periodSchema)
    .query(({ ctx, input }) => vatReport(ctx.tenant, input)),

  checks: shopProcedure("ledger.read").query(({ ctx }) => lastChecks(ctx.tenant)),
  requestCheck: shopProcedure("ledger.read").mutation(({ ctx }) => requestCheck(ctx.tenant)),
  orderDifferences: shopProcedure("ledger.read")
    .input(orderDifferencePageSchema)
    .query(({ ctx, input }) => orderDifferences(ctx.tenant, input)),

  exportPreview: shopProcedure("ledger.export")
    .input(z.object({ query: exportQuerySchema.omit({ format: true }) }))
    .query(({ ctx, input }) => exportPreview(ctx.tenant, input.query)),

  budgets: shopProcedure("ledger.read").query(({ ctx }) => listBudgets(ctx.tenant)),
  setBudget: shopProcedure("credit.manage")
    .input(budgetSchema)
    .mutation(({ ctx, input }) => changeBudget(ctx.tenant, input, { allShops: ctx.access.shopIds === null })),
});
