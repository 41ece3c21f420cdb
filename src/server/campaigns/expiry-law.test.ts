import { describe, expect, it } from "vitest";
import { expiryLaw, judgeExpiry, type Rules } from "./expiry-law";

const audience = [
  { country: "DE", people: 900 },
  { country: "AT", people: 60 },
  { country: "CH", people: 30 },
  { country: null, people: 10 },
];

describe("the law of expiry", () => {
  it("leaves gifts free and keeps earned and paid credit for three years in Germany", () => {
    const law = (origin: "unpaid" | "earned" | "paid") => expiryLaw({ origin, shopCountry: "DE", audience: [] }).term;
    expect([law("unpaid"), law("earned"), law("paid")]).toEqual(["free", "threeYears", "threeYears"]);
  });

  it("takes the German rule for countries it has none for, counts them, and puts unknown countries to the shop's", () => {
    expect(expiryLaw({ origin: "earned", shopCountry: "DE", audience })).toEqual({
      term: "threeYears",
      stricter: 0,
      countries: [
        { country: "DE", people: 910, known: true },
        { country: "AT", people: 60, known: false },
        { country: "CH", people: 30, known: false },
      ],
      unknown: { people: 90, countries: 2 },
    });
    expect(expiryLaw({ origin: "earned", shopCountry: "FR", audience: [{ country: null, people: 5 }] })).toMatchObject({
      term: "threeYears",
      unknown: { people: 5, countries: 1 },
    });
  });

  it("holds the stricter of shop and customer, whichever of the two it is", () => {
    const free: Rules = {
      DE: { unpaid: "free", earned: "threeYears", paid: "threeYears" },
      XA: { unpaid: "free", earned: "free", paid: "free" },
    };
    const law = (shopCountry: string, countries: (string | null)[]) =>
      expiryLaw({ origin: "earned", shopCountry, audience: countries.map((country) => ({ country, people: 7 })) }, free);
    expect(law("XA", ["XA", null])).toMatchObject({ term: "free", stricter: 0, unknown: { people: 0 } });
    expect(law("XA", ["XA", "DE"])).toMatchObject({ term: "threeYears", stricter: 7 });
    // A country without a rule counts as strict, too.
    expect(law("XA", ["CH"])).toMatchObject({ term: "threeYears", stricter: 7, unknown: { people: 7, countries: 1 } });
    expect(law("DE", ["XA"])).toMatchObject({ term: "threeYears", stricter: 0 });
  });

  it("refuses an end before the term unless counsel has looked at it", () => {
    const judge = (expiresAt: string, term: "free" | "threeYears", counselChecked = false) =>
      judgeExpiry({
        ...{ term, counselChecked, timeZone: "Europe/Berlin", availableFrom: new Date("2026-06-01T12:00:00Z") },
        expiresAt: new Date(expiresAt),
      });
    // 31 December 2029 in Berlin ends at 23:00 UTC.
    expect(judge("2029-12-31T22:59:59Z", "threeYears")).toMatchObject({
      refusal: "earnedTooShort",
      notBefore: new Date("2029-12-31T23:00:00Z"),
    });
    expect(judge("2029-12-31T23:00:00Z", "threeYears").refusal).toBeNull();
    expect(judge("2026-07-01T22:00:00Z", "threeYears", true).refusal).toBeNull();
    expect(judge("2026-07-01T22:00:00Z", "free").refusal).toBeNull();
  });
});
