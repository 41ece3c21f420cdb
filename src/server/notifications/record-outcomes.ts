import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Outcome } from "./channels/adapter";
import type { Claimed } from "./claim-messages";
import { type DeliveryNotice, recordBounces } from "./consent/record-bounces";
import { lockSending, writingByKeys } from "./due-messages";
import { freePlaces } from "./free-places";
import type { SkipReason } from "./schema";

/** How long to wait after each refusal that may pass, and so how often to try: about two days in all. */
const BACK_OFF_MINUTES = [1, 5, 15, 60, 180, 360, 720, 1_440] as const;

export type Result = {
  message: Pick<Claimed, "id" | "attempts" | "channel" | "address" | "customerId">;
  /** `held`: paused or objected to after it was decided; it goes back and is decided about anew. */
  outcome: Outcome | { result: "broken"; error: string } | { result: "untried"; error: string } | { result: "held" };
  provider: string;
  templateId: string | null;
  templateVersion: number | null;
};

type Change = {
  status: "sent" | "failed" | "queued" | "unknown";
  reason: SkipReason | "retry" | null;
  after: number | null;
  attempts: number;
};

function changeOf({ message, outcome }: Result): Change {
  const { attempts } = message;
  switch (outcome.result) {
    case "sent":
      return { status: "sent", reason: null, after: null, attempts: attempts + 1 };
    case "unknown":
      return { status: "unknown", reason: null, after: null, attempts: attempts + 1 };
    case "failed":
      return { status: "failed", reason: outcome.reason, after: null, attempts: attempts + 1 };
    case "broken":
      return { status: "failed", reason: "templateBroken", after: null, attempts };
    case "held":
      return { status: "queued", reason: null, after: null, attempts };
    case "untried":
      return { status: "queued", reason: "retry", after: 60, attempts };
    case "retry": {
      // Asked again in a minute, as long as it takes: nothing was said about this message.
      if (outcome.down && !outcome.counted) return { status: "queued", reason: "retry", after: 60, attempts };
      const minutes = BACK_OFF_MINUTES[attempts];
      if (minutes === undefined) return { status: "failed", reason: "rejected", after: null, attempts: attempts + 1 };
      // A tenth of jitter by attempt and message keeps a whole batch from coming back in one second.
      const jitter = (Number.parseInt(message.id.slice(-4), 16) / 0xffff) * 0.2;
      return { status: "queued", reason: "retry", after: Math.round(minutes * 60 * (0.9 + jitter)), attempts: attempts + 1 };
    }
  }
}

/**
 * Writes what became of a batch, fenced by its claim; bounces reach the suppression list in the same transaction.
 */
export async function recordOutcomes({ trx, now }: TenantTrx, ctx: ShopContext, claim: string, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return;
  // Recording addresses that do not exist may stop the shop's marketing: its lock comes before the windows of people, as when deciding.
  if (results.some(({ outcome }) => outcome.result === "failed" && outcome.bounce === "hard")) await lockSending({ trx, now }, ctx);
  const changes = results.map((result) => ({ result, change: changeOf(result) }));
  const ids = results.map(({ message }) => message.id);
  const text = (pick: (entry: (typeof changes)[number]) => string | null) => changes.map(pick);
  const refused = changes.filter(({ change }) => change.status === "queued" || change.status === "failed");
  await freePlaces(
    { trx, now },
    ctx,
    refused.map(({ result }) => result.message.id),
    claim,
  );
  const write = sql`
    with d as (
      select * from unnest(${ids}::uuid[], ${text(({ change }) => change.status)}::text[],
        ${text(({ change }) => change.reason)}::text[],
        ${text(({ result }) => ("error" in result.outcome ? result.outcome.error : null))}::text[],
        ${text(({ result }) => (result.outcome.result === "sent" ? result.outcome.ref : null))}::text[],
        ${text(({ result }) => result.provider)}::text[], ${changes.map(({ change }) => change.after)}::int[],
        ${changes.map(({ change }) => change.attempts)}::int[], ${text(({ result }) => result.templateId)}::uuid[],
        ${changes.map(({ result }) => result.templateVersion)}::int[])
        u (id, status, reason, error, ref, provider, after, attempts, template_id, template_version)
    )
    update message m set status = d.status, reason = d.reason, error = left(d.error, 500), provider = d.provider, provider_ref = left(d.ref, 300),
      attempts = d.attempts, template_id = coalesce(d.template_id, m.template_id), template_version = coalesce(d.template_version, m.template_version),
      sent_at = case when d.status = 'sent' then ${now}::timestamptz end,
      send_after = case when d.after is null then m.send_after else ${now}::timestamptz + make_interval(secs => d.after) end,
      slot_at = case when d.status in ('queued', 'failed') then null else m.slot_at end,
      claimed_at = case when d.status = 'unknown' then m.claimed_at end
    from d where m.shop_id = ${ctx.shopId} and m.id = d.id and m.id = any(${ids}::uuid[]) and m.claim = ${claim}`;
  await writingByKeys({ trx, now }, () => write.execute(trx));
  await recordBounces(
    { trx, now },
    ctx,
    changes.flatMap(({ result, change }) => bounceOf(result, change, claim)),
  );
  const gone = results.flatMap(({ outcome }) => ("gone" in outcome ? [...(outcome.gone ?? [])] : []));
  if (gone.length > 0)
    await trx.updateTable("push_subscription").set({ gone_at: now }).where("shop_id", "=", ctx.shopId).where("id", "in", gone).execute();
}

/** A refusal for good as the provider classed it; and one that was meant to pass and did not in two days is a soft bounce of that address. */
function bounceOf({ message, outcome }: Result, change: Change, claim: string): DeliveryNotice[] {
  const { id, channel, address, customerId } = message;
  if (channel === "push") return [];
  const notice = { id: `send:${id}:${claim}`, channel, address, messageId: id, customerId };
  if (outcome.result === "failed" && outcome.bounce)
    return [{ ...notice, kind: outcome.bounce === "hard" ? "hardBounce" : "softBounce", code: outcome.code, detail: outcome.error }];
  if (outcome.result === "retry" && !outcome.down && change.status === "failed")
    return [{ ...notice, kind: "softBounce", code: null, detail: outcome.error }];
  return [];
}
