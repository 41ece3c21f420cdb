import { exportAllowed } from "@/server/ledger/accounting/export";
import { owedFile } from "@/server/ledger/export-books";
import { download, shopRequest } from "@/server/trpc/shop-request";

/** The lots behind a cell of the books: `?shopId=…&unit=EUR&bucket=2026-03&origin=unpaid`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "ledger.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const file = await owedFile(tenant, Object.fromEntries(new URL(request.url).searchParams));
    return download(file.name, file.parts);
  });
