import { PLACEHOLDERS } from "../schema";
import type { MessageText } from "../texts";
import { literal } from "./liquid";
import type { EmailContent } from "./schema";

const PLACEHOLDER = new RegExp(`( ?)\\{(${PLACEHOLDERS.join("|")})\\}`, "g");

/** A campaign's own words in single braces as a template. Everything else in braces stays as it was typed; a missing name leaves no gap. */
export function ownText(text: string): string {
  let result = "";
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [whole, space, name] = match;
    result += literal(text.slice(from, match.index));
    result += space && name === "first_name" ? "{% if first_name %} {{ first_name }}{% endif %}" : `${space ?? ""}{{ ${name ?? ""} }}`;
    from = match.index + whole.length;
  }
  return result + literal(text.slice(from));
}

/**
 * The simple e-mail of a campaign: its subject and its paragraphs, without pictures or buttons. Conditions of the credit are not left to
 * whoever writes: where there are some, they stand below.
 */
export const ownContent = ({ subject, body }: MessageText): EmailContent => ({
  subject: ownText(subject.replace(/[\r\n]+/g, " ")),
  preheader: "",
  blocks: [{ type: "text", text: ownText(body.replace(/\r\n?/g, "\n")) }, { type: "conditions" }],
});
