import { isSameOrigin } from "@/server/auth/request";
import { createImport } from "@/server/connectors/csv/create-import";
import { storeUpload } from "@/server/connectors/csv/upload-store";
import { shopRequest } from "@/server/trpc/shop-request";

/** Takes a file from the browser as the plain body of a POST: `?shopId=…&name=…`. Answers `{ id }` of the new import. */
export const POST = (request: Request): Promise<Response> =>
  shopRequest(
    request,
    "import.write",
    async (tenant) => {
      const { body } = request;
      const upload = await storeUpload(body ? streamOf(body) : nothing());
      const fileName = new URL(request.url).searchParams.get("name") ?? "upload.csv";
      return Response.json(await createImport(tenant, { upload, fileName }), { status: 201 });
    },
    { allowed: isSameOrigin(request.headers) },
  );

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* streamOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}
