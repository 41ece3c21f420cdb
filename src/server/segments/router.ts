import { z } from "zod";
import type { Permission } from "@/server/auth/permissions";
import { router, shopProcedure } from "@/server/trpc/init";
import { archiveSegment, restoreSegment } from "./archive-segment";
import { compareSegments } from "./compare-segments";
import { countSegments } from "./count-segments";
import { createSegment } from "./create-segment";
import { customAttributes, defineAttribute, removeAttribute, undefinedAttributes } from "./custom-attributes";
import { distribution } from "./distribution";
import { duplicateSegment } from "./duplicate-segment";
import { explainCustomer, findPeople } from "./explain-customer";
import { exportMembers } from "./export-members";
import { getSegment } from "./get-segment";
import {
  archiveInput,
  compareInput,
  customAttributeInput,
  customKeyInput,
  distributionInput,
  explainInput,
  findPeopleInput,
  freezeInput,
  historyInput,
  labelsInput,
  listSegmentsInput,
  membersInput,
  previewInput,
  queryInput,
  segmentInput,
  snapshotMembersInput,
  updateSegmentInput,
  valuesInput,
} from "./inputs";
import { listSegments } from "./list-segments";
import { missingData } from "./missing-data";
import { previewSegment } from "./preview-segment";
import { querySql } from "./query-sql";
import type { Sight } from "./schema";
import { searchValues, valueLabels } from "./search-values";
import { segmentHistory } from "./segment-history";
import { segmentMembers } from "./segment-members";
import { segmentTags } from "./segment-tags";
import { freezeSegment, listSnapshots, snapshotMembers } from "./snapshots";
import { templates } from "./templates";
import { updateSegment } from "./update-segment";
import { usedBy } from "./used-by";

type Permissions = ReadonlySet<Permission>;

/** Analysts see numbers, marketers people with a masked address, administrators all of it (domain.md 5.1). */
const sightOf = (permissions: Permissions): Sight => (permissions.has("customer.list") ? sightOfPeople(permissions) : "nobody");
const sightOfPeople = (permissions: Permissions) => (permissions.has("customer.pii") ? ("full" as const) : ("masked" as const));

const id = z.object({ id: z.uuid() });
const ids = z.object({ ids: z.array(z.uuid()).min(1).max(25) });
const read = shopProcedure("segment.read");
const write = shopProcedure("segment.write");
const seePeople = shopProcedure("customer.list");

export const segmentsRouter = router({
  list: read.input(listSegmentsInput).query(({ ctx, input }) => listSegments(ctx.tenant, input)),
  counts: read.input(ids).query(({ ctx, input }) => countSegments(ctx.tenant, input)),
  get: read.input(id).query(({ ctx, input }) => getSegment(ctx.tenant, input.id)),
  tags: read.query(({ ctx }) => segmentTags(ctx.tenant)),
  usedBy: read.input(id).query(({ ctx, input }) => usedBy(ctx.tenant, input.id)),
  history: read.input(historyInput).query(({ ctx, input }) => segmentHistory(ctx.tenant, input)),

  preview: read
    .input(previewInput)
    .query(({ ctx, input, signal }) => previewSegment(ctx.tenant, input, { see: sightOf(ctx.access.permissions), signal })),
  distribution: read.input(distributionInput).query(({ ctx, input, signal }) => distribution(ctx.tenant, input, signal)),
  compare: read
    .input(compareInput)
    .query(({ ctx, input, signal }) => compareSegments(ctx.tenant, input, { see: sightOf(ctx.access.permissions), signal })),
  sql: write.input(queryInput).query(({ ctx, input }) => querySql(ctx.tenant, input.query)),
  explain: seePeople.input(explainInput).query(({ ctx, input }) => explainCustomer(ctx.tenant, input)),
  findPeople: seePeople.input(findPeopleInput).query(({ ctx, input }) => findPeople(ctx.tenant, input)),

  values: read.input(valuesInput).query(({ ctx, input }) => searchValues(ctx.tenant, input)),
  labels: read.input(labelsInput).query(({ ctx, input }) => valueLabels(ctx.tenant, input)),
  templates: read.query(({ ctx }) => templates(ctx.tenant)),
  missingData: read.query(({ ctx }) => missingData(ctx.tenant)),
  attributes: read.query(({ ctx }) => customAttributes(ctx.tenant)),
  undefinedAttributes: write.query(({ ctx }) => undefinedAttributes(ctx.tenant)),
  defineAttribute: write.input(customAttributeInput).mutation(({ ctx, input }) => defineAttribute(ctx.tenant, input)),
  removeAttribute: write.input(customKeyInput).mutation(({ ctx, input }) => removeAttribute(ctx.tenant, input)),

  members: seePeople
    .input(membersInput)
    .query(({ ctx, input }) => segmentMembers(ctx.tenant, input, sightOfPeople(ctx.access.permissions))),
  snapshots: read.input(id).query(({ ctx, input }) => listSnapshots(ctx.tenant, input.id)),
  snapshotMembers: seePeople
    .input(snapshotMembersInput)
    .query(({ ctx, input }) => snapshotMembers(ctx.tenant, input, sightOfPeople(ctx.access.permissions))),

  create: write.input(segmentInput).mutation(({ ctx, input }) => createSegment(ctx.tenant, input)),
  update: write.input(updateSegmentInput).mutation(({ ctx, input }) => updateSegment(ctx.tenant, input)),
  duplicate: write.input(id).mutation(({ ctx, input }) => duplicateSegment(ctx.tenant, input.id)),
  archive: write.input(archiveInput).mutation(({ ctx, input }) => archiveSegment(ctx.tenant, input.id)),
  restore: write.input(archiveInput).mutation(({ ctx, input }) => restoreSegment(ctx.tenant, input.id)),
  freeze: write.input(freezeInput).mutation(({ ctx, input }) => freezeSegment(ctx.tenant, input)),
  export: shopProcedure("customer.export", { stepUp: true })
    .input(id)
    .mutation(({ ctx, input }) => exportMembers(ctx.tenant, input.id)),
});
