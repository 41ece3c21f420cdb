import { describe, expect, it } from "vitest";
import { type Offer, offerSchema } from "@/server/campaigns/schema";
import { formOf, offerOf } from "./offer-form";

const OFFERS: Offer[] = [
  { type: "fixed" },
  { type: "variable", base: "spend", windowDays: 90, bps: 1_250, step: 50n, min: 300n, max: 2_500n },
  { type: "variable", base: "lastOrder", windowDays: null, bps: 500, step: 1n, min: 0n, max: null },
  {
    type: "rfm",
    amounts: { LOYAL: 1_000n, POTENTIAL_LOYAL: 0n, NEW: 500n, ABOUT_TO_SLEEP: 0n, LOYAL_AT_RISK: 0n, SLEEPERS: 0n },
    otherwise: 0n,
  },
  {
    type: "spendTiers",
    windowDays: null,
    tiers: [
      { from: 0n, amount: 500n },
      { from: 20_000n, amount: 1_000n },
    ],
  },
  {
    type: "arms",
    arms: [
      { amount: 500n, weight: 1 },
      { amount: 1_000n, weight: 2 },
    ],
  },
];

describe("an offer as it is typed", () => {
  it.each(OFFERS)("is the same offer again: $type", (offer) => {
    expect(offerSchema.safeParse(offer).success).toBe(true);
    expect(offerOf(formOf(offer))).toEqual({ offer });
  });

  it("says what is wrong instead of saving something else", () => {
    const tiers = formOf(OFFERS[4] ?? null);
    const [first, second] = tiers.spendTiers.tiers;
    expect(first && second).toBeTruthy();
    tiers.spendTiers.tiers = tiers.spendTiers.tiers.toReversed();
    expect(offerOf(tiers)).toEqual({ wrong: "order" });
    const share = formOf(OFFERS[1] ?? null);
    expect(offerOf({ ...share, variable: { ...share.variable, max: "100" } })).toEqual({ wrong: "bounds" });
    expect(offerOf({ ...share, variable: { ...share.variable, bps: null } })).toEqual({ wrong: "incomplete" });
    const arms = formOf(OFFERS[5] ?? null);
    expect(offerOf({ ...arms, arms: arms.arms.map((arm) => ({ ...arm, amount: "" })) })).toEqual({ wrong: "incomplete" });
  });

  it("keeps what was entered for another kind", () => {
    const form = { ...formOf(OFFERS[1] ?? null), type: "fixed" as const };
    expect(form.variable.bps).toBe(1_250);
    expect(offerOf(form)).toEqual({ offer: { type: "fixed" } });
  });
});
