import { exportAllowed } from "@/server/customers/export-customers";
import { exportMessages } from "@/server/notifications/export-messages";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** The outbox as CSV under the filters of its page: `?shopId=…&search=…&status=sent`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "customer.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const { shopId, ...filter } = Object.fromEntries(new URL(request.url).searchParams);
    const { name, parts } = await exportMessages(tenant, filter);
    return download(name, parts);
  });
