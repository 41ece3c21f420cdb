import { exportAllowed, exportCustomers } from "@/server/customers/export-customers";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** All customers of a shop as CSV: `?shopId=…`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "customer.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    return download("customers.csv", exportCustomers(tenant));
  });
