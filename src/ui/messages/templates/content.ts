import type { z } from "zod";
import type { anyContentSchema, Block, EmailContent, LintIssue, PushContent, SmsContent } from "@/server/notifications/templates/schema";
import type { RouterOutput } from "../../trpc";

export const LANGUAGES = ["de", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
/** A template's content in both languages, of one channel. */
export type Content = z.infer<typeof anyContentSchema>;
export type Variable = RouterOutput["messages"]["templates"]["variables"][number];
export type TemplateView = RouterOutput["messages"]["templates"]["get"];
export type Issue = LintIssue;

type Both<Part> = { de: Part; en: Part };
export const isEmail = (content: Content): content is Both<EmailContent> => "blocks" in content.de;
export const isSms = (content: Content): content is Both<SmsContent> => "text" in content.de;
export const isPush = (content: Content): content is Both<PushContent> => "title" in content.de;

export const BLOCK_TYPES = [
  "heading",
  "text",
  "button",
  "image",
  "credit",
  "conditions",
  "divider",
  "spacer",
  "recommendations",
  "columns",
] as const satisfies readonly Block["type"][];

export function newBlock(type: Block["type"]): Block {
  switch (type) {
    case "heading":
    case "text":
      return { type, text: "" };
    case "button":
      return { type, label: "", url: "{{ shop_url }}" };
    case "image":
      return { type, url: "https://", alt: "" };
    case "spacer":
      return { type, size: 24 };
    case "recommendations":
      return { type, title: "", count: 3 };
    case "columns":
      return { type, left: [], right: [] };
    default:
      return { type };
  }
}

const keys = new WeakMap<Block, string>();
let made = 0;

/** Blocks carry no id of their own; without one, moving a block would leave the focus in its neighbour. */
export function blockKey(block: Block): string {
  const known = keys.get(block);
  if (known) return known;
  made += 1;
  const key = `block-${made.toString()}`;
  keys.set(block, key);
  return key;
}

/** The changed block is still the same block. */
export function sameBlock<Changed extends Block>(before: Block, after: Changed): Changed {
  keys.set(after, blockKey(before));
  return after;
}

export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const next = [...items];
  const [item] = next.splice(from, 1);
  if (item === undefined || to < 0 || to > next.length) return [...items];
  next.splice(to, 0, item);
  return next;
}

/**
 * The language in which a step to undo or redo changes something: the one shown, or the other if only that one does. A part that was not
 * written in stays the same object.
 */
export function languageOfStep(before: Content, after: Content, shown: Language): Language {
  const other = LANGUAGES.find((language) => language !== shown) ?? shown;
  return before[shown] === after[shown] && before[other] !== after[other] ? other : shown;
}
