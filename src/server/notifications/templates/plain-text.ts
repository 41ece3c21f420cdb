import type { DocumentInput } from "./email-document";
import type { Block } from "./schema";

const WORDS = {
  de: {
    validUntil: "Gültig bis",
    open: "Dieses Guthaben läuft nicht ab.",
    unsubscribe: "Keine Werbung mehr",
    preferences: "Einstellungen",
  },
  en: { validUntil: "Valid until", open: "This credit does not expire.", unsubscribe: "No more advertising", preferences: "Settings" },
} as const;

/** A line about an address that a variable stands for is there only when it is. */
const onlyIf = (url: string, text: string): string => {
  const variable = /^\{\{-?\s*(\w+)/.exec(url)?.[1];
  return variable ? `{% if ${variable} %}${text}{% endif %}` : text;
};

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
        return `{% if recommendations.size > 0 %}${block.title}\n{% for product in recommendations limit: ${block.count.toString()} %}- {{ product.title }}{% if product.price %}, {{ product.price }}{% endif %}\n{% endfor %}{% endif %}`;
      case "columns":
        return [...block.left, ...block.right].map(view).filter(Boolean).join("\n\n");
    }
  };
  const { footer } = brand;
  const links = [
    ...(marketing ? [`${t.unsubscribe}: {{ unsubscribe_url }}`] : []),
    `${t.preferences}: {{ preferences_url }}`,
    ...[footer.imprintUrl, footer.privacyUrl].filter((url) => url !== null),
  ];
  const sender = [footer.company || shopName, footer.address, footer.register, footer.vatId].filter(Boolean);
  return [...content.blocks.map(view).filter(Boolean), "-- ", sender.join("\n"), links.join("\n")].join("\n\n");
}
