import { exportAccounting, exportAllowed } from "@/server/ledger/accounting/export";
import { shopRequest } from "@/server/trpc/shop-request";

/** A period's bookings for the bookkeeping: `?shopId=…&from=…&to=…&scope=all|liability&format=csv|datev`. Wants a fresh proof of the password. */
export const GET = (request: Request): Promise<Response> =>
  shopRequest(request, "ledger.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const { shopId: _shop, ...query } = Object.fromEntries(new URL(request.url).searchParams);
    const file = await exportAccounting(tenant, query);
    return new Response(file.body, {
      headers: {
        "content-type": file.type,
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
        "cache-control": "no-store",
      },
    });
  });
