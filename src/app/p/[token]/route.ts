import { readPicture } from "@/server/notifications/pictures";

const A_YEAR = 31_536_000;

/** A picture of a shop's brand, for whoever reads its e-mail. It never changes under its address. */
export async function GET(_request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  const picture = await readPicture((await params).token);
  if (!picture) return new Response(null, { status: 404 });
  return new Response(new Uint8Array(picture.bytes), {
    headers: {
      "content-type": picture.type,
      "cache-control": `public, max-age=${A_YEAR}, immutable`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "cross-origin",
    },
  });
}
