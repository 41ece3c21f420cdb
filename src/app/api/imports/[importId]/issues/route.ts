import { getImport } from "@/server/connectors/csv/get-import";
import { issuesCsv } from "@/server/connectors/csv/issues-csv";
import { AppError } from "@/server/errors";
import { download, shopRequest } from "@/server/trpc/shop-request";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The problems of an import as CSV: `?shopId=…`. */
export const GET = (request: Request, { params }: { params: Promise<{ importId: string }> }): Promise<Response> =>
  shopRequest(request, "import.read", async (tenant) => {
    const { importId } = await params;
    if (!UUID.test(importId)) throw new AppError("NOT_FOUND");
    const { fileName } = await getImport(tenant, importId);
    return download(`${fileName.replace(/(\.csv)?(\.gz)?$/i, "")}-problems.csv`, issuesCsv(tenant, importId));
  });
