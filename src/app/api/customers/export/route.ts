import { exportAllowed, exportCustomers } from "@/server/customers/export-customers";
import { exportName } from "@/server/tenancy/export-name";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** All customers of a shop as CSV: `?shopId=…`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "customer.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    return download(await exportName(tenant, "customers"), exportCustomers(tenant));
  });
