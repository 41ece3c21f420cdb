import { describe, expect, it } from "vitest";
import { expiryLaw } from "../expiry-law";
import { scheduleOf } from "../schedule";
import { CAMPAIGN_STATUSES, isAllowed } from "../schema";
import { type Checked, type Circumstances, type Known, problemsOf, warningsOf } from "./launch-checks";

const now = new Date("2026-06-01T10:00:00Z");
const shop = { currency: "EUR" };
const good: Checked = {
  name: "Rückkehr im Juni",
  segment: { id: "0197a2b4-0000-7000-8000-000000000001", name: "Alle" },
  unit: "EUR",
  amount: 500n,
  offer: { type: "fixed" },
  terms: null,
  origin: "unpaid",
  counselChecked: false,
  expiryDays: 30,
  expiryDate: null,
  repeat: { type: "none" },
  budget: null,
  endsLocal: null,
  availableLocal: "2026-06-01T14:00",
  timeZone: "Europe/Berlin",
  holdoutBps: 1000,
  messageEnabled: true,
  messageTexts: {},
};
const summary = {
  size: 5000,
  reachable: 4000,
  treated: 4500,
  control: 500,
  cost: 2_250_000n,
  smallest: 500n,
  largest: 500n,
  exclusions: [],
};

const timesOf = (draft: Checked) =>
  draft.availableLocal === null ? null : scheduleOf({ ...draft, zone: "shop", availableLocal: draft.availableLocal });
const lawOf = ({ origin }: Checked, countries = ["DE"]) =>
  expiryLaw({ origin, shopCountry: "DE", audience: countries.map((country) => ({ country, people: 5 })) });
const known = (draft: Checked, more: Partial<Known> = {}): Known => ({
  ...{
    summary,
    invalid: false,
    shop,
    law: lawOf(draft),
    budgets: [],
    schedule: timesOf(draft),
    endsAt: null,
    message: { ownWords: true, templateGone: false, written: true },
    now,
  },
  ...more,
});
const problems = (patch: Partial<Checked>, more: Partial<Known> = {}) => {
  const draft = { ...good, ...patch };
  return problemsOf(draft, known(draft, more));
};
const warnings = (patch: Partial<Checked>, more: Partial<Circumstances> = {}) => {
  const draft = { ...good, ...patch };
  const calm = { required: 0, wanted: 0, halted: false, capped: 0, belowMinOrder: null, underpowered: false, ownWords: true };
  return warningsOf(draft, { summary, schedule: timesOf(draft), law: lawOf(draft), ...calm, ...more });
};

describe("words before launch", () => {
  const texts = (body: string) => ({ messageTexts: { de: { subject: "Hallo", body } } });
  it("warns of names that nothing fills, only where the campaign's own words are sent", () => {
    expect(warnings(texts("Hallo {first_name}, {amount} bis {expires} bei {shop}"))).toEqual([]);
    expect(warnings(texts("Hallo {foo}"))).toEqual(["unknownNames"]);
    expect(warnings(texts("Hallo {shop"))).toEqual(["unknownNames"]);
    expect(warnings(texts("Hallo {foo}"), { ownWords: false })).toEqual([]);
  });

  it("refuses a template that was removed, and credit's names only where they would be read", () => {
    const message = { ownWords: true, templateGone: false, written: true };
    expect(problems({}, { message: { ...message, ownWords: false, templateGone: true } })).toEqual(["templateGone"]);
    const news = { offer: { type: "none" } as const, amount: 0n, ...texts("{amount}") };
    expect(problems(news, { message })).toEqual(["newsCredit"]);
    expect(problems(news, { message: { ...message, ownWords: false } })).toEqual([]);
  });
});

describe("problems before launch", () => {
  it("finds none in a complete draft", () => {
    expect(problems({})).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  it("names everything that is missing at once", () => {
    const nothing = { name: "", segment: null, amount: 0n, availableLocal: null };
    expect(problems(nothing, { summary: null })).toEqual(["nameMissing", "segmentMissing", "amountZero", "timeMissing"]);
  });

  it.each([
    ["timePast", { availableLocal: "2026-06-01T11:58" }],
    ["unitMismatch", { unit: "USD" }],
    ["textMissing", { messageTexts: { de: { subject: " ", body: "x" } } }],
    ["offerEmpty", { offer: { type: "rfm", amounts: { LOYAL: 0n }, otherwise: 0n } }],
    ["budgetMissing", { repeat: { type: "monthly", every: 1 } }],
    ["expiryBeforeStart", { repeat: { type: "monthly", every: 1 }, budget: 1n, expiryDays: null, expiryDate: "2026-07-31" }],
    ["expiryBeforeStart", { expiryDays: null, expiryDate: "2026-05-31" }],
    ["expiryLawEarned", { origin: "earned" }],
    ["expiryLawEarned", { origin: "earned", expiryDays: null, expiryDate: "2029-12-30" }],
  ] as const)("%s", (problem, patch) => {
    expect(problems(patch)).toEqual([problem]);
  });

  it("lets earned credit end with the third year, or sooner when counsel has looked at it, or never", () => {
    expect(problems({ origin: "earned", expiryDays: null, expiryDate: "2029-12-31" })).toEqual([]);
    expect(problems({ origin: "earned", counselChecked: true })).toEqual([]);
    expect(problems({ origin: "earned", expiryDays: null })).toEqual([]);
  });

  it("refuses an empty audience, but not of a campaign that waits for people", () => {
    const empty = { summary: { size: 0, treated: 0, cost: 0n } };
    expect(problems({}, empty)).toEqual(["audienceEmpty"]);
    expect(problems({ repeat: { type: "entry", includeExisting: false, reentryDays: null }, budget: 1n }, empty)).toEqual([]);
  });

  it("does not mind an emptied text of a message that is off", () => {
    expect(problems({ messageEnabled: false, messageTexts: { de: { subject: "", body: "" } } })).toEqual([]);
  });

  it("names each budget the drop would not fit into, to the cent", () => {
    const budget = (scope: "campaign" | "month" | "organisation", cap: bigint) => ({ scope, cap, used: 750_000n });
    expect(
      problems({}, { budgets: [budget("campaign", 3_000_000n), budget("month", 3_000_000n), budget("organisation", 3_000_000n)] }),
    ).toEqual([]);
    expect(
      problems({}, { budgets: [budget("campaign", 2_999_999n), budget("month", 2_999_999n), budget("organisation", 2_999_999n)] }),
    ).toEqual(["budgetTooSmall", "monthCapExceeded", "organisationCapExceeded"]);
  });

  it("refuses an end before the beginning", () => {
    expect(problems({}, { endsAt: new Date("2026-06-01T12:00:00Z") })).toEqual(["endBeforeStart"]);
  });
});

describe("warnings", () => {
  it.each([
    ["expiryBelow7", { expiryDays: 6 }],
    ["expiryBelow14", { expiryDays: 13 }],
    ["noExpiry", { expiryDays: null }],
    ["noHoldout", { holdoutBps: 0 }],
    ["timeShifted", { availableLocal: "2027-03-28T02:30" }],
  ] as const)("%s", (warning, patch) => {
    expect(warnings(patch)).toEqual([warning]);
  });
  it.each([
    ["nobodyReachable", { summary: { ...summary, reachable: 0 } }],
    ["armsTooSmall", { summary: { ...summary, control: 50 } }],
    ["amountsDiffer", { summary: { ...summary, largest: 900n } }],
    ["someExcluded", { summary: { ...summary, exclusions: [{ reason: "noAmount", count: 3 }] } }],
    ["noSecondPerson", { wanted: 1 }],
    ["customerCapBites", { capped: 2 }],
    ["detectableTooLarge", { underpowered: true }],
    ["halted", { halted: true }],
    ["termsHardToMeet", { belowMinOrder: 4_000 }],
  ] as const)("%s", (warning, more) => {
    expect(warnings({}, structuredClone(more) as Partial<Circumstances>)).toEqual([warning]);
  });
  it("says for whom no rule of expiry is known, where one matters", () => {
    const abroad = { law: lawOf({ ...good, origin: "earned" }, ["DE", "AT"]) };
    expect(warnings({ origin: "earned", expiryDays: null, expiryDate: "2029-12-31" }, abroad)).toEqual(["expiryLawUnknown"]);
    expect(warnings({ origin: "earned", expiryDays: null }, abroad)).toEqual(["noExpiry"]);
    expect(warnings({}, abroad)).toEqual([]);
  });
});

describe("state machine", () => {
  it("opens each action only where it makes sense", () => {
    const open = (drop: { status: string } | null) =>
      Object.fromEntries(
        CAMPAIGN_STATUSES.map((status) => [
          status,
          (["edit", "submit", "withdraw", "decide", "launch", "revise", "pause", "resume", "cancel", "recall", "archive"] as const)
            .filter((action) => isAllowed(action, status, drop))
            .join(" "),
        ]),
      );
    expect(open({ status: "granting" })).toEqual({
      draft: "edit submit launch cancel archive",
      submitted: "edit withdraw decide cancel",
      approved: "edit withdraw launch cancel",
      scheduled: "revise pause cancel",
      running: "pause cancel recall",
      paused: "resume cancel recall",
      done: "recall archive",
      failed: "resume cancel recall archive",
      cancelled: "recall archive",
      recalled: "archive",
    });
    expect(isAllowed("pause", "running", { status: "done" })).toBe(false);
    expect(isAllowed("cancel", "running", { status: "done" })).toBe(false);
    expect(isAllowed("pause", "running", { status: "done" }, { repeats: true, messageOnly: false })).toBe(true);
    expect(isAllowed("recall", "done", null)).toBe(false);
    const message = { repeats: false, messageOnly: true };
    expect(isAllowed("cancel", "running", { status: "done" }, message)).toBe(true);
    expect(isAllowed("recall", "running", { status: "done" }, message)).toBe(false);
  });
});
