import { exportAllowed } from "@/server/ledger/accounting/export";
import { transfersFile } from "@/server/ledger/export-books";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** The transfers that the filters leave: `?shopId=…&kind=grant&from=…`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "ledger.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const file = await transfersFile(tenant, Object.fromEntries(new URL(request.url).searchParams));
    return download(file.name, file.parts);
  });
