import { CATEGORY, type Channel, type MessageKind } from "../schema";
import { readTrouble } from "../trouble";
import { isSafeUrl } from "./addresses";
import { checkNames } from "./check-names";
import { contentFor } from "./compile";
import { defaultContent } from "./defaults";
import { type LintShop, lintRendered } from "./lint-rendered";
import { type Compiled, OutputTooLong, parseLiquid, variablesIn } from "./liquid";
import {
  type Block,
  type EmailContent,
  emailContentSchema,
  type LintIssue,
  pushContentSchema,
  smsContentSchema,
  type TemplateContent,
  variablesOf,
} from "./schema";

export type { LintShop };

type Locale = "de" | "en";
type Found = Omit<LintIssue, "locale">;

const MAX_SUBJECT = 90;
const SELLING: readonly Block["type"][] = ["button", "recommendations"];

const issue = (code: LintIssue["code"], path: string, level: LintIssue["level"] = "error", params: LintIssue["params"] = {}): Found => ({
  level,
  code,
  path,
  params,
});

/** Everything that is wrong with a template, in both languages. Errors keep it from being saved, warnings do not. */
export async function lintTemplate(kind: MessageKind, channel: Channel, content: TemplateContent, shop: LintShop): Promise<LintIssue[]> {
  const found: LintIssue[] = [];
  for (const locale of ["de", "en"] as const) {
    const issues =
      channel === "email"
        ? lintEmail(kind, emailContentSchema.parse(content[locale]))
        : channel === "sms"
          ? lintSms(kind, smsContentSchema.parse(content[locale]).text)
          : lintPush(kind, pushContentSchema.parse(content[locale]));
    if (!issues.some(({ level }) => level === "error")) issues.push(...(await lintWhole({ kind, channel, content, locale, shop })));
    if (stillBuiltIn(kind, channel, content, locale)) issues.push(issue("stillBuiltIn", "", "warning"));
    found.push(...issues.map((one) => ({ ...one, locale })));
  }
  return found;
}

/** The built-in text of a campaign's message is a placeholder: whoever replaced it in one language hardly means it in the other. */
function stillBuiltIn(kind: MessageKind, channel: Channel, content: TemplateContent, locale: Locale): boolean {
  if (kind !== "campaign_message") return false;
  const standard = contentFor(channel, defaultContent(kind, channel));
  const given = contentFor(channel, content);
  const same = (of: Locale) => JSON.stringify(given[of]) === JSON.stringify(standard[of]);
  return same(locale) && !same(locale === "de" ? "en" : "de");
}

/** What the language does not understand, with its place and in its own words. */
function mistake(error: unknown, path: string, withPlace = true): Found {
  const words = (error instanceof Error ? error.message : String(error)).slice(0, 200);
  const { code, name, line, column } = readTrouble(words) ?? { code: "syntax" };
  const params = {
    ...(name === undefined ? {} : { name }),
    ...(withPlace && line !== undefined && column !== undefined ? { line, column } : {}),
  };
  return issue(code, path, "error", { ...params, detail: words });
}

/** A text's own mistakes: its syntax, names that this event does not know, and what is asked of those it does. */
function lintText(kind: MessageKind, text: string, path: string): Found[] {
  let compiled: Compiled;
  try {
    compiled = parseLiquid("text", text);
  } catch (error) {
    return [mistake(error, path)];
  }
  const known = new Set<string>(variablesOf(kind).map(({ name }) => name));
  const unknown = variablesIn(compiled).filter((name) => !known.has(name));
  return [
    ...unknown.map((name) => issue("unknownVariable", path, "error", { name })),
    ...checkNames(compiled).map(({ code, params }) => issue(code, path, "error", params)),
  ];
}

/** A button that does what the message is there for. */
const isAsked = (block: Block): boolean =>
  block.type === "button" && /^\{\{-?\s*(?:confirm_url|preferences_url)\s*-?\}\}$/.test(block.url.trim());

const lintUrl = (kind: MessageKind, url: string, path: string): Found[] =>
  isSafeUrl(url) ? lintText(kind, url, path) : [issue("unsafeUrl", path)];

function lintBlock(kind: MessageKind, block: Block, path: string): Found[] {
  if (block.type === "columns")
    return (["left", "right"] as const).flatMap((side) =>
      block[side].flatMap((inner, index) => lintBlock(kind, inner, `${path}.${side}.${index.toString()}`)),
    );
  const found: Found[] = [];
  if (CATEGORY[kind] === "transactional" && SELLING.includes(block.type) && !isAsked(block))
    found.push(issue("marketingInTransactional", path));
  if (block.type === "heading" || block.type === "text") {
    found.push(...lintText(kind, block.text, `${path}.text`));
    if (block.text.trim() === "") found.push(issue("empty", `${path}.text`, "warning"));
  }
  if (block.type === "button") found.push(...lintText(kind, block.label, `${path}.label`), ...lintUrl(kind, block.url, `${path}.url`));
  if (block.type === "image") {
    if (kind === "opt_in") found.push(issue("pictureInOptIn", path));
    found.push(...lintUrl(kind, block.url, `${path}.url`), ...(block.href ? lintUrl(kind, block.href, `${path}.href`) : []));
    found.push(...lintText(kind, block.alt, `${path}.alt`));
    if (block.alt.trim() === "") found.push(issue("missingAlt", `${path}.alt`, "warning"));
  }
  if (block.type === "recommendations") found.push(...lintText(kind, block.title, `${path}.title`));
  return found;
}

function lintEmail(kind: MessageKind, content: EmailContent): Found[] {
  const found = [...lintText(kind, content.subject, "subject"), ...lintText(kind, content.preheader, "preheader")];
  if (content.subject.trim() === "") found.push(issue("empty", "subject"));
  if (content.subject.length > MAX_SUBJECT) found.push(issue("longSubject", "subject", "warning", { max: MAX_SUBJECT }));
  found.push(...content.blocks.flatMap((block, index) => lintBlock(kind, block, `blocks.${index.toString()}`)));
  return found;
}

function lintSms(kind: MessageKind, text: string): Found[] {
  const found = lintText(kind, text, "text");
  if (text.trim() === "") found.push(issue("empty", "text"));
  return found;
}

function lintPush(kind: MessageKind, content: { title: string; body: string; url: string }): Found[] {
  const found = [...lintText(kind, content.title, "title"), ...lintText(kind, content.body, "body")];
  if (content.title.trim() === "") found.push(issue("empty", "title"));
  if (content.url !== "") found.push(...lintUrl(kind, content.url, "url"));
  return found;
}

/** What the finished message shows, or why there is none. */
async function lintWhole(message: Parameters<typeof lintRendered>[0]): Promise<Found[]> {
  try {
    return await lintRendered(message);
  } catch (error) {
    if (error instanceof OutputTooLong) return [issue("tooLong", message.channel === "sms" ? "text" : "", "error", { max: error.max })];
    // Its place is one of the whole document, which nobody has written.
    return [mistake(error, "", false)];
  }
}
