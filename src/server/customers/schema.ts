import { z } from "zod";

export const CONSENTS = ["SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "REDACTED", "INVALID"] as const;
export const ACCOUNT_STATUSES = ["ENABLED", "DISABLED", "INVITED", "DECLINED"] as const;

export const externalIdSchema = z.string().trim().min(1).max(200);
const text = (max: number) => z.string().trim().max(max).nullish();
const instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/**
 * A customer as a shop knows one. A field that is missing stays as it is; null empties it. With `updatedAt` (the source's own clock), an
 * older state never overwrites a newer one (domain.md B17).
 */
export const customerInput = z.strictObject({
  externalId: externalIdSchema,
  email: z.string().trim().max(320).nullish(),
  firstName: text(200),
  lastName: text(200),
  phone: text(50),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullish(),
  region: text(100),
  city: text(200),
  locale: text(35),
  timeZone: text(64),
  birthDate: z.iso.date().nullish(),
  tags: z.array(z.string().trim().min(1).max(100)).max(250).optional(),
  accountStatus: z.enum(ACCOUNT_STATUSES).optional(),
  emailConsent: z.enum(CONSENTS).optional(),
  emailConsentAt: instant
    .nullish()
    .describe(
      "When that was given or ended. After a withdrawal, SUBSCRIBED counts only with a later date; other states do not. A date that is yet to come counts as none",
    ),
  smsConsent: z.enum(CONSENTS).optional(),
  custom: z.record(z.string().min(1).max(100), z.json()).optional(),
  addedAt: instant.optional(),
  updatedAt: instant.optional(),
});
export type CustomerInput = z.input<typeof customerInput>;

export const CUSTOMER_SORTS = ["newest", "name", "lastOrder", "spent", "orders"] as const;
export type CustomerSort = (typeof CUSTOMER_SORTS)[number];

export const listCustomersInput = z.object({
  search: z.string().trim().max(200).default(""),
  sort: z.enum(CUSTOMER_SORTS).default("newest"),
  cursor: z.string().max(500).nullish(),
  limit: z.int().min(1).max(200).default(50),
});
export type ListCustomersInput = z.input<typeof listCustomersInput>;

export const timelineInput = z.object({ id: z.uuid(), cursor: z.string().max(300).nullish(), limit: z.int().min(1).max(100).default(30) });

export type CustomerRow = {
  id: string;
  externalId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  country: string | null;
  emailConsent: (typeof CONSENTS)[number];
  addedAt: Date;
  ordersCount: number;
  netSpent: bigint;
  lastOrderAt: Date | null;
};

/** The name to show: the person's, else the address, else the shop's own id. */
export function customerName(customer: {
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  externalId: string;
}): string {
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(" ");
  return name || customer.email || customer.externalId;
}

/** `anna.mueller@example.org` → `a…@example.org`: enough to recognise, not enough to write to. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const first = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(email.slice(0, at))][0]?.segment ?? "";
  return `${first}…${email.slice(at)}`;
}
