import { describe, expect, it } from "vitest";
import { alreadySaved } from "./already-saved";
import type { Campaign } from "./use-autosave";

const campaign: Partial<Campaign> = {
  name: "Sommer",
  segment: { id: "0197a2b4-0000-7000-8000-000000000001", name: "Alle" },
  amount: 500n,
  offer: { type: "spendTiers", windowDays: null, tiers: [{ from: 0n, amount: 500n }] },
  messageTexts: { de: { subject: "Hallo", body: "Text" } },
  terms: null,
};

describe("a save that arrived although its page is gone", () => {
  it("is recognised by what the draft holds", () => {
    expect(alreadySaved({ name: "Sommer", amount: 500n }, campaign)).toBe(true);
    expect(alreadySaved({ segmentId: "0197a2b4-0000-7000-8000-000000000001", terms: null }, campaign)).toBe(true);
    expect(alreadySaved({ offer: { tiers: [{ amount: 500n, from: 0n }], windowDays: null, type: "spendTiers" } }, campaign)).toBe(true);
    expect(alreadySaved({ messageTexts: { en: undefined, de: { body: "Text", subject: "Hallo" } } }, campaign)).toBe(true);
  });

  it("is a conflict when any part differs", () => {
    expect(alreadySaved({ name: "Sommer", amount: 600n }, campaign)).toBe(false);
    expect(alreadySaved({ segmentId: null }, campaign)).toBe(false);
    expect(alreadySaved({ offer: { type: "spendTiers", windowDays: null, tiers: [{ from: 0n, amount: 501n }] } }, campaign)).toBe(false);
    expect(alreadySaved({ messageTexts: { de: { subject: "Hallo", body: "anders" } } }, campaign)).toBe(false);
  });
});
