import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { CHANNELS, type Channel, channelSchema, MESSAGE_KINDS, type MessageKind, messageKindSchema } from "../schema";
import { contentFor } from "./compile";
import { defaultContent } from "./defaults";
import { lintTemplate } from "./lint";
import { lintShop } from "./lint-shop";
import { createTemplateSchema, type LintIssue, saveTemplateSchema, type TemplateContent } from "./schema";

export type TemplateItem = {
  /** null: the built-in text of the event. */
  id: string | null;
  kind: MessageKind;
  channel: Channel;
  name: string | null;
  version: number | null;
  isDefault: boolean;
  builtIn: boolean;
  updatedAt: Date | null;
};
export type TemplateView = TemplateItem & {
  content: TemplateContent;
  versions: { version: number; createdAt: Date; by: string }[];
  issues: LintIssue[];
};

const MAX_TEMPLATES = 200;
const MAX_VERSIONS = 100;

/** The shop's templates, and the built-in text of every event and channel that stands behind them. */
export const listTemplates = (
  ctx: ShopContext,
  filter: { channel?: Channel | null; kind?: MessageKind | null },
): Promise<{ items: TemplateItem[] }> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("message_template")
      .selectAll()
      .where("shop_id", "=", ctx.shopId)
      .where("archived_at", "is", null)
      .orderBy("updated_at", "desc")
      .limit(MAX_TEMPLATES)
      .execute();
    const own: TemplateItem[] = rows.map((row) => ({
      id: row.id,
      kind: messageKindSchema.parse(row.kind),
      channel: row.channel,
      name: row.name,
      version: row.version,
      isDefault: row.is_default,
      builtIn: false,
      updatedAt: row.updated_at,
    }));
    const standard: TemplateItem[] = MESSAGE_KINDS.flatMap((kind) =>
      CHANNELS.filter((channel) => channel === "email" || kind !== "opt_in").map((channel) => ({
        id: null,
        kind,
        channel,
        name: null,
        version: null,
        isDefault: !own.some((one) => one.isDefault && one.kind === kind && one.channel === channel),
        builtIn: true,
        updatedAt: null,
      })),
    );
    const items = [...own, ...standard].filter(
      (item) => (!filter.channel || item.channel === filter.channel) && (!filter.kind || item.kind === filter.kind),
    );
    return { items };
  });

export const getTemplateSchema = z.union([
  z.object({ id: z.uuid() }),
  z.object({ builtIn: z.object({ kind: messageKindSchema, channel: channelSchema }) }),
]);

export async function getTemplate(ctx: ShopContext, input: z.infer<typeof getTemplateSchema>): Promise<TemplateView> {
  if ("builtIn" in input) {
    const { kind, channel } = input.builtIn;
    const content = defaultContent(kind, channel);
    return {
      ...{ id: null, kind, channel, name: null, version: null, isDefault: true, builtIn: true, updatedAt: null, content, versions: [] },
      issues: await lintTemplate(kind, channel, content, await withTenant(ctx, (handle) => lintShop(handle, ctx))),
    };
  }
  return withTenant(ctx, (handle) => view(handle, ctx, input.id));
}

async function view(handle: TenantTrx, ctx: ShopContext, id: string): Promise<TemplateView> {
  const { trx } = handle;
  const row = await trx
    .selectFrom("message_template")
    .selectAll()
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  const versions = await trx
    .selectFrom("message_template_version")
    .select(["version", "content", "created_at", "created_by_label"])
    .where("shop_id", "=", ctx.shopId)
    .where("template_id", "=", id)
    .orderBy("version", "desc")
    .limit(MAX_VERSIONS)
    .execute();
  const current = versions.find(({ version }) => version === row.version);
  if (!current) throw new AppError("NOT_FOUND");
  const kind = messageKindSchema.parse(row.kind);
  const content = contentFor(row.channel, current.content);
  return {
    id: row.id,
    kind,
    channel: row.channel,
    name: row.name,
    version: row.version,
    isDefault: row.is_default,
    builtIn: false,
    updatedAt: row.updated_at,
    content,
    versions: versions.map(({ version, created_at, created_by_label }) => ({ version, createdAt: created_at, by: created_by_label })),
    issues: await lintTemplate(kind, row.channel, content, await lintShop(handle, ctx)),
  };
}

/** The words of one version, to look at or to compare. */
export const getVersion = (ctx: ShopContext, { id, version }: { id: string; version: number }): Promise<{ content: TemplateContent }> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("message_template_version as v")
      .innerJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "v.shop_id").onRef("t.id", "=", "v.template_id"))
      .select(["t.channel", "v.content"])
      .where("v.shop_id", "=", ctx.shopId)
      .where("v.template_id", "=", id)
      .where("v.version", "=", version)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    return { content: contentFor(row.channel, row.content) };
  });

/** Content that fits its channel and has no errors; warnings may stay. */
async function checked(
  handle: TenantTrx,
  ctx: ShopContext,
  { kind, channel, content: raw }: { kind: MessageKind; channel: Channel; content: unknown },
): Promise<TemplateContent> {
  const content = parseInput(
    z.unknown().transform((value) => contentFor(channel, value)),
    raw,
  );
  const errors = (await lintTemplate(kind, channel, content, await lintShop(handle, ctx))).filter(({ level }) => level === "error");
  if (errors[0])
    throw new AppError("TEMPLATE_INVALID", { code: errors[0].code, locale: errors[0].locale, path: errors[0].path, errors: errors.length });
  return content;
}

const writeVersion = ({ trx, now }: TenantTrx, ctx: ShopContext, id: string, version: number, content: TemplateContent) =>
  trx
    .insertInto("message_template_version")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      template_id: id,
      version,
      content: JSON.stringify(content),
      created_by_label: ctx.actor.label,
      created_at: now,
    })
    .execute();

export async function createTemplate(ctx: ShopContext, input: unknown): Promise<TemplateView> {
  const wanted = parseInput(createTemplateSchema, input);
  if (wanted.kind === "opt_in" && wanted.channel !== "email") throw new AppError("VALIDATION", { fields: "channel" });
  return withTenant(ctx, async (handle) => {
    const content = await checked(handle, ctx, wanted);
    const { id } = await handle.trx
      .insertInto("message_template")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, kind: wanted.kind, channel: wanted.channel, name: wanted.name })
      .returning("id")
      .executeTakeFirstOrThrow();
    await writeVersion(handle, ctx, id, 1, content);
    await recordAudit(handle.trx, ctx, {
      action: "template.created",
      entity: "template",
      entityId: id,
      after: { name: wanted.name, kind: wanted.kind },
    });
    return view(handle, ctx, id);
  });
}

/** Writes a new version; messages already sent keep the one they were sent with. */
export async function saveTemplate(ctx: ShopContext, input: unknown): Promise<TemplateView> {
  const wanted = parseInput(saveTemplateSchema, input);
  return withTenant(ctx, async (handle) => {
    const row = await lock(handle, ctx, wanted.id);
    if (row.version !== wanted.baseVersion) throw new AppError("CONFLICT");
    const { channel } = row;
    const content = await checked(handle, ctx, { kind: messageKindSchema.parse(row.kind), channel, content: wanted.content });
    const version = await nextVersion(handle, ctx, wanted.id);
    await writeVersion(handle, ctx, wanted.id, version, content);
    await handle.trx
      .updateTable("message_template")
      .set({ name: wanted.name, version, updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", wanted.id)
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: "template.saved",
      entity: "template",
      entityId: wanted.id,
      after: { name: wanted.name, version },
    });
    return view(handle, ctx, wanted.id);
  });
}

/** Makes an old version the newest again. */
export const restoreTemplate = (ctx: ShopContext, { id, version }: { id: string; version: number }): Promise<TemplateView> =>
  withTenant(ctx, async (handle) => {
    const row = await lock(handle, ctx, id);
    const old = await handle.trx
      .selectFrom("message_template_version")
      .select("content")
      .where("shop_id", "=", ctx.shopId)
      .where("template_id", "=", id)
      .where("version", "=", version)
      .executeTakeFirst();
    if (!old) throw new AppError("NOT_FOUND");
    return saveTemplate({ ...ctx, trx: handle }, { id, name: row.name, content: old.content, baseVersion: row.version });
  });

/** Puts a template in the place of the built-in text of its event, or takes it out again. One per event and channel. */
export const setDefaultTemplate = (ctx: ShopContext, { id, isDefault }: { id: string; isDefault: boolean }): Promise<void> =>
  withTenant(ctx, async (handle) => {
    const row = await lock(handle, ctx, id);
    const update = (value: boolean) =>
      handle.trx.updateTable("message_template").set({ is_default: value, updated_at: handle.now }).where("shop_id", "=", ctx.shopId);
    if (isDefault)
      await update(false).where("kind", "=", row.kind).where("channel", "=", row.channel).where("is_default", "=", true).execute();
    await update(isDefault).where("id", "=", id).execute();
    await recordAudit(handle.trx, ctx, { action: "template.defaultChanged", entity: "template", entityId: id, after: { isDefault } });
  });

/** Takes a template out of use. Messages that were sent with it stay readable. */
export const archiveTemplate = (ctx: ShopContext, { id }: { id: string }): Promise<void> =>
  withTenant(ctx, async (handle) => {
    await lock(handle, ctx, id);
    await handle.trx
      .updateTable("message_template")
      .set({ archived_at: handle.now, is_default: false })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(handle.trx, ctx, { action: "template.archived", entity: "template", entityId: id });
  });

async function lock({ trx }: TenantTrx, ctx: ShopContext, id: string) {
  const row = await trx
    .selectFrom("message_template")
    .select(["kind", "channel", "name", "version"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", id)
    .where("archived_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return row;
}

async function nextVersion({ trx }: TenantTrx, ctx: ShopContext, id: string): Promise<number> {
  const { last } = await trx
    .selectFrom("message_template_version")
    .select((eb) => eb.fn.max("version").as("last"))
    .where("shop_id", "=", ctx.shopId)
    .where("template_id", "=", id)
    .executeTakeFirstOrThrow();
  return last + 1;
}
