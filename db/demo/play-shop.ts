import type { Role } from "@/server/auth/permissions";
import { claimDueDrops } from "@/server/campaigns/claim-due-drops";
import { createCampaign } from "@/server/campaigns/create-campaign";
import { approveCampaign } from "@/server/campaigns/decide-campaign";
import { endCampaigns } from "@/server/campaigns/end-campaigns";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { submitCampaign } from "@/server/campaigns/submit-campaign";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { manualCredit } from "@/server/ledger/manual-credit";
import { redeem } from "@/server/ledger/redeem";
import { deliverMessages } from "@/server/notifications/deliver-messages";
import { refreshProductPairs } from "@/server/notifications/templates/recommendations";
import { freezeBaselines, refreshResults } from "@/server/roi/results";
import { runPrediction } from "@/server/scoring/prediction-run";
import { runRfm } from "@/server/scoring/rfm-run";
import { createSegment } from "@/server/segments/create-segment";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { dayToIsoDate, localDay, localToInstant } from "@/server/time";
import type { Backstage } from "./backstage";
import type { DemoCampaign, ShopPlan } from "./campaign-plan";
import { loadRows } from "./load-rows";
import { Random } from "./random";
import { byTime, DAY, type DemoCustomer, type DemoOrder, type DemoShop, makeOrder, Shelf, type ShopProfile } from "./simulate";
import { Wallets } from "./wallets";

const HOUR = 3_600_000;

/** People of the shop as actors of the verbs. */
export type Staff = ReadonlyMap<Role, ShopContext>;

type Step = { at: number; run: () => Promise<unknown> };

/**
 * Plays a shop's past in order. Between two campaigns its orders and events arrive; each campaign runs through the app's own verbs while
 * the database's clock shows its day; people then order more or less because of it, redeem through the ledger, and the rest expires.
 */
export class ShopPlay {
  private readonly wallets = new Wallets();
  private readonly random: Random;
  private readonly shelf: Shelf;
  /** Redeems as a shop's checkout does: by a key that has been revoked since. */
  private readonly checkout: ShopContext;
  private readonly byId: Map<string, DemoCustomer>;
  private readonly extra: DemoOrder[] = [];
  private agenda: Step[] = [];
  private loadedUntil = Number.NEGATIVE_INFINITY;
  private nextNumber = 100_001;

  constructor(
    private readonly shop: ShopContext,
    private readonly profile: ShopProfile,
    private readonly timeZone: string,
    private readonly data: DemoShop,
    private readonly backstage: Backstage,
    private readonly now: number,
  ) {
    this.random = new Random(`${profile.seed}:play`);
    const key = { type: "apiKey" as const, keyId: crypto.randomUUID(), label: profile.english ? "Checkout" : "Kasse" };
    this.checkout = { ...shop, actor: key };
    this.shelf = new Shelf(data.products);
    this.byId = new Map(data.customers.map((customer) => [customer.id, customer]));
  }

  async play(staff: Staff, plan: ShopPlan): Promise<void> {
    for (const campaign of plan.past) {
      const release = this.instant(campaign.daysAgo, campaign.time);
      await this.arrive(release);
      await this.runCampaign(staff, campaign, release);
    }
    this.planGoodwill(staff.get("support") ?? this.shop, plan.goodwill);
    await this.arrive(this.now);
    await this.calculate();
    await this.backstage.setClock(this.now - 20 * 60_000);
    for (const campaign of plan.ahead) await this.schedule(staff, campaign);
    const marketer = staff.get("marketer") ?? this.shop;
    for (const campaign of plan.waiting) await submitCampaign(marketer, { id: await this.draft(marketer, campaign), note: plan.note });
    for (const campaign of plan.drafts) await this.draft(marketer, campaign);
  }

  /** Whom the books name for what the background functions do. */
  private job(name: string): ShopContext {
    return systemContext(this.shop.orgId, this.shop.shopId, name);
  }

  private instant(daysAgo: number, time: string): number {
    const day = localDay(new Date(this.now), this.timeZone) - daysAgo;
    return localToInstant(`${dayToIsoDate(day)}T${time}`, this.timeZone).getTime();
  }

  /** Everything that happened since the last call: orders and events come in, credit is spent and expires, at their times. */
  private async arrive(until: number): Promise<void> {
    const since = this.loadedUntil;
    const inside = (at: number) => at >= since && at < until;
    const orders = [...this.data.orders, ...this.extra].filter((order) => inside(order.placedAt)).sort(byTime);
    for (const order of orders) order.externalId = String(this.nextNumber++);
    const spending = orders.filter((order) => order.creditUsed > 0).map((order) => ({ at: order.placedAt, run: () => this.spend(order) }));
    const due = [...spending, ...this.agenda.filter((step) => step.at < until)].sort((one, other) => one.at - other.at);
    this.agenda = this.agenda.filter((step) => step.at >= until);
    for (const step of due) {
      await this.backstage.setClock(step.at);
      await step.run();
    }
    const customers = this.data.customers.filter((customer) => inside(customer.addedAt));
    const events = this.data.events.filter((event) => inside(event.at));
    await loadRows(this.shop, this.timeZone, this.profile.currency, { customers, orders, events });
    await this.backstage.analyze();
    await rebuildMetrics(this.shop);
    this.loadedUntil = until;
    // The groups of that day: history for the pages, and what later campaigns are aimed at.
    await this.backstage.setClock(until);
    await freezeBaselines(this.shop);
    await runRfm(this.shop, "monthly");
  }

  /** Forecasts, results and what is bought together, as the nightly functions would have left them. */
  private async calculate(): Promise<void> {
    await this.backstage.setClock(this.now - 30 * 60_000);
    await runPrediction(this.shop, "monthly");
    await refreshResults(this.shop, 50);
    await refreshProductPairs(this.shop);
  }

  private spend(order: DemoOrder): Promise<unknown> {
    return redeem(this.checkout, {
      key: `demo:${order.externalId}`,
      customerId: order.customer.id,
      unit: this.profile.currency,
      amount: BigInt(order.creditUsed),
      orderRef: order.externalId,
    });
  }

  private async draft(marketer: ShopContext, campaign: DemoCampaign): Promise<string> {
    const segment = await createSegment(marketer, campaign.segment);
    const draft = await createCampaign(marketer, {
      name: campaign.name,
      description: campaign.description,
      segmentId: segment.id,
      unit: this.profile.currency,
      amount: BigInt(campaign.amount),
      expiryDays: campaign.expiryDays,
      availableLocal: `${dayToIsoDate(localDay(new Date(this.now), this.timeZone) - campaign.daysAgo)}T${campaign.time}`,
      holdoutBps: campaign.holdoutBps,
      messageEnabled: true,
      messageTexts: {},
      ...campaign.more,
    });
    return draft.id;
  }

  private async schedule(staff: Staff, campaign: DemoCampaign): Promise<string> {
    const marketer = staff.get("marketer") ?? this.shop;
    const id = await this.draft(marketer, campaign);
    // What costs more than the shop's threshold is approved by others, like anybody's campaign.
    let { status } = await submitCampaign(marketer, { id });
    for (const role of ["finance", "owner"] as const) {
      const approver = staff.get(role);
      if (status === "submitted" && approver) ({ status } = await approveCampaign(approver, { id }));
    }
    if (status !== "scheduled") throw new Error(`the demo campaign "${campaign.name}" is ${status}`);
    return id;
  }

  private async runCampaign(staff: Staff, campaign: DemoCampaign, release: number): Promise<void> {
    await this.backstage.setClock(release - 26 * HOUR);
    const id = await this.schedule(staff, campaign);
    await this.backstage.setClock(release + 2_000);
    await claimDueDrops();
    const drop = await withTenant(this.shop, ({ trx }) =>
      trx
        .selectFrom("campaign_drop")
        .select("id")
        .where("shop_id", "=", this.shop.shopId)
        .where("campaign_id", "=", id)
        .executeTakeFirstOrThrow(),
    );
    const drops = this.job("campaign-drop");
    const frozen = await freezeDrop(drops, drop.id);
    if (frozen.status !== "granting") throw new Error(`the demo campaign "${campaign.name}" was not released: ${JSON.stringify(frozen)}`);
    for (let no = 0; no < frozen.chunks; no++) await grantChunk(drops, { dropId: drop.id, no });
    await finishDrop(drops, drop.id);
    for (let more = true; more; ) ({ more } = await deliverMessages(this.job("message-send")));
    await this.respond(campaign, drop.id, release);
  }

  /** What treated people do with the credit. Held-out people do what they would have done anyway: that is already in the data. */
  private async respond(campaign: DemoCampaign, dropId: string, release: number): Promise<void> {
    const { members, expiresAt, windowEndsAt } = await withTenant(this.shop, async ({ trx }) => {
      const rows = await trx
        .selectFrom("drop_member")
        .select("customer_id")
        .where("shop_id", "=", this.shop.shopId)
        .where("drop_id", "=", dropId)
        .where("arm", "=", "treated")
        .orderBy("seq")
        .execute();
      const times = await trx
        .selectFrom("campaign_drop as d")
        .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "d.shop_id").onRef("c.id", "=", "d.campaign_id"))
        .select(["d.expires_at", "c.window_ends_at"])
        .where("d.shop_id", "=", this.shop.shopId)
        .where("d.id", "=", dropId)
        .executeTakeFirstOrThrow();
      return {
        members: rows,
        expiresAt: times.expires_at?.getTime() ?? this.now,
        windowEndsAt: times.window_ends_at?.getTime() ?? this.now,
      };
    });
    const treated = new Set(members.map((member) => member.customer_id));
    for (const id of treated) this.wallets.add(id, campaign.amount, expiresAt);
    for (const id of treated) {
      const customer = this.byId.get(id);
      const at = Math.floor(release + Math.min(this.random.exponential(7 * DAY), expiresAt - release - HOUR));
      if (!customer || at >= this.now || !this.random.chance(campaign.effect.extra)) continue;
      const order = makeOrder(this.random, this.profile, this.shelf, customer, at, this.now);
      order.status = "paid";
      order.refund = null;
      this.payWithCredit(order);
      this.extra.push(order);
    }
    for (const order of this.data.orders) {
      const inTime = order.placedAt > release + HOUR && order.placedAt < Math.min(expiresAt, this.now);
      if (inTime && order.status === "paid" && treated.has(order.customer.id) && this.random.chance(campaign.effect.use))
        this.payWithCredit(order);
    }
    if (expiresAt < this.now) this.agenda.push({ at: expiresAt + 60_000, run: () => expireDue(this.job("ledger-expiry")) });
    if (windowEndsAt < this.now) this.agenda.push({ at: windowEndsAt + 120_000, run: () => endCampaigns() });
  }

  private payWithCredit(order: DemoOrder): void {
    order.creditUsed += this.wallets.spend(order.customer.id, order.total - order.creditUsed, order.placedAt);
  }

  /** A few people were given something by hand, as it happens in every shop. */
  private planGoodwill(support: ShopContext, { times, reasons }: ShopPlan["goodwill"]): void {
    const buyers = this.data.orders.filter((order) => order.placedAt < this.loadedUntil && order.placedAt > this.loadedUntil - 60 * DAY);
    for (let i = 0; i < times && buyers.length > 0; i++) {
      const customerId = this.random.pick(buyers).customer.id;
      const input = {
        customerId,
        direction: "give" as const,
        amount: BigInt(this.random.between(2, 8) * 250),
        reason: this.random.pick(reasons),
        expiryDays: 180,
        key: crypto.randomUUID(),
      };
      const at = this.loadedUntil + this.random.unit() * (this.now - this.loadedUntil - HOUR);
      this.agenda.push({ at, run: () => manualCredit(support, input) });
    }
  }
}
