import { AppError } from "@/server/errors";

const DEFAULT_MAX = 1024 * 1024;

/** Reads at most `max` bytes; PAYLOAD_TOO_LARGE as soon as more arrives, whatever Content-Length claims. */
async function readBounded(request: Request, max: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > max) throw new AppError("PAYLOAD_TOO_LARGE", { max });
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > max) {
      await reader.cancel();
      throw new AppError("PAYLOAD_TOO_LARGE", { max });
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

const mediaType = (request: Request): string => (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** The JSON body of a request. UNSUPPORTED_MEDIA_TYPE for another type, MALFORMED_BODY for what is no UTF-8 JSON. */
export async function readJson(request: Request, max = DEFAULT_MAX): Promise<unknown> {
  const type = mediaType(request);
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type))
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", { expected: "application/json" });
  const bytes = await readBounded(request, max);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new AppError("MALFORMED_BODY", {}, { cause: error });
  }
}

export function requireMediaType(request: Request, accepted: readonly string[]): void {
  if (!accepted.includes(mediaType(request))) throw new AppError("UNSUPPORTED_MEDIA_TYPE", { expected: accepted.join(", ") });
}
