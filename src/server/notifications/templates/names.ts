/**
 * Characters that nobody sees: those that turn the direction of what follows (an amount beside them reads backwards), and blanks without
 * width. Joiners stay: emoji and some scripts are written with them.
 */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A name as one line, cut between graphemes: half a family emoji is a broken character (domain.md B23). */
export function shortName(name: string): string {
  const plain = name
    .replace(INVISIBLE, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  // Without combining or joined characters, 60 code units are 60 graphemes: the segmenter is the dearest part of a message.
  if (plain.length <= 60 && !/[^\u0020-\u02ff]/.test(plain)) return plain;
  return Array.from(new Intl.Segmenter("und", { granularity: "grapheme" }).segment(plain), (part) => part.segment)
    .slice(0, 60)
    .join("");
}

/** What mail programs make a link of: a scheme, a mailbox, a host with a path, or one that ends as most hosts do. */
const ADDRESS =
  /:\/\/|@|\bwww\.|[\p{L}\p{N}-]+\.\p{L}{2,}\/|[\p{L}\p{N}-]{2,}\.(?:com|net|org|info|biz|io|ru|cn|xyz|top|shop|online|site|link|click|de|at|ch|eu)(?![\p{L}\p{N}])/iu;

/**
 * A person's name for a greeting; none where it is an address. Anybody can sign up with somebody else's mailbox and a link as the name, and
 * the shop's own mail would carry it.
 */
export function salutation(name: string | null): string {
  const short = shortName(name ?? "");
  return ADDRESS.test(short.normalize("NFKC")) ? "" : short;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A value whose letters run from right to left, kept from turning around what stands beside it. Not for SMS and headers: the two marks cost
 * an SMS its alphabet, and some programs show them as boxes in a subject.
 */
export const isolated = (text: string): string =>
  RIGHT_TO_LEFT.test(text) && !/^(?:https?:|mailto:)/i.test(text) ? `\u2068${text}\u2069` : text;
