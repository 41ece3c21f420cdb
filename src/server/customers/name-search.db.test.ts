import { sql } from "kysely";
import { expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { findPeople } from "@/server/segments/explain-customer";
import { listCustomers } from "./list-customers";

it("finds people whatever letter their name begins with, in any case and either way of writing an accent", async () => {
  const { ctx, customers } = await createCampaignShop(4);
  const names = ["Özdemir", "ÉLAN", "łukasz", "Şahin"];
  await withTenant(ctx, async ({ trx }) => {
    for (const [at, name] of names.entries()) await sql`update customer set last_name = ${name} where id = ${customers[at]}`.execute(trx);
  });
  for (const [at, asked] of [
    [0, "özdemir"],
    [0, "ÖZD"],
    [0, "O\u0308zdemir"],
    [1, "élan"],
    [2, "Łukasz"],
    [3, "şah"],
  ] as const) {
    const { rows } = await listCustomers(ctx, { search: asked });
    expect(
      rows.map((row) => row.id),
      asked,
    ).toEqual([customers[at]]);
    expect(
      (await findPeople(ctx, { search: asked })).map(({ id }) => id),
      asked,
    ).toEqual([customers[at]]);
  }
});
