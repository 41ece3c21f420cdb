import type { Permission } from "@/server/auth/permissions";
import { AppError } from "@/server/errors";
import { accessToShop, userActor } from "@/server/tenancy/access";
import type { ShopContext } from "@/server/tenancy/context";
import type { SignedIn } from "./context";
import { requestContext } from "./server";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const problem = (error: AppError, requestId: string): Response =>
  Response.json(
    { type: "about:blank", status: error.status, code: error.code, params: error.params, requestId },
    { status: error.status, headers: { "content-type": "application/problem+json" } },
  );

/**
 * The guard of route handlers that carry files and cannot be procedures: session, shop (`?shopId=`), permission. Business errors become
 * problem documents with the code to translate; anything else is logged and says no more than INTERNAL.
 */
export async function shopRequest(
  request: Request,
  permission: Permission,
  work: (tenant: ShopContext, signedIn: SignedIn) => Promise<Response>,
  options: { allowed?: boolean } = {},
): Promise<Response> {
  const { signedIn, requestId } = await requestContext();
  try {
    if (options.allowed === false) throw new AppError("FORBIDDEN");
    if (!signedIn) throw new AppError("UNAUTHENTICATED");
    const shopId = new URL(request.url).searchParams.get("shopId") ?? "";
    if (!UUID.test(shopId)) throw new AppError("NOT_FOUND");
    const access = await accessToShop(signedIn.user.id, shopId);
    if (!access.permissions.has(permission)) throw new AppError("FORBIDDEN");
    return await work({ orgId: access.orgId, shopId, actor: userActor(signedIn.user, access), requestId }, signedIn);
  } catch (error) {
    if (error instanceof AppError) return problem(error, requestId);
    console.error(`${request.method} ${new URL(request.url).pathname} ${requestId}:`, error);
    return problem(new AppError("INTERNAL"), requestId);
  }
}

/** A file to download, produced piece by piece as fast as it is read. */
export function download(fileName: string, parts: AsyncGenerator<string>, type = "text/csv"): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      "cache-control": "no-store",
    },
  });
}
