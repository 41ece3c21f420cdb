import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { createTemplate, setDefaultTemplate } from "./templates/manage-templates";
import { onlySenders } from "./testing";

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
});
afterEach(() => setTestClock(null));

const plan = (keyPrefix: string) =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", keyPrefix },
      customers: shop.customers.map((customerId) => ({ customerId })),
    }),
  );
const deliver = () => deliverMessages(shop.ctx, async () => onlySenders({}));

describe("without a way out", () => {
  it("what cannot be composed fails as it would with one, says why, and takes nobody's place", async () => {
    const text = "{% if last_name == 'Boom' %}{% for i in (1..9000000) %}x{% endfor %}{% endif %}ok";
    const content = { subject: "s", preheader: "", blocks: [{ type: "text" as const, text }] };
    const template = await createTemplate(shop.ctx, {
      ...{ kind: "campaign_message", channel: "email", name: "B" },
      content: { de: content, en: content },
    });
    await setDefaultTemplate(shop.ctx, { id: template.id ?? "", isDefault: true });
    const name = (last: string) =>
      withTenant(shop.ctx, ({ trx }) => sql`update customer set last_name = ${last} where external_id = 'c1'`.execute(trx));
    await name("Boom");
    await plan("first");
    expect(await deliver()).toMatchObject({ sent: 2, failed: 1, unknown: 0 });
    const { rows } = await withTenant(shop.ctx, ({ trx }) =>
      sql<{ said: string; version: number; error: string | null }>`
        select concat_ws(':', m.status, m.reason, m.provider) as said, m.template_version as version, m.error
        from message m join customer c on c.id = m.customer_id order by c.external_id`.execute(trx),
    );
    expect(rows.map(({ said }) => said)).toEqual(["failed:templateBroken:outbox", "sent:outbox", "sent:outbox"]);
    expect(rows[0]?.error).toMatch(/limit/);
    expect(rows.map(({ version }) => version)).toEqual([1, 1, 1]);
    await name("Mended");
    await plan("second");
    expect(await deliver()).toMatchObject({ sent: 1, skipped: 2, failed: 0 });
  });
});
