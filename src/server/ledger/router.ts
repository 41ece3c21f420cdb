import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { exportAllowed } from "./accounting/export";
import { accountingSetupSchema } from "./accounting/schema";
import { accountingSetup, saveAccountingSetup } from "./accounting/setup";
import { booksRouter } from "./books-router";
import { cohortReport } from "./cohorts";
import { customerCredit } from "./customer-credit";
import { lapsingLots } from "./lapsing-lots";
import { liability } from "./liability";
import { getTransfer, listCustomerTransfers, listTransfers } from "./list-transfers";
import { manualCredit, manualCreditLimit } from "./manual-credit";
import {
  manualClawback,
  manualConvert,
  manualMerge,
  manualRecall,
  previewClawback,
  previewConvert,
  previewMerge,
  previewRecall,
} from "./manual-people";
import { manualRefund, previewRefund, refundableOrders } from "./manual-refund";
import { rollForward } from "./roll-forward";
import {
  clawbackPreviewSchema,
  convertPreviewSchema,
  lapsingSchema,
  manualClawbackSchema,
  manualConvertSchema,
  manualCreditSchema,
  manualRecallSchema,
  manualRefundSchema,
  mergePreviewSchema,
  mergeSchema,
  periodSchema,
  recallPreviewSchema,
  refundPreviewSchema,
  transferFilterSchema,
} from "./schema";
import { beyondOf } from "./strength";
import { listViolations } from "./violations";

const customerInput = z.object({ customerId: z.uuid() });

/** Credit of one customer, and the books of the shop. */
export const ledgerRouter = router({
  customerCredit: shopProcedure("customer.read")
    .input(customerInput)
    .query(({ ctx, input }) => customerCredit(ctx.tenant, input.customerId)),
  customerTransfers: shopProcedure("customer.read")
    .input(customerInput.extend({ cursor: z.uuid().nullish(), limit: z.int().min(1).max(100).default(20) }))
    .query(({ ctx, input }) => listCustomerTransfers(ctx.tenant, input.customerId, input)),
  manualLimit: shopProcedure("credit.manual")
    .input(customerInput)
    .query(({ ctx, input }) => manualCreditLimit(ctx.tenant, input.customerId)),
  manualCredit: shopProcedure("credit.manual")
    .input(manualCreditSchema)
    .mutation(({ ctx, input }) => manualCredit(ctx.tenant, input, beyondOf(ctx.signedIn, ctx.access.permissions))),

  refundableOrders: shopProcedure("credit.manual")
    .input(customerInput)
    .query(({ ctx, input }) => refundableOrders(ctx.tenant, input.customerId)),
  refundPreview: shopProcedure("credit.manual")
    .input(refundPreviewSchema)
    .query(({ ctx, input }) => previewRefund(ctx.tenant, input)),
  manualRefund: shopProcedure("credit.manual")
    .input(manualRefundSchema)
    .mutation(({ ctx, input }) => manualRefund(ctx.tenant, input)),

  mergePreview: shopProcedure("credit.manage")
    .input(mergePreviewSchema)
    .query(({ ctx, input }) => previewMerge(ctx.tenant, input)),
  /** Cannot be undone, so it always wants the proof. */
  merge: shopProcedure("credit.manage", { stepUp: true })
    .input(mergeSchema)
    .mutation(({ ctx, input }) => manualMerge(ctx.tenant, input)),
  clawbackPreview: shopProcedure("credit.manage")
    .input(clawbackPreviewSchema)
    .query(({ ctx, input }) => previewClawback(ctx.tenant, input)),
  clawback: shopProcedure("credit.manage")
    .input(manualClawbackSchema)
    .mutation(({ ctx, input }) => manualClawback(ctx.tenant, input, beyondOf(ctx.signedIn, ctx.access.permissions))),
  convertPreview: shopProcedure("credit.manage")
    .input(convertPreviewSchema)
    .query(({ ctx, input }) => previewConvert(ctx.tenant, input)),
  convert: shopProcedure("credit.manage")
    .input(manualConvertSchema)
    .mutation(({ ctx, input }) => manualConvert(ctx.tenant, input, beyondOf(ctx.signedIn, ctx.access.permissions))),
  recallPreview: shopProcedure("credit.manage")
    .input(recallPreviewSchema)
    .query(({ ctx, input }) => previewRecall(ctx.tenant, input)),
  recall: shopProcedure("credit.manage")
    .input(manualRecallSchema)
    .mutation(({ ctx, input }) => manualRecall(ctx.tenant, input, beyondOf(ctx.signedIn, ctx.access.permissions))),

  books: booksRouter,
  liability: shopProcedure("ledger.read").query(({ ctx }) => liability(ctx.tenant)),
  rollForward: shopProcedure("ledger.read")
    .input(periodSchema)
    .query(({ ctx, input }) => rollForward(ctx.tenant, input)),
  cohorts: shopProcedure("ledger.read").query(({ ctx }) => cohortReport(ctx.tenant)),
  lapsing: shopProcedure("ledger.read")
    .input(lapsingSchema)
    .query(({ ctx, input }) => lapsingLots(ctx.tenant, input)),
  transfers: shopProcedure("ledger.read")
    .input(transferFilterSchema)
    .query(({ ctx, input }) => listTransfers(ctx.tenant, input)),
  transfer: shopProcedure("ledger.read")
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input }) => getTransfer(ctx.tenant, input.id)),
  violations: shopProcedure("ledger.read").query(({ ctx }) => listViolations(ctx.tenant)),

  accounting: shopProcedure("ledger.export").query(({ ctx }) => accountingSetup(ctx.tenant)),
  saveAccounting: shopProcedure("ledger.export")
    .input(z.object({ setup: accountingSetupSchema }))
    .mutation(({ ctx, input }) => saveAccountingSetup(ctx.tenant, input.setup)),
  exportAllowed: shopProcedure("ledger.export", { stepUp: true }).mutation(({ ctx }) => exportAllowed(ctx.signedIn)),
});
