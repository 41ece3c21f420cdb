import { z } from "zod";
import { brandSchema, CATEGORY, type Channel, channelSchema, localeSchema, type MessageKind, messageKindSchema } from "../schema";
import type { TroubleCode } from "../trouble";

/** PostgreSQL keeps neither a NUL nor half a character. */
const storable = z.string().regex(/^[^\0\p{Cs}]*$/u);
const words = (max: number) => storable.max(max);
const name = storable.trim().min(1).max(120);
/** An address typed by a person: an absolute web address, a mailto, or a value in braces that stands for one. */
const link = storable.trim().max(2_000);

const simpleBlocks = [
  z.object({ type: z.literal("heading"), text: words(300) }),
  z.object({ type: z.literal("text"), text: words(5_000) }),
  z.object({ type: z.literal("button"), label: words(100), url: link }),
  z.object({ type: z.literal("image"), url: link, alt: words(300), width: z.int().min(16).max(600).optional(), href: link.optional() }),
  z.object({ type: z.literal("credit") }),
  z.object({ type: z.literal("conditions") }),
  z.object({ type: z.literal("divider") }),
  z.object({ type: z.literal("spacer"), size: z.int().min(4).max(96) }),
  z.object({ type: z.literal("recommendations"), title: words(200), count: z.int().min(1).max(6) }),
] as const;
export const simpleBlockSchema = z.discriminatedUnion("type", simpleBlocks);
export const blockSchema = z.discriminatedUnion("type", [
  ...simpleBlocks,
  z.object({ type: z.literal("columns"), left: z.array(simpleBlockSchema).max(10), right: z.array(simpleBlockSchema).max(10) }),
]);
export type SimpleBlock = z.infer<typeof simpleBlockSchema>;
export type Block = z.infer<typeof blockSchema>;

const subject = words(200).regex(/^[^\r\n]*$/);
export const emailContentSchema = z.object({ subject, preheader: words(200).default(""), blocks: z.array(blockSchema).min(1).max(60) });
export const smsContentSchema = z.object({ text: words(1_000) });
export const pushContentSchema = z.object({ title: words(120), body: words(300), url: link.default("") });

export type EmailContent = z.infer<typeof emailContentSchema>;
export type SmsContent = z.infer<typeof smsContentSchema>;
export type PushContent = z.infer<typeof pushContentSchema>;
export type LocaleContent = EmailContent | SmsContent | PushContent;
export type TemplateContent = { de: LocaleContent; en: LocaleContent };

const both = <S extends z.ZodType>(content: S) => z.object({ de: content, en: content });
export const contentSchemas = {
  email: both(emailContentSchema),
  sms: both(smsContentSchema),
  push: both(pushContentSchema),
} as const satisfies Record<Channel, z.ZodType>;

/** Content as it comes from a page: what it must look like follows from the channel beside it. */
export const anyContentSchema = z.union([contentSchemas.email, contentSchemas.sms, contentSchemas.push]);

export const createTemplateSchema = z.object({
  kind: messageKindSchema,
  channel: channelSchema,
  name,
  content: anyContentSchema,
});
export const saveTemplateSchema = z.object({
  id: z.uuid(),
  name,
  content: anyContentSchema,
  baseVersion: z.int().min(1),
});
export const lintInputSchema = z.object({ kind: messageKindSchema, channel: channelSchema, content: anyContentSchema });
export const previewTemplateSchema = lintInputSchema.extend({
  locale: localeSchema,
  customerId: z.uuid().nullish(),
  /** A brand that is being written and not saved yet. */
  brand: brandSchema.optional(),
});
export const testSendSchema = previewTemplateSchema.omit({ brand: true }).extend({ to: z.string().trim().min(3).max(320) });

/** What is wrong with a template. Codes are translation keys below `messages.lint` or `messages.trouble.code`. */
export type LintIssue = {
  level: "error" | "warning";
  code:
    | TroubleCode
    | "unknownVariable"
    | "marketingInTransactional"
    | "noUnsubscribe"
    | "empty"
    | "missingAlt"
    | "longSubject"
    | "manySegments"
    | "stillBuiltIn"
    | "noAmount"
    | "noFooter"
    | "unknownField"
    | "printedList"
    | "numberFilter"
    | "noConfirmLink"
    | "pictureInOptIn"
    | "foreignLink"
    | "stopUnheard"
    | "largeHtml";
  locale: "de" | "en";
  /** Where: `subject`, `blocks.2.text`, `text`. */
  path: string;
  params: Record<string, string | number>;
};

/** The part of Liquid that templates may speak, most useful first. What is not named here does not exist in them. */
// biome-ignore format: one list, one look
export const LIQUID_TAGS = [
  "if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "break", "continue", "endfor",
  "assign", "comment", "endcomment",
] as const;
// biome-ignore format: one list, one look
export const LIQUID_FILTERS = [
  "default", "upcase", "downcase", "capitalize", "append", "prepend", "replace", "remove", "strip", "truncate", "truncatewords",
  "size", "first", "last", "join", "split", "slice", "sort", "plus", "minus", "times", "round", "escape", "url_encode",
] as const;
/** Those that calculate. What a message says of money and time is a text as people write it, and no number. */
export const NUMBER_FILTERS = ["plus", "minus", "times", "round"] as const satisfies readonly (typeof LIQUID_FILTERS)[number][];
/** What a template may name of each recommended product. */
export const PRODUCT_FIELDS = ["title", "price", "image", "url"] as const;

/**
 * Whoever confirms an address is not known yet: a name would come from whoever typed it in, and could say anything in the shop's name to
 * anybody.
 */
const FITS = {
  known: (kind: MessageKind) => kind !== "opt_in",
  credit: (kind: MessageKind) => kind.startsWith("credit_"),
  marketing: (kind: MessageKind) => CATEGORY[kind] === "marketing",
  opt_in: (kind: MessageKind) => kind === "opt_in",
};
export type VariableType = "text" | "url" | "list";
/** What a template may name in `{{ … }}`. `kinds` null means every event, "known" all but the question whose address it is. */
export const VARIABLES = [
  { name: "first_name", type: "text", kinds: "known" },
  { name: "last_name", type: "text", kinds: "known" },
  { name: "shop", type: "text", kinds: null },
  { name: "shop_url", type: "url", kinds: null },
  { name: "amount", type: "text", kinds: "credit" },
  { name: "currency", type: "text", kinds: "credit" },
  { name: "expires", type: "text", kinds: "credit" },
  { name: "expires_date", type: "text", kinds: "credit" },
  { name: "expires_time", type: "text", kinds: "credit" },
  { name: "conditions", type: "text", kinds: "credit" },
  { name: "min_order", type: "text", kinds: "credit" },
  { name: "recommendations", type: "list", kinds: "marketing" },
  { name: "confirm_url", type: "url", kinds: "opt_in" },
  { name: "unsubscribe_url", type: "url", kinds: "marketing" },
  { name: "preferences_url", type: "url", kinds: null },
] as const satisfies readonly { name: string; type: VariableType; kinds: null | keyof typeof FITS }[];

/** The variables an event's template may use. */
export const variablesOf = (kind: MessageKind) => VARIABLES.filter(({ kinds }) => kinds === null || FITS[kinds](kind));
