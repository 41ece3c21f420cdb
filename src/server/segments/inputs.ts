import { z } from "zod";
import { CUSTOM_KEY, CUSTOM_TYPES, LIMITS, VALUE_KINDS } from "./schema";

/** What the verbs of segments take. */
export const querySchema = z.string().max(LIMITS.text);
export const previewInput = z.object({
  query: querySchema,
  sample: z.int().min(0).max(20).default(20),
  /** The editor that asks: its next preview cancels this one in the database. */
  editor: z.uuid().optional(),
});
export const MAX_TAGS = 20;
/** Words to find segments by; `VIP` and `vip` are one. */
export const tagsSchema = z
  .array(z.string().trim().min(1).max(40))
  .max(MAX_TAGS)
  .refine((tags) => new Set(tags.map((tag) => tag.toLowerCase())).size === tags.length);
export const segmentInput = z.object({
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2000).default(""),
  tags: tagsSchema.default([]),
  query: querySchema,
});
export const updateSegmentInput = z.object({
  id: z.uuid(),
  /** The version the person saw; a newer one in the database is a CONFLICT. */
  version: z.int().min(1),
  name: z.string().trim().min(1).max(200).optional(),
  description: z.string().trim().max(2000).optional(),
  tags: tagsSchema.optional(),
  query: querySchema.optional(),
});
/** `members`: as the last night counted them; those never counted come before everybody. */
export const SEGMENT_SORTS = ["changed", "name", "members"] as const;
export const listSegmentsInput = z.object({
  search: z.string().trim().max(200).default(""),
  tag: z.string().trim().max(40).optional(),
  archived: z.boolean().default(false),
  sort: z.object({ by: z.enum(SEGMENT_SORTS), direction: z.enum(["asc", "desc"]) }).default({ by: "changed", direction: "desc" }),
  cursor: z.string().max(1000).optional(),
  limit: z.int().min(1).max(200).default(50),
});
const editorSchema = z.uuid().optional();
export const valuesInput = z.object({
  kind: z.enum(VALUE_KINDS),
  search: z.string().trim().max(100).default(""),
  limit: z.int().min(1).max(50).default(20),
  /** The custom attribute, for its values. */
  key: z.string().max(101).default(""),
});
export const labelsInput = z.object({ items: z.array(z.object({ kind: z.enum(VALUE_KINDS), value: z.string().max(200) })).max(100) });
export const queryInput = z.object({ query: querySchema });
export const distributionInput = z.object({ query: querySchema, editor: editorSchema });
const sideSchema = z.union([z.object({ id: z.uuid() }), z.object({ query: querySchema })]);
export const compareInput = z.object({ a: sideSchema, b: sideSchema, editor: editorSchema });
export type CompareInput = z.output<typeof compareInput>;
export const historyInput = z.object({ id: z.uuid(), days: z.int().min(7).max(400).default(90) });
export const freezeInput = z.object({ id: z.uuid(), name: z.string().trim().max(200).default("") });
export const snapshotMembersInput = z.object({
  snapshotId: z.uuid(),
  cursor: z.uuid().optional(),
  limit: z.int().min(1).max(1000).default(50),
});
export const customKeyInput = z.object({ key: z.string().regex(CUSTOM_KEY) });
export const customAttributeInput = customKeyInput.extend({
  name: z.string().trim().min(1).max(100),
  type: z.enum(CUSTOM_TYPES),
  description: z.string().trim().max(500).default(""),
});
export const membersInput = z.object({ id: z.uuid(), cursor: z.uuid().optional(), limit: z.int().min(1).max(1000).default(50) });
export const explainInput = z.object({ query: querySchema, customerId: z.uuid() });
export const findPeopleInput = z.object({ search: z.string().trim().min(2).max(200) });
export const archiveInput = z.object({ id: z.uuid() });
