import { createHash } from "node:crypto";
import { z } from "zod";
import { withoutNul } from "../channels/adapter";

/** What a provider reports, in our words. `id` is the same whenever the same thing is told again. */
export type ProviderEvent = {
  id: string;
  type: "delivered" | "softBounce" | "hardBounce" | "complaint" | "failed" | "optOut";
  email: string | null;
  /** The Message-ID we gave the e-mail, where the provider gives it back. */
  messageId: string | null;
  code: string | null;
  detail: string | null;
};

/** Half a character can be in no JSON of the database; a provider's report must not fail by it. */
const storable = (text: string, max: number): string => withoutNul(text).toWellFormed().slice(0, max).toWellFormed();

/** A field of a report, whatever it holds: what is not the text it should be is missing. */
export const textField = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "string" && value.trim() !== "" ? value : null));
/** The same for fields that are sometimes written as numbers. */
export const wordField = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "number" ? value.toString() : typeof value === "string" ? value : null));

type Told = Pick<ProviderEvent, "type"> & Partial<Omit<ProviderEvent, "type" | "id">> & { key: readonly (string | null)[] };

/**
 * An event as we note it. Its id is made of what tells it from others, as a hash: some providers give none, and what they do give names the
 * address, which is kept nowhere.
 */
export function providerEvent(provider: string, { key, type, email, messageId, code, detail }: Told): ProviderEvent {
  const address = email ? /[^<\s]+@[^>\s]+/.exec(email)?.[0] : undefined;
  return {
    id: `${provider}:${createHash("sha256").update(JSON.stringify(key)).digest("base64url")}`,
    type,
    email: address && address.length <= 320 ? storable(address, 320) : null,
    messageId: messageId ? storable(messageId, 300) : null,
    code: code ? storable(code, 40) : null,
    detail: detail ? storable(detail, 500) : null,
  };
}
