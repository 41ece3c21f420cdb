import { type DocumentInput, footerOf } from "./email-document";
import type { Block } from "./schema";
import { WORDS } from "./words";

/** A line about an address that a variable stands for is there only when it is. */
const onlyIf = (url: string, text: string): string => {
  const variable = /^\{\{-?\s*(\w+)/.exec(url)?.[1];
  return variable ? `{% if ${variable} %}${text}{% endif %}` : text;
};

/** Mail programs that know it hide or grey what follows this line (RFC 3676, 4.3); the blank belongs to it. */
const SIGNATURE = "-- ";

/** The same message for readers without HTML, written from the blocks and not from markup. */
export function plainText({ locale, content, brand, shopName, marketing }: DocumentInput): string {
  const t = WORDS[locale];
  const view = (block: Block): string => {
    switch (block.type) {
      case "heading":
      case "text":
        return block.text;
      case "button":
        return onlyIf(block.url, `${block.label}: ${block.url}`);
      case "image":
        return block.href ? `${block.alt}: ${block.href}` : block.alt;
      case "credit":
        return `{{ amount }}\n{% if expires_date %}${t.validUntil} {{ expires_date }}, {{ expires_time }}{% else %}${t.open}{% endif %}`;
      case "conditions":
        return "{{ conditions }}";
      case "divider":
        return "---";
      case "spacer":
        return "";
      case "recommendations":
        return `{% if recommendations.size > 0 %}${block.title}\n{% for product in recommendations limit: ${block.count.toString()} %}- {{ product.title }}{% if product.price %}, {{ product.price }}{% endif %}{% if product.url %}: {{ product.url }}{% endif %}\n{% endfor %}{% endif %}`;
      case "columns":
        return [...block.left, ...block.right].map(view).filter(Boolean).join("\n\n");
    }
  };
  const { why, sender, links } = footerOf({ locale, brand, shopName, marketing });
  const ways = links.map(({ label, url }) => `${label}: ${url}`);
  return [...content.blocks.map(view).filter(Boolean), SIGNATURE, why, sender.join("\n"), ways.join("\n")].join("\n\n");
}

/** RFC 5322, 2.1.1: lines should be no longer than this. */
const WIDTH = 78;

/** A finished text in lines that every reader shows whole. An address is never cut: nobody could follow its half. */
export function wrapLines(text: string): string {
  const lines = text.split("\n").flatMap((line) => {
    if (line.length <= WIDTH) return [line];
    const wrapped: string[] = [];
    let open = "";
    for (const word of line.split(" ")) {
      if (open !== "" && open.length + 1 + word.length > WIDTH) {
        wrapped.push(open);
        open = word;
      } else open = open === "" ? word : `${open} ${word}`;
    }
    return [...wrapped, open];
  });
  return lines
    .map((line) => (line === SIGNATURE ? line : line.trimEnd()))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
