import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

class Undo extends Error {
  constructor(readonly told: unknown) {
    super("a rehearsal books nothing");
  }
}

/**
 * What an operation would do, from doing it and rolling it back: a preview that cannot differ from the booking. Rejections are thrown as
 * they would be. `work` gets a context in its transaction and a fresh key.
 */
export async function rehearse<T>(ctx: ShopContext, work: (inner: ShopContext, key: string) => Promise<T>): Promise<T> {
  let told: { value: T } | null = null;
  try {
    await withTenant(ctx, async (handle) => {
      told = { value: await work({ ...ctx, trx: handle }, `preview:${crypto.randomUUID()}`) };
      throw new Undo(told);
    });
  } catch (error) {
    if (error instanceof Undo && told !== null && error.told === told) return (told as { value: T }).value;
    throw error;
  }
  throw new Error("a rehearsal always ends by rolling back");
}
