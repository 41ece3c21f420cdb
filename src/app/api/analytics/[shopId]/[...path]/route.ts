import { exportAllowed } from "@/server/customers/export-customers";
import { AppError } from "@/server/errors";
import { exportProgramme, exportReport } from "@/server/roi/export-report";
import { exportScored } from "@/server/scoring/export-scored";
import { exportName } from "@/server/tenancy/export-name";
import { download, shopRequest } from "@/server/trpc/shop-request";

type Params = { params: Promise<{ shopId: string; path: string[] }> };

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}

/** Files of the analysis: `report/<campaign>.csv`, `programme.csv`, `rfm/<group or all>.csv` (customers: wants a fresh proof of the password). */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { shopId, path } = await params;
  const url = new URL(request.url);
  url.searchParams.set("shopId", shopId);
  const guarded = new Request(url, { method: "GET" });
  const [kind, name = ""] = path
    .join("/")
    .replace(/\.csv$/, "")
    .split("/");
  if (kind === "rfm")
    return shopRequest(guarded, "customer.export", async (tenant, signedIn) => {
      await exportAllowed(signedIn);
      return download(await exportName(tenant, "rfm", name), exportScored(tenant, { group: name }));
    });
  if (kind === "report")
    return shopRequest(guarded, "campaign.read", async (tenant) => {
      const { campaign, csv } = await exportReport(tenant, { id: name });
      return download(await exportName(tenant, "report", campaign), whole(csv));
    });
  if (kind === "programme")
    return shopRequest(guarded, "report.read", async (tenant) =>
      download(await exportName(tenant, "programme"), whole(await exportProgramme(tenant))),
    );
  return shopRequest(guarded, "shop.read", () => Promise.reject(new AppError("NOT_FOUND")));
}
