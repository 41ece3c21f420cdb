import PostalMime from "postal-mime";
import { bounceClass } from "../channels/smtp-outcome";

export type BounceNotice = {
  kind: "delivered" | "softBounce" | "hardBounce" | "complaint" | "failed";
  address: string | null;
  messageId: string | null;
  code: string | null;
  detail: string | null;
};
export type ParsedBounce = { notices: BounceNotice[] /** The token of a mail to List-Unsubscribe's mailto. */; unsubscribe: string | null };

/** `Field: value` groups, as machine-readable parts have them (RFC 3464, RFC 5965); folded lines are joined. */
function fieldGroups(text: string): Map<string, string>[] {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/\n[ \t]+/g, " ")
    .split(/\n{2,}/)
    .map((group) => new Map(group.split("\n").flatMap((line) => fieldOf(line))))
    .filter((group) => group.size > 0);
}

const fieldOf = (line: string): [string, string][] => {
  const colon = line.indexOf(":");
  return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
};

const addressOf = (field: string | undefined): string | null =>
  field
    ?.replace(/^[^;]*;/, "")
    .trim()
    .replace(/^<|>$/g, "") || null;

const textOf = (content: string | ArrayBuffer | Uint8Array): string =>
  typeof content === "string" ? content : new TextDecoder().decode(content instanceof Uint8Array ? content : new Uint8Array(content));

/**
 * Reads returned mail: delivery reports (RFC 3464), feedback reports (RFC 5965), and mails to the unsubscribe address. Free-text notes that
 * machines cannot read tell nothing: an address is not given up on a guess.
 */
export async function parseBounce(raw: Buffer): Promise<ParsedBounce> {
  const mail = await PostalMime.parse(raw, { forceRfc822Attachments: true });
  const token = /^unsubscribe ([\w-]{87})$/i.exec(mail.subject?.trim() ?? "")?.[1] ?? null;
  const part = (...types: string[]) => {
    const found = mail.attachments.find(({ mimeType }) => types.includes(mimeType.toLowerCase()));
    return found ? textOf(found.content) : null;
  };
  const original = part("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers");
  const headers = original ? fieldGroups(original)[0] : undefined;
  const messageId = headers?.get("message-id") ?? null;
  const notices: BounceNotice[] = [];
  const feedback = part("message/feedback-report");
  if (feedback) {
    const report = new Map(fieldGroups(feedback).flatMap((group) => [...group]));
    const kind = report.get("feedback-type")?.toLowerCase() ?? "abuse";
    // "not-spam" is good news, and other kinds are about senders in general.
    if (kind === "abuse" || kind === "fraud")
      notices.push({
        kind: "complaint",
        address: addressOf(report.get("original-rcpt-to")) ?? addressOf(headers?.get("to")),
        messageId,
        code: kind,
        detail: report.get("user-agent") ?? null,
      });
  }
  const status = part("message/delivery-status", "message/global-delivery-status");
  for (const group of status ? fieldGroups(status) : []) {
    const recipient = addressOf(group.get("final-recipient") ?? group.get("original-recipient"));
    const action = group.get("action")?.toLowerCase();
    if (!recipient || !action) continue;
    const code = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(group.get("status") ?? group.get("diagnostic-code") ?? "")?.[0] ?? null;
    notices.push({ kind: kindOf(action, code), address: recipient, messageId, code, detail: group.get("diagnostic-code") ?? null });
  }
  return { notices: notices.filter(({ kind }) => kind !== "failed" || messageId !== null), unsubscribe: token };
}

function kindOf(action: string, code: string | null): BounceNotice["kind"] {
  if (action === "delivered" || action === "relayed" || action === "expanded") return "delivered";
  // "delayed" is still being tried; it becomes a failure or a delivery.
  const bounce = code === null ? null : bounceClass(code);
  if (action === "delayed") return bounce === "soft" ? "softBounce" : "failed";
  return bounce === "hard" ? "hardBounce" : bounce === "soft" ? "softBounce" : "failed";
}
