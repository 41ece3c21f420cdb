import { withoutTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantTrx } from "@/server/tenancy/context";
import { emailKey } from "./email";
import { checkPasswordStrength, hashPassword } from "./password";
import { type CreateUserInput, createUserSchema } from "./schema";

/**
 * Creates the account of a person. There is no public sign-up: accounts come from invitations and from the first start.
 * `handle` joins a transaction of the caller. Throws VALIDATION, WEAK_PASSWORD, EMAIL_TAKEN.
 */
export async function createUser(input: CreateUserInput, handle?: TenantTrx): Promise<{ id: string }> {
  const { email, name, password, locale } = parseInput(createUserSchema, input);
  const key = emailKey(email);
  if (!key) throw new AppError("VALIDATION", { field: "email" });
  if (password !== null) checkPasswordStrength(password, email);
  const hash = password === null ? null : await hashPassword(password);
  const insert = async ({ trx }: TenantTrx) => {
    const created = await trx
      .insertInto("app_user")
      .values({ email: email.normalize("NFC").trim(), email_key: key, name, password_hash: hash, locale })
      .onConflict((conflict) => conflict.column("email_key").doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!created) throw new AppError("EMAIL_TAKEN");
    return created;
  };
  return handle ? insert(handle) : withoutTenant(insert);
}
