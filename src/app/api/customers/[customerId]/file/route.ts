import { exportAllowed } from "@/server/customers/export-customers";
import { personalFileParts } from "@/server/privacy/personal-file";
import { nameFile } from "@/server/tenancy/export-name";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** All that is kept about one person, as JSON: `?shopId=…`. Wants a fresh proof of the password. */
export const GET = (request: Request, { params }: { params: Promise<{ customerId: string }> }): Promise<Response> =>
  shopRequest(request, "customer.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const { customerId } = await params;
    return download(await nameFile(tenant, "json", ["person"]), await personalFileParts(tenant, { customerId }), "application/json");
  });
