import { z } from "zod";
import { API_SCOPES, ROLES } from "@/server/auth/permissions";
import { currencySchema } from "@/server/money";
import { isTimeZone } from "@/server/time";

const name = (max = 200) => z.string().trim().min(1).max(max);

const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

export const timeZoneSchema = z.string().max(64).refine(isTimeZone, { error: "unknown time zone" });
export const countrySchema = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .refine((code) => REGIONS.of(code) !== undefined, { error: "unknown country" });
export const localeSchema = z.enum(["de", "en"]);
export const themeSchema = z.enum(["system", "light", "dark"]);
export const roleSchema = z.enum(ROLES);

export const createOrganisationSchema = z.object({ name: name() });

export const shopInputSchema = z.object({
  name: name(),
  currency: currencySchema.refine((code) => CURRENCIES.has(code), { error: "unknown currency" }),
  timeZone: timeZoneSchema,
  country: countrySchema,
  locale: localeSchema,
});
export type ShopInput = z.input<typeof shopInputSchema>;

/** null = all shops of the organisation, those of the future included. */
const shopIds = z.array(z.uuid()).min(1).max(1000).nullable();
const ownerHasAll = (value: { role: string; shopIds: string[] | null }) => value.role !== "owner" || value.shopIds === null;
const OWNER_HAS_ALL = { error: "an owner has all shops", path: ["shopIds"] };

export const inviteSchema = z.object({ email: z.string().max(320), role: roleSchema, shopIds }).refine(ownerHasAll, OWNER_HAS_ALL);
export type InviteInput = z.input<typeof inviteSchema>;

export const changeRoleSchema = z.object({ membershipId: z.uuid(), role: roleSchema, shopIds }).refine(ownerHasAll, OWNER_HAS_ALL);

export const invitationTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const acceptInvitationSchema = z.object({
  token: invitationTokenSchema,
  /** For someone without an account; a signed-in person sends none. */
  account: z.object({ name: name(), password: z.string().max(200), locale: localeSchema }).optional(),
});

export const grantRoleSchema = z.enum(["admin", "marketer", "analyst", "support", "finance"]);
export const grantAgencySchema = z.object({
  agencyId: z.uuid(),
  maxRole: grantRoleSchema,
  shopIds,
  expiresAt: z.date().nullable(),
});

export const apiScopeSchema = z.enum(API_SCOPES);
export const createApiKeySchema = z.object({
  name: name(100),
  scopes: z.array(apiScopeSchema).min(1).max(API_SCOPES.length),
  expiresAt: z.date().nullable(),
});
