import { exportCampaignMembers } from "@/server/campaigns/export-members";
import { exportAllowed } from "@/server/customers/export-customers";
import { download, shopRequest } from "@/server/trpc/shop-request";

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** The members of a campaign with what became of their credit, as CSV. Wants a fresh proof of the password. */
export async function GET(request: Request, { params }: { params: Promise<{ shopId: string; id: string }> }): Promise<Response> {
  const { shopId, id } = await params;
  const url = new URL(request.url);
  url.searchParams.set("shopId", shopId);
  return shopRequest(new Request(url, { headers: request.headers }), "customer.export", async (tenant, signedIn) => {
    await exportAllowed(signedIn);
    const { fileName, csv } = await exportCampaignMembers(tenant, { id });
    return download(fileName, once(csv));
  });
}
