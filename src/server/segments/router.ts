import { z } from "zod";
import type { Permission } from "@/server/auth/permissions";
import { router, shopProcedure } from "@/server/trpc/init";
import { archiveSegment, restoreSegment } from "./archive-segment";
import { countSegments } from "./count-segments";
import { createSegment } from "./create-segment";
import { duplicateSegment } from "./duplicate-segment";
import { explainCustomer, findPeople } from "./explain-customer";
import { exportMembers } from "./export-members";
import { getSegment } from "./get-segment";
import { listSegments } from "./list-segments";
import { missingData } from "./missing-data";
import { previewSegment } from "./preview-segment";
import {
  archiveInput,
  explainInput,
  findPeopleInput,
  listSegmentsInput,
  membersInput,
  previewInput,
  type Sight,
  segmentInput,
  updateSegmentInput,
} from "./schema";
import { segmentMembers } from "./segment-members";
import { updateSegment } from "./update-segment";

type Permissions = ReadonlySet<Permission>;

/** Analysts see numbers, marketers people with a masked address, administrators all of it (domain.md 5.1). */
const sightOf = (permissions: Permissions): Sight =>
  !permissions.has("customer.list") ? "nobody" : permissions.has("customer.pii") ? "full" : "masked";

const id = z.object({ id: z.uuid() });

export const segmentsRouter = router({
  list: shopProcedure("segment.read")
    .input(listSegmentsInput)
    .query(({ ctx, input }) => listSegments(ctx.tenant, input)),
  counts: shopProcedure("segment.read")
    .input(z.object({ ids: z.array(z.uuid()).min(1).max(25) }))
    .query(({ ctx, input }) => countSegments(ctx.tenant, input)),
  get: shopProcedure("segment.read")
    .input(id)
    .query(({ ctx, input }) => getSegment(ctx.tenant, input.id)),
  preview: shopProcedure("segment.read")
    .input(previewInput)
    .query(({ ctx, input, signal }) => previewSegment(ctx.tenant, input, { see: sightOf(ctx.access.permissions), signal })),
  missingData: shopProcedure("segment.read").query(({ ctx }) => missingData(ctx.tenant)),
  members: shopProcedure("customer.list")
    .input(membersInput)
    .query(({ ctx, input }) => segmentMembers(ctx.tenant, input, ctx.access.permissions.has("customer.pii") ? "full" : "masked")),
  findPeople: shopProcedure("customer.list")
    .input(findPeopleInput)
    .query(({ ctx, input }) => findPeople(ctx.tenant, input)),
  explain: shopProcedure("customer.list")
    .input(explainInput)
    .query(({ ctx, input }) => explainCustomer(ctx.tenant, input)),
  create: shopProcedure("segment.write")
    .input(segmentInput)
    .mutation(({ ctx, input }) => createSegment(ctx.tenant, input)),
  update: shopProcedure("segment.write")
    .input(updateSegmentInput)
    .mutation(({ ctx, input }) => updateSegment(ctx.tenant, input)),
  duplicate: shopProcedure("segment.write")
    .input(id)
    .mutation(({ ctx, input }) => duplicateSegment(ctx.tenant, input.id)),
  archive: shopProcedure("segment.write")
    .input(archiveInput)
    .mutation(({ ctx, input }) => archiveSegment(ctx.tenant, input.id)),
  restore: shopProcedure("segment.write")
    .input(archiveInput)
    .mutation(({ ctx, input }) => restoreSegment(ctx.tenant, input.id)),
  export: shopProcedure("customer.export", { stepUp: true })
    .input(id)
    .mutation(({ ctx, input }) => exportMembers(ctx.tenant, input.id)),
});
