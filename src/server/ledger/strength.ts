import type { Permission } from "@/server/auth/permissions";
import { requireStrong } from "@/server/auth/session";
import type { AppError } from "@/server/errors";
import type { SignedIn } from "@/server/trpc/context";

/**
 * What lets a person move more than the shop's limit: the right to, and a fresh proof of the password. Throws STEP_UP_REQUIRED, or
 * `otherwise` for those who may not in any case.
 */
export type Beyond = (otherwise: AppError) => Promise<void>;

export const beyondOf =
  (signedIn: SignedIn, permissions: ReadonlySet<Permission>): Beyond =>
  async (otherwise) => {
    if (!permissions.has("credit.manage")) throw otherwise;
    await requireStrong(signedIn);
  };

/** For machines and tests, which prove who they are by other means: nobody goes beyond. */
export const neverBeyond: Beyond = async (otherwise) => {
  throw otherwise;
};
