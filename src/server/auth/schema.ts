import { z } from "zod";
import { localeSchema, themeSchema } from "@/server/tenancy/schema";

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

export const profileSchema = z.object({
  name: z.string().trim().min(1).max(200),
  locale: localeSchema,
  theme: themeSchema,
});

export const codeSchema = z.object({ code: z.string().trim().min(6).max(40) });

export const changePasswordSchema = z.object({
  /** Empty for an account that has no password yet. */
  current: z.string().max(PASSWORD_MAX),
  next: z.string().min(PASSWORD_MIN).max(PASSWORD_MAX),
});

/** The secret of a link: 32 random bytes. */
export const resetTokenSchema = z.string().regex(/^[\w-]{43}$/);

export const resetPasswordSchema = z.object({ token: resetTokenSchema, password: z.string().min(PASSWORD_MIN).max(PASSWORD_MAX) });

export const createUserSchema = z.object({
  email: z.string().max(320),
  name: z.string().trim().min(1).max(200),
  password: z.string().max(PASSWORD_MAX).nullable(),
  locale: localeSchema.default("de"),
});
export type CreateUserInput = z.input<typeof createUserSchema>;
