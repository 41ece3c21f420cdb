import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONSENTS } from "./schema";
import { consentColumns, type Known, replaces, type Stated } from "./stated-consent";

const LEFT = new Date("2026-06-01T10:00:00Z");
const NOW = new Date("2026-06-20T10:00:00Z");
const dated = fc.option(fc.date({ min: new Date("2020-01-01"), max: LEFT, noInvalidDate: true }), { nil: null });
const statement = fc.record<Stated>({ state: fc.constantFrom(...CONSENTS), at: dated });

const outcome = (known: Known, statements: readonly Stated[]): Known =>
  statements.reduce((current, stated) => {
    if (!replaces(stated, current)) return current;
    const { email_consent: state, email_consent_at: at } = consentColumns(stated, NOW);
    return { state, at };
  }, known);

describe("what a shop states about consent", () => {
  it("never leads back to somebody who left, in any order, unless consent is dated later", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 8 }), (statements) => {
        const { state } = outcome({ state: "UNSUBSCRIBED", at: LEFT }, statements);
        expect(["UNSUBSCRIBED", "REDACTED"]).toContain(state);
      }),
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(statement, statement, (first, stated) => {
        const once = outcome(first, [stated]);
        expect(outcome(once, [stated])).toEqual(once);
      }),
    );
  });

  it("always ends consent when it says so without a date", () => {
    fc.assert(
      fc.property(dated, (at) => {
        expect(replaces({ state: "UNSUBSCRIBED", at: null }, { state: "SUBSCRIBED", at })).toBe(true);
      }),
    );
  });
});
