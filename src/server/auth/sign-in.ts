import { withoutTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { emailKey } from "./email";
import { verifyPassword } from "./password";
import { hasSecondFactor, spendCode } from "./second-factor";
import { sweepThrottle, throttle } from "./throttle";

export type SignedInPerson = { id: string; name: string; email: string };

/**
 * Checks e-mail and password. Five tries a minute for an account from one address, and thirty in ten minutes for an account from
 * anywhere (a forged forwarding header must not buy more guesses). Unknown and known accounts answer alike and equally slowly. That a
 * code is missing is said only to who knows the password.
 */
export async function signInWithPassword(input: {
  email: string;
  password: string;
  code?: string | undefined;
  ip: string | null;
}): Promise<SignedInPerson> {
  const key = emailKey(input.email) ?? `invalid:${input.email.slice(0, 100)}`;
  await throttle(
    { key: `login:${key}:${input.ip ?? "-"}`, limit: 5, windowSeconds: 60 },
    { key: `login-account:${key}`, limit: 30, windowSeconds: 600 },
  );
  const person = await withoutTenant(({ trx }) =>
    trx
      .selectFrom("app_user")
      .select(["id", "name", "email", "password_hash"])
      .where("email_key", "=", key)
      .where("disabled_at", "is", null)
      .executeTakeFirst(),
  );
  const matches = await verifyPassword(input.password, person?.password_hash ?? null);
  if (!person || !matches) throw new AppError("INVALID_CREDENTIALS");
  if (await hasSecondFactor(person.id)) {
    if (!input.code) throw new AppError("SECOND_FACTOR_CODE");
    if (!(await spendCode(person.id, input.code))) throw new AppError("SECOND_FACTOR_WRONG");
  }
  await sweepThrottle();
  return { id: person.id, name: person.name, email: person.email };
}

/** The account of an address that a trusted identity provider has verified; null when nobody invited it. Accounts are never created here. */
export async function personByVerifiedEmail(email: string): Promise<SignedInPerson | null> {
  const key = emailKey(email);
  if (!key) return null;
  const person = await withoutTenant(({ trx }) =>
    trx
      .selectFrom("app_user")
      .select(["id", "name", "email"])
      .where("email_key", "=", key)
      .where("disabled_at", "is", null)
      .executeTakeFirst(),
  );
  return person ?? null;
}
