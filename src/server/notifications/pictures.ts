import { createHash } from "node:crypto";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { pictureUrl, signLink } from "./links";
import { addPictureSchema, MAX_PICTURE_BYTES } from "./schema";
import { openLink, readSettings } from "./settings";

type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** The kind of a picture by its first bytes: what a browser claims is not asked. SVG is none, because it can hold scripts. */
export function pictureType(bytes: Buffer): PictureType | null {
  const begins = (...values: number[]) => values.every((value, at) => bytes[at] === value);
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (begins(0xff, 0xd8, 0xff)) return "image/jpeg";
  const head = bytes.toString("latin1", 0, 12);
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "image/gif";
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : null;
}

/**
 * Keeps a picture for the shop's e-mails and answers with its address, which needs no sign-in. The same picture again has the same address.
 * Throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE.
 */
export async function addPicture(ctx: ShopContext, input: unknown): Promise<{ url: string }> {
  const bytes = Buffer.from(parseInput(addPictureSchema, input).base64, "base64");
  if (bytes.length > MAX_PICTURE_BYTES) throw new AppError("PAYLOAD_TOO_LARGE", { max: MAX_PICTURE_BYTES });
  const type = pictureType(bytes);
  if (!type) throw new AppError("UNSUPPORTED_MEDIA_TYPE", { expected: "PNG, JPEG, GIF, WebP" });
  const hash = createHash("sha256").update(bytes).digest();
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const { pepper } = await readSettings(handle, ctx);
    const known = await trx
      .selectFrom("message_picture")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("hash", "=", hash)
      .executeTakeFirst();
    let id = known?.id;
    if (!id) {
      ({ id } = await trx
        .insertInto("message_picture")
        .values({ org_id: ctx.orgId, shop_id: ctx.shopId, type, hash, bytes })
        .returning("id")
        .executeTakeFirstOrThrow());
      await recordAudit(trx, ctx, {
        action: "brandPicture.added",
        entity: "messageSettings",
        entityId: ctx.shopId,
        after: { picture: id, type, bytes: bytes.length },
      });
    }
    return { url: pictureUrl(signLink(pepper, { purpose: "picture", orgId: ctx.orgId, shopId: ctx.shopId, subject: id })) };
  });
}

/** The picture behind a signed address; null for any other. */
export async function readPicture(token: string): Promise<{ type: PictureType; bytes: Buffer } | null> {
  const link = await openLink(token, "picture");
  if (!link) return null;
  return withTenant(link.ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("message_picture")
      .select(["type", "bytes"])
      .where("shop_id", "=", link.shopId)
      .where("id", "=", link.subject)
      .executeTakeFirst();
    return row ?? null;
  });
}
