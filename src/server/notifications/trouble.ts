/**
 * What went wrong, read from the words of a mail server, a gateway, a connection or the template language, so that it can be said in the
 * reader's language. The words themselves stay what is kept and are always shown beside it: they are the proof, and new ones appear with
 * every server. Pure.
 */
export const TROUBLES = [
  // Connections.
  "connectionRefused",
  "hostUnreachable",
  "nameNotFound",
  "timedOut",
  "connectionLost",
  "certificate",
  "secureConnection",
  "privateAddress",
  // What servers answer.
  "wrongLogin",
  "accessDenied",
  "senderRefused",
  "recipientUnknown",
  "recipientRefused",
  "mailboxFull",
  "tooLarge",
  "policyRefused",
  "rateLimited",
  "temporaryFailure",
  "optedOut",
  "refused",
  "serverFailed",
  // Our own.
  "providerDown",
  "senderEnded",
  "channelClosed",
  "lineBreak",
  "noBrowser",
  "tooLong",
  // The template language.
  "unknownFilter",
  "unknownTag",
  "strayTag",
  "unclosedTag",
  "unclosedBraces",
  "tagSyntax",
  "tagNameMissing",
  "valueMissing",
  "filterSyntax",
  "filterArguments",
  "tooComplex",
  "unsafeUrl",
  "syntax",
] as const;
export type TroubleCode = (typeof TROUBLES)[number];

export type Trouble = {
  code: TroubleCode;
  /** The name of a tag or filter, or the braces that are left open. */
  name?: string;
  /** Where in a text of a template, both from 1. */
  line?: number;
  column?: number;
  /** Ours, not somebody else's words: nothing is lost by not showing them. */
  own?: true;
};

/** Null for words that say nothing we know: then they stand alone. */
export const readTrouble = (words: string): Trouble | null => ownTrouble(words) ?? liquidTrouble(words) ?? transportTrouble(words);

const OWN: readonly (readonly [RegExp, TroubleCode])[] = [
  [/^the provider is out of reach/, "providerDown"],
  [/^the sender ended before/, "senderEnded"],
  [/^the channel was closed/, "channelClosed"],
  [/^a header would have contained a line break/, "lineBreak"],
  [/^no browser$/, "noBrowser"],
  [/^the message is longer than \d+ characters/, "tooLong"],
  [/(?:does not lead to|is not on) the public internet$|^only http and https$|^no credentials in addresses$/, "privateAddress"],
];

function ownTrouble(words: string): Trouble | null {
  const code = firstOf(OWN, words);
  return code === null ? null : { code, own: true };
}

const firstOf = (rules: readonly (readonly [RegExp, TroubleCode])[], words: string): TroubleCode | null =>
  rules.find(([pattern]) => pattern.test(words))?.[1] ?? null;

/** Tags that only stand within another one. */
const INNER = /^(?:end\w+|else|elsif|when)$/;

/** Sentences of the template language; the first group is the name. */
const LIQUID: readonly (readonly [RegExp, TroubleCode])[] = [
  [/undefined filter: ([^\s,]+)/, "unknownFilter"],
  [/tag "([^"]*)" not found/, "unknownTag"],
  [/tag \{%-?\s*(\w+)[\s\S]*%\} not closed/, "unclosedTag"],
  [/(?:output|tag) "(\{[{%])[\s\S]*" not closed/, "unclosedBraces"],
  [/illegal tag: \{%-?\s*(\w+)/, "tagSyntax"],
  [/tag name expected/, "tagNameMissing"],
  [/invalid value expression: ""/, "valueMissing"],
  [/expected "\|" before filter|expected filter name/, "filterSyntax"],
  [/(\w+) expect \d+ arguments/, "filterArguments"],
  [/(?:render|memory alloc|parse length) limit exceeded|Invalid string length/, "tooComplex"],
  [/^unsafe address: /, "unsafeUrl"],
];

/** Every error of the language ends with its place, also those whose sentence is new to us. */
const PLACE = /, (?:file:\S+, )?line:(\d+), col:(\d+)/;

function liquidTrouble(words: string): Trouble | null {
  const place = PLACE.exec(words);
  const where = place ? { line: Number(place[1]), column: Number(place[2]) } : {};
  const rule = LIQUID.find(([pattern]) => pattern.test(words));
  if (!rule) return place ? { code: "syntax", ...where } : null;
  const [pattern, code] = rule;
  const name = pattern.exec(words)?.[1];
  const stray = code === "unknownTag" && name !== undefined && INNER.test(name);
  return { code: stray ? "strayTag" : code, ...(name === undefined ? {} : { name }), ...where };
}

/** Connections fail with the codes of the operating system, of Node's TLS and with nodemailer's own few sentences. */
const CONNECTION: readonly (readonly [RegExp, TroubleCode])[] = [
  [/\bECONNREFUSED\b/, "connectionRefused"],
  [/\bE(?:HOST|NET)UNREACH\b/, "hostUnreachable"],
  [/\b(?:ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL)\b/, "nameNotFound"],
  [/certificate|\bCERT_|altnames/i, "certificate"],
  [/\bEPROTO\b|\bSSL\b|wrong version number|STARTTLS|before secure TLS connection/i, "secureConnection"],
  [/\bE?TIMEDOUT\b|\btime-?d?\s?out\b|greeting never received/i, "timedOut"],
  [/\bECONNRESET\b|\bEPIPE\b|socket hang up|socket close|connection closed|pool was closed/i, "connectionLost"],
];

/** Extended codes (RFC 3463, and the registry of RFC 5248) say more than the number before them. */
const ENHANCED: readonly (readonly [RegExp, TroubleCode])[] = [
  [/^[45]\.2\.2$/, "mailboxFull"],
  [/^[45]\.(?:3\.4|2\.3)$/, "tooLarge"],
  [/^5\.1\.(?:7|8)$/, "senderRefused"],
  [/^5\.1\.\d+$|^5\.2\.1$/, "recipientUnknown"],
  [/^5\.7\.(?:8|9)$/, "wrongLogin"],
  [/^4\.7\.\d+$|^4\.4\.5$|^4\.3\.2$/, "rateLimited"],
  [/^5\.7\.\d+$/, "policyRefused"],
  [/^4\.\d+\.\d+$/, "temporaryFailure"],
];

function transportTrouble(words: string): Trouble | null {
  const smtp = /(?:^|: |=)([245]\d\d)(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(words);
  const answered = /^(?:\w+: )?(\d{3})(?= |$)/.exec(words);
  if (/invalid login|authentication failed|missing credentials/i.test(words)) return { code: "wrongLogin" };
  // What a server answers may name anything, an address of its help page above all; its numbers come first.
  const code =
    smtp && !answered
      ? smtpTrouble(words, Number(smtp[1]), smtp[2])
      : answered
        ? httpTrouble(words, Number(answered[1]))
        : firstOf(CONNECTION, words);
  return code === null ? null : { code };
}

function smtpTrouble(words: string, status: number, enhanced: string | undefined): TroubleCode | null {
  const known = enhanced === undefined ? null : firstOf(ENHANCED, enhanced);
  if (known) return known;
  if (status === 535 || status === 534 || status === 530) return "wrongLogin";
  if (status === 552 || status === 523) return "tooLarge";
  if (status === 421 || status === 450 || status === 451 || status === 454)
    return status === 421 || /rate|too many|later/i.test(words) ? "rateLimited" : "temporaryFailure";
  if (status === 452) return "mailboxFull";
  if (/^Mail command failed/.test(words)) return "senderRefused";
  if (/recipients? (?:were|was) rejected/.test(words)) return status === 550 || status === 553 ? "recipientUnknown" : "recipientRefused";
  if (status >= 500) return "refused";
  return status >= 400 ? "temporaryFailure" : null;
}

/** Twilio's codes stand in the body of its answers. */
const TWILIO: readonly (readonly [RegExp, TroubleCode])[] = [
  [/"code":\s*21610\b/, "optedOut"],
  [/"code":\s*(?:21211|21214|21217|21612|21614)\b/, "recipientUnknown"],
  [/"code":\s*(?:21212|21606|21603)\b/, "senderRefused"],
];

function httpTrouble(words: string, status: number): TroubleCode | null {
  const known = firstOf(TWILIO, words);
  if (known) return known;
  if (status === 401) return "wrongLogin";
  if (status === 403) return "accessDenied";
  if (status === 404 || status === 410) return "recipientUnknown";
  if (status === 408 || status === 504) return "timedOut";
  if (status === 413) return "tooLarge";
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverFailed";
  return status >= 400 ? "refused" : null;
}
