import type { Channel, MessageKind } from "../schema";
import type { Block, EmailContent, TemplateContent } from "./schema";

/**
 * What is sent for an event when the shop has written nothing of its own. Written impersonally, so that it fits every shop.
 */
const HELLO: Record<"de" | "en", string> = {
  de: "Guten Tag{% if first_name %} {{ first_name }}{% endif %},",
  en: "Hello{% if first_name %} {{ first_name }}{% endif %},",
};
const BYE: Record<"de" | "en", string> = { de: "Viele Grüße\n{{ shop }}", en: "Best regards\n{{ shop }}" };

/** A request for confirmation greets nobody by name: the name would come from whoever typed the address in. */
const HELLO_ANYBODY = { de: "Guten Tag,", en: "Hello," };

const email = (
  locale: "de" | "en",
  subject: string,
  text: string,
  blocks: Block[] = [],
  after: string[] = [],
  hello = HELLO,
): EmailContent => ({
  subject,
  // Beside the subject in the inbox: until when, where there is credit. Without it a reader would see the greeting there.
  preheader: blocks.some(({ type }) => type === "credit") ? "{{ expires }}" : "",
  blocks: [
    { type: "text", text: `${hello[locale]}\n\n${text}` },
    ...blocks,
    ...after.map((more) => ({ type: "text" as const, text: more })),
    { type: "text", text: BYE[locale] },
  ],
});

const credit: Block[] = [{ type: "credit" }, { type: "conditions" }];
const shopButton = (label: string): Block => ({ type: "button", label, url: "{{ shop_url }}" });

const EMAIL: Record<MessageKind, { de: EmailContent; en: EmailContent }> = {
  credit_granted: {
    de: email(
      "de",
      "{{ amount }} Guthaben bei {{ shop }}",
      "wir schenken {{ amount }} Guthaben für den nächsten Einkauf bei {{ shop }}. {{ expires }}",
      [...credit, shopButton("Zum Shop")],
      ["Das Guthaben wird beim Bezahlen automatisch angeboten."],
    ),
    en: email(
      "en",
      "{{ amount }} store credit at {{ shop }}",
      "here is {{ amount }} of store credit for your next order at {{ shop }}. {{ expires }}",
      [...credit, shopButton("Go to the shop")],
      ["It is offered automatically at the checkout."],
    ),
  },
  credit_available: {
    de: email(
      "de",
      "{{ amount }} Guthaben sind jetzt verfügbar",
      "ab sofort können {{ amount }} Guthaben bei {{ shop }} eingelöst werden. {{ expires }}",
      [...credit, shopButton("Zum Shop")],
    ),
    en: email(
      "en",
      "{{ amount }} store credit is now available",
      "you can now spend {{ amount }} of store credit at {{ shop }}. {{ expires }}",
      [...credit, shopButton("Go to the shop")],
    ),
  },
  credit_expiring: {
    de: email(
      "de",
      "{{ amount }} Guthaben laufen bald ab",
      "bei {{ shop }} sind noch {{ amount }} Guthaben offen. Letzter Tag ist {{ expires_date }}, {{ expires_time }}.",
      [...credit, shopButton("Guthaben einlösen")],
    ),
    en: email(
      "en",
      "{{ amount }} store credit expires soon",
      "you still have {{ amount }} of store credit at {{ shop }}. It can be spent until {{ expires_date }}, {{ expires_time }}.",
      [...credit, shopButton("Spend credit")],
    ),
  },
  credit_expired: {
    de: email(
      "de",
      "{{ amount }} Guthaben sind abgelaufen",
      "{{ amount }} Guthaben bei {{ shop }} wurden nicht eingelöst und sind abgelaufen.",
    ),
    en: email("en", "{{ amount }} store credit has expired", "{{ amount }} of store credit at {{ shop }} was not spent and has expired."),
  },
  credit_refunded: {
    de: email(
      "de",
      "{{ amount }} Guthaben sind zurückgebucht",
      "zu einer Erstattung bei {{ shop }} wurden {{ amount }} Guthaben zurückgebucht. {{ expires }}",
      credit,
    ),
    en: email(
      "en",
      "{{ amount }} store credit has been returned",
      "{{ amount }} of store credit was returned with a refund at {{ shop }}. {{ expires }}",
      credit,
    ),
  },
  credit_recalled: {
    de: email(
      "de",
      "Guthaben bei {{ shop }} zurückgenommen",
      "{{ amount }} Guthaben bei {{ shop }} wurden zurückgenommen und können nicht mehr eingelöst werden. Bereits eingelöstes Guthaben bleibt unberührt.",
    ),
    en: email(
      "en",
      "Store credit at {{ shop }} was withdrawn",
      "{{ amount }} of store credit at {{ shop }} was withdrawn and can no longer be spent. Credit that was already spent is not affected.",
    ),
  },
  campaign_message: {
    de: email("de", "Neues von {{ shop }}", "es gibt Neues bei {{ shop }}.", [shopButton("Zum Shop")]),
    en: email("en", "News from {{ shop }}", "there is something new at {{ shop }}.", [shopButton("Go to the shop")]),
  },
  // Asks for a confirmation and nothing else: no offer, no picture, no button to the shop (domain.md 4.2).
  opt_in: {
    de: email(
      "de",
      "E-Mail-Adresse bestätigen für {{ shop }}",
      "für diese Adresse wurden Nachrichten von {{ shop }} angefordert. Erst nach dem Bestätigen werden welche gesendet. Der Link gilt sieben Tage und nur einmal.\n\n{{ confirm_url }}",
      [],
      ["Wurde nichts angefordert, ist nichts zu tun: Ohne Bestätigung wird nichts gesendet."],
      HELLO_ANYBODY,
    ),
    en: email(
      "en",
      "Confirm your e-mail address for {{ shop }}",
      "messages from {{ shop }} were requested for this address. None will be sent before you confirm. The link works once and for seven days.\n\n{{ confirm_url }}",
      [],
      ["If you did not request this, there is nothing to do: nothing is sent without confirmation."],
      HELLO_ANYBODY,
    ),
  },
};

const SHORT: Record<Exclude<MessageKind, "opt_in">, { de: [string, string]; en: [string, string] }> = {
  credit_granted: {
    de: ["{{ amount }} Guthaben bei {{ shop }}", "{{ expires }}"],
    en: ["{{ amount }} credit at {{ shop }}", "{{ expires }}"],
  },
  credit_available: {
    de: ["{{ amount }} Guthaben jetzt verfügbar", "Bei {{ shop }}. {{ expires }}"],
    en: ["{{ amount }} credit now available", "At {{ shop }}. {{ expires }}"],
  },
  credit_expiring: {
    de: ["{{ amount }} Guthaben laufen bald ab", "Bei {{ shop }}. {{ expires }}"],
    en: ["{{ amount }} credit expires soon", "At {{ shop }}. {{ expires }}"],
  },
  credit_expired: {
    de: ["{{ amount }} Guthaben abgelaufen", "Das Guthaben bei {{ shop }} wurde nicht eingelöst."],
    en: ["{{ amount }} credit expired", "The credit at {{ shop }} was not spent."],
  },
  credit_refunded: {
    de: ["{{ amount }} Guthaben zurückgebucht", "Zu einer Erstattung bei {{ shop }}. {{ expires }}"],
    en: ["{{ amount }} credit returned", "With a refund at {{ shop }}. {{ expires }}"],
  },
  credit_recalled: {
    de: ["{{ amount }} Guthaben zurückgenommen", "Das Guthaben bei {{ shop }} kann nicht mehr eingelöst werden."],
    en: ["{{ amount }} credit withdrawn", "The credit at {{ shop }} can no longer be spent."],
  },
  campaign_message: { de: ["Neues von {{ shop }}", "Es gibt Neues."], en: ["News from {{ shop }}", "There is something new."] },
};

/** Credit that is promised is promised with its conditions, however short the message. */
const CONDITIONS = "{% if conditions %} {{ conditions }}{% endif %}";
const SPENDABLE: ReadonlySet<MessageKind> = new Set(["credit_granted", "credit_available", "credit_expiring", "credit_refunded"]);
const STOP = { de: "Abmelden: {{ unsubscribe_url }}", en: "Opt out: {{ unsubscribe_url }}" };

/** The built-in template of an event on a channel. Confirmations of an address exist as e-mail only. */
export function defaultContent(kind: MessageKind, channel: Channel): TemplateContent {
  if (channel === "email" || kind === "opt_in") return EMAIL[kind];
  const { de, en } = SHORT[kind];
  const body = SPENDABLE.has(kind) ? { de: `${de[1]}${CONDITIONS}`, en: `${en[1]}${CONDITIONS}` } : { de: de[1], en: en[1] };
  if (channel === "push") return { de: { title: de[0], body: body.de, url: "" }, en: { title: en[0], body: body.en, url: "" } };
  const stop = kind === "credit_refunded" || kind === "credit_recalled" ? { de: "", en: "" } : { de: ` ${STOP.de}`, en: ` ${STOP.en}` };
  return { de: { text: `${de[0]}. ${body.de}${stop.de}` }, en: { text: `${en[0]}. ${body.en}${stop.en}` } };
}
