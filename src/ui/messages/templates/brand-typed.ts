import type { Brand } from "@/server/notifications/schema";

/** The fields of the form, by their place in the brand. */
export type Name =
  | Exclude<keyof Brand, "footer">
  | "footer.company"
  | "footer.address"
  | "footer.imprintUrl"
  | "footer.privacyUrl"
  | "footer.vatId"
  | "footer.register";
export type Typed = Record<Name, string>;

export const typedOf = ({ footer, ...brand }: Brand): Typed => ({
  logoUrl: brand.logoUrl ?? "",
  accent: brand.accent,
  senderName: brand.senderName,
  senderEmail: brand.senderEmail,
  replyTo: brand.replyTo ?? "",
  shopUrl: brand.shopUrl ?? "",
  "footer.company": footer.company,
  "footer.address": footer.address,
  "footer.imprintUrl": footer.imprintUrl ?? "",
  "footer.privacyUrl": footer.privacyUrl ?? "",
  "footer.vatId": footer.vatId ?? "",
  "footer.register": footer.register ?? "",
});

const orNull = (text: string): string | null => text.trim() || null;

export const brandOf = (typed: Typed) => ({
  logoUrl: orNull(typed.logoUrl),
  accent: typed.accent.trim(),
  senderName: typed.senderName,
  senderEmail: typed.senderEmail.trim(),
  replyTo: orNull(typed.replyTo),
  shopUrl: orNull(typed.shopUrl),
  footer: {
    company: typed["footer.company"],
    address: typed["footer.address"],
    imprintUrl: orNull(typed["footer.imprintUrl"]),
    privacyUrl: orNull(typed["footer.privacyUrl"]),
    vatId: orNull(typed["footer.vatId"]),
    register: orNull(typed["footer.register"]),
  },
});
