import { errorText, type Outcome } from "./adapter";

const field = (error: unknown, name: string): unknown =>
  typeof error === "object" && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined;

/** Before a session stands, no message can have been accepted. */
const NOT_CONNECTED = new Set(["EDNS", "ETLS", "EAUTH", "ENOAUTH", "EOAUTH2", "ECONFIG", "EPROXY"]);
/** Mailboxes and domains that do not exist, and mailboxes that were shut (RFC 3463). */
const FOR_EVER = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
/** What of a refused sender is about the message on its way, not about the sender: its size, or an address the server cannot write. */
const ABOUT_SIZE = /^(?:5\.3\.4|5\.2\.3|552)$/;
const ABOUT_ALPHABET = /^(?:5\.6\.7|555)$/;
/** Servers may judge sender and login only when the recipient is named (Postfix does): then it is no word about the recipient. */
const ABOUT_SENDER = /^(?:5\.1\.7|5\.1\.8|5\.7\.8|5\.7\.9|530|535)$/;
const ABOUT_SENDER_WORDS =
  /sender (?:address|domain|verif\w*|is not|not|rejected|denied)|client host|not authenticated|must authenticate|authentication (?:is )?required|log ?in first|relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited)|rcpthosts/i;
/** What a bare 550 may be about besides a mailbox that does not exist. */
const ABOUT_POLICY_WORDS =
  /polic|spam|junk|virus|content|block|black|ban(?:ned)?\b|list(?:ed|ing)?\b|\bd?n?s?[rd]bl\b|spamhaus|barracuda|sorbs|reputation|denied|not (?:authori[sz]ed|allowed|permitted|accepted)|permission|prohibited|refused|\bspf\b|dkim|dmarc|rate|too many|quota|full|limit|dns|reverse|\bptr\b|\bip\b|security|sender/i;

/** What the refusal of a mail server means, by the command that it answered. */
export function outcomeOf(error: unknown, to: string): Outcome {
  const text = errorText(error);
  const status = field(error, "responseCode");
  const code = field(error, "code");
  const command = String(field(error, "command") ?? "");
  if (typeof code === "string" && NOT_CONNECTED.has(code)) return { result: "retry", error: text, down: true };
  if (typeof status === "number" && status >= 400) return refusal({ text, status, words: wordsOf(error), command, to });
  if (command === "MAIL FROM" && code === "EMESSAGE")
    return { result: "failed", reason: "rejected", error: text, bounce: null, code: null };
  // Without an answer it is our own side that found it: an address that is none.
  if (code === "EENVELOPE" && /^Invalid sender/.test(text)) return { result: "retry", error: text, down: true };
  if (code === "EENVELOPE" || code === "EMESSAGE")
    return { result: "failed", reason: "addressInvalid", error: text, bounce: null, code: null };
  if (field(error, "syscall") === "connect" || /greeting never received|connection timeout|pool was closed/i.test(text))
    return { result: "retry", error: text, down: true };
  return { result: "unknown", error: text };
}

type Refusal = { text: string; status: number; words: string; command: string; to: string };

/** What a server says, without the addresses and names of hosts in it: whoever is called relay@spam.example was not refused for that. */
const wordsOf = (error: unknown): string =>
  String(field(error, "response") ?? "").replace(/<[^>]*>|\S+@\S+|https?:\/\/\S+|\b[\w-]*[a-z][\w-]*(?:\.[\w-]+)+/gi, " ");

function refusal({ text, status, words, command, to }: Refusal): Outcome {
  const enhanced = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(words)?.[1] ?? status.toString();
  const rejected: Outcome = { result: "failed", reason: "rejected", error: text, bounce: null, code: enhanced };
  // 421 ends the session; the server has told that it took nothing. It does not say whether that was about this message.
  if (status === 421) return { result: "retry", error: text, down: true, counted: true };
  const foreign = /[^\p{ASCII}]/u.test(to.slice(0, to.lastIndexOf("@")));
  if (command === "MAIL FROM" && foreign && ABOUT_ALPHABET.test(enhanced)) return { ...rejected, reason: "unreachable" };
  if (command === "MAIL FROM" && ABOUT_SIZE.test(enhanced)) return rejected;
  // What is refused before a recipient is named is refused to everybody: one wrong setting of the sender must not cost a single address.
  if (command !== "RCPT TO" && command !== "DATA") return { result: "retry", error: text, down: true };
  if (status < 500) return { result: "retry", error: text, down: false };
  if (foreign) return { ...rejected, reason: "unreachable" };
  // Somebody who was named was accepted: what follows is about the message.
  if (command === "DATA") return rejected;
  if (!FOR_EVER.has(enhanced) && (ABOUT_SENDER.test(enhanced) || ABOUT_SENDER_WORDS.test(words)))
    return { result: "retry", error: text, down: true, counted: true };
  const bounce = bounceClass(enhanced, { status, words });
  return { ...rejected, reason: bounce === "hard" ? "hardBounce" : "rejected", bounce };
}

/**
 * An address that does not exist is for ever; a full mailbox is not; what is about the sender, policy or content says nothing about the
 * address (domain.md 4.3). Servers without enhanced codes: 550, 551 and 553 answer RCPT for unknown people, unless their words say otherwise.
 */
export function bounceClass(enhanced: string, bare?: { status: number; words: string }): "hard" | "soft" | null {
  if (FOR_EVER.has(enhanced)) return "hard";
  if (/^4\./.test(enhanced) || enhanced === "5.2.2") return "soft";
  if (!bare || enhanced.includes(".")) return null;
  return [550, 551, 553].includes(bare.status) && !ABOUT_POLICY_WORDS.test(bare.words) ? "hard" : null;
}
