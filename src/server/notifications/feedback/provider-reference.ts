/**
 * Postmark and Brevo give e-mails a Message-ID of their own and keep ours to themselves, and SendGrid does so for domains it does not know.
 * What they give back is a field of ours, taken from a header: the part of our Message-ID before its domain, as Postmark keeps 80 characters.
 */
const FIELD = "guthaben-message";

/** Headers for mail servers of providers who would otherwise not say which e-mail their report is about. */
export function referenceHeaders(host: string, messageId: string): Record<string, string> {
  const reference = /^<?([^@>]+)@/.exec(messageId)?.[1];
  if (!reference) return {};
  const name = host.toLowerCase();
  if (/(?:^|\.)postmarkapp\.com$/.test(name)) return { [`X-PM-Metadata-${FIELD}`]: reference };
  if (/(?:^|\.)(?:brevo\.com|sendinblue\.com)$/.test(name)) return { "X-Mailin-custom": reference };
  if (/(?:^|\.)sendgrid\.net$/.test(name)) return { "X-SMTPAPI": JSON.stringify({ unique_args: { [FIELD]: reference } }) };
  return {};
}

/** What `referenceHeaders` gave along, alone or among other fields, in the form of a Message-ID again. */
export function readReference(value: unknown): string | null {
  const found: unknown =
    typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key.toLowerCase() === FIELD)?.[1] : value;
  return typeof found === "string" && /^[\w.-]+$/.test(found) ? `<${found}@reference>` : null;
}
