import { createHash, randomBytes } from "node:crypto";
import type pg from "pg";
import { emailKey } from "@/server/auth/email";

/** `token` goes into the address of the page where the person chooses a new password; null when nobody has this e-mail address. */
export type ResetLink = { token: string | null };

/**
 * For whoever runs the installation and has its database: the owner's way back in, whom nobody else can help. Works once, for an hour.
 * `secondFactor`: using it also takes the second factor away, when phone and recovery codes are lost.
 */
export async function makeResetLink(client: pg.Client, email: string, secondFactor: boolean): Promise<ResetLink> {
  const token = randomBytes(32).toString("base64url");
  const made = await client.query<{ user_id: string }>(
    `insert into auth_reset (token_hash, user_id, expires_at, drops_factor)
     select $1, id, clock_timestamp() + interval '1 hour', $3 from app_user where email_key = $2 and disabled_at is null
     on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at, by_org = null,
       drops_factor = excluded.drops_factor
     returning user_id`,
    [createHash("sha256").update(token).digest(), emailKey(email), secondFactor],
  );
  return { token: made.rowCount === 1 ? token : null };
}
