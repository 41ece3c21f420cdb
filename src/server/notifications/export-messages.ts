import { recordAudit } from "@/server/audit/record-audit";
import { CSV_BOM, csvLine } from "@/server/csv";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { exportName } from "@/server/tenancy/export-name";
import { type MessageListItem, pageOfMessages } from "./list-messages";
import { listMessagesSchema } from "./schema";

const PAGE = 2_000;
const HEADER = [
  ...["message_id", "kind", "channel", "status", "reason", "basis", "customer_id", "name", "email", "campaign", "amount", "unit"],
  ...["created_at", "send_after", "sent_at", "delivered_at", "opened_at", "clicked_at", "bounced_at"],
];

/** What is exported: the list's filters, as they stand in the page's address. */
const exportSchema = listMessagesSchema.omit({ cursor: true, limit: true });

/** The messages that the list shows under these filters, newest first, as CSV, page by page. Who exported is in the audit log. */
export async function exportMessages(ctx: ShopContext, input: unknown): Promise<{ name: string; parts: AsyncGenerator<string> }> {
  const filter = parseInput(exportSchema, input);
  await withTenant(ctx, ({ trx }) => recordAudit(trx, ctx, { action: "message.exported", entity: "shop", entityId: ctx.shopId }));
  return { name: await exportName(ctx, "messages"), parts: lines(ctx, filter) };
}

async function* lines(ctx: ShopContext, filter: ReturnType<typeof exportSchema.parse>): AsyncGenerator<string> {
  yield CSV_BOM + csvLine(HEADER);
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof pageOfMessages>> = await pageOfMessages(ctx, { ...filter, cursor, limit: PAGE }, { pii: true });
    yield page.items.map((message) => csvLine(rowOf(message))).join("");
    cursor = page.nextCursor;
  } while (cursor !== null);
}

const time = (at: Date | null): string => at?.toISOString() ?? "";

const rowOf = (message: MessageListItem) => [
  ...[message.id, message.kind, message.channel, message.status, message.reason, message.basis],
  ...[message.customer.externalId, message.customer.name, message.customer.email, message.campaign?.name ?? null],
  message.amount === null || message.unit === null ? null : { number: toDecimal(message.amount, message.unit) },
  message.unit,
  ...[
    message.createdAt,
    message.sendAfter,
    message.sentAt,
    message.deliveredAt,
    message.openedAt,
    message.clickedAt,
    message.bouncedAt,
  ].map(time),
];
