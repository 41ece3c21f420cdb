import { createHash } from "node:crypto";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type Brand, brandSchema, type Channel, type MessageKind } from "./schema";
import type { Settings } from "./settings";
import { contentFor } from "./templates/compile";
import { findSources, type Source, type Wanted } from "./templates/template-source";

/** The texts of a batch, found once for all that asks about them. `idOf`: under which name a text is kept. */
export type BatchTexts = {
  shop: { name: string; timeZone: string };
  sourceOf: (message: Wanted) => Source;
  idOf: (message: Wanted) => string;
};

/**
 * Finds the texts of messages that are about to go and keeps what they are written with, so that the outbox shows it however templates,
 * brand and names change. Two statements for a batch; a text that is there already is not written again.
 */
export async function keepTexts(handle: TenantTrx, ctx: ShopContext, settings: Settings, messages: readonly Wanted[]): Promise<BatchTexts> {
  const { trx } = handle;
  const row = await trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const sourceOf = await findSources(handle, ctx, messages);
  const ids = new Map<Source, string>();
  for (const source of new Set(messages.map(sourceOf))) ids.set(source, idFor(source, settings.brand, row));
  const known = ids.size
    ? await trx
        .selectFrom("message_text")
        .select("id")
        .where("shop_id", "=", ctx.shopId)
        .where("id", "in", [...ids.values()])
        .execute()
    : [];
  const kept = new Set(known.map(({ id }) => id));
  const missing = [...ids].filter(([, id]) => !kept.has(id));
  for (const [source, id] of missing)
    await trx
      .insertInto("message_text")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, id, template_id: source.id, template_version: source.version },
        ...{ content: JSON.stringify(source.content), brand: JSON.stringify(settings.brand) },
        ...{ shop_name: row.name, time_zone: row.time_zone },
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing())
      .execute();
  return {
    shop: { name: row.name, timeZone: row.time_zone },
    sourceOf,
    idOf: (message) => {
      const id = ids.get(sourceOf(message));
      if (id === undefined) throw new Error("a message without a text");
      return id;
    },
  };
}

/** The same words in the same dress always have the same name. */
function idFor({ id, version, content }: Source, brand: Brand, shop: { name: string; time_zone: string }): string {
  const hash = createHash("sha256").update(JSON.stringify([id, version, content, brand, shop.name, shop.time_zone]));
  return hash
    .digest("hex")
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export type SentText = { source: Source; brand: Brand; shop: { name: string; timeZone: string } };

/** What a message was written with; null for those from before it was kept. */
export async function sentText(
  { trx }: TenantTrx,
  ctx: ShopContext,
  message: { text_id: string | null; kind: MessageKind; channel: Channel },
): Promise<SentText | null> {
  if (message.text_id === null) return null;
  const row = await trx
    .selectFrom("message_text as x")
    .leftJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "x.shop_id").onRef("t.id", "=", "x.template_id"))
    .select(["x.template_id", "x.template_version", "x.content", "x.brand", "x.shop_name", "x.time_zone", "t.name"])
    .where("x.shop_id", "=", ctx.shopId)
    .where("x.id", "=", message.text_id)
    .executeTakeFirst();
  if (!row) return null;
  return {
    source: {
      ...{ id: row.template_id, version: row.template_version, name: row.name, kind: message.kind, channel: message.channel },
      ...{ content: contentFor(message.channel, row.content), key: `sent:${message.text_id}` },
    },
    brand: brandSchema.parse(row.brand),
    shop: { name: row.shop_name, timeZone: row.time_zone },
  };
}
