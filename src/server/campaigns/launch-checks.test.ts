import { describe, expect, it } from "vitest";
import { type Checked, expectedArms, problemsOf, warningsOf } from "./launch-checks";
import { CAMPAIGN_STATUSES, isAllowed } from "./schema";

const now = new Date("2026-06-01T10:00:00Z");
const shop = { currency: "EUR" };
const good: Checked = {
  name: "Rückkehr im Juni",
  segmentId: "0197a2b4-0000-7000-8000-000000000001",
  unit: "EUR",
  amount: 500n,
  expiryDays: 30,
  availableLocal: "2026-06-01T14:00",
  timeZone: "Europe/Berlin",
  holdoutBps: 1000,
  messageEnabled: true,
  messageTexts: {},
};
const audience = { size: 5000, reachable: 4000 };

describe("problems before launch", () => {
  it("finds none in a complete draft", () => {
    expect(problemsOf(good, audience, shop, now)).toEqual([]);
    expect(warningsOf(good, audience)).toEqual([]);
  });

  it("names everything that is missing at once", () => {
    const empty: Checked = { ...good, name: "", segmentId: null, amount: 0n, availableLocal: null };
    expect(problemsOf(empty, null, shop, now)).toEqual(["nameMissing", "segmentMissing", "amountZero", "timeMissing"]);
  });

  it.each([
    [{ availableLocal: "2026-06-01T11:58" }, "timePast"],
    [{ unit: "USD" }, "unitMismatch"],
    [{ messageTexts: { de: { subject: " ", body: "x" } } }, "textMissing"],
  ] as const)("%j → %s", (patch, problem) => {
    expect(problemsOf({ ...good, ...patch }, audience, shop, now)).toEqual([problem]);
  });

  it("refuses an empty audience, and does not mind an emptied text of a message that is off", () => {
    expect(problemsOf(good, { size: 0, reachable: 0 }, shop, now)).toEqual(["audienceEmpty"]);
    expect(problemsOf({ ...good, messageEnabled: false, messageTexts: { de: { subject: "", body: "" } } }, audience, shop, now)).toEqual(
      [],
    );
  });
});

describe("warnings", () => {
  it.each([
    [{ expiryDays: 6 }, "expiryBelow7"],
    [{ expiryDays: 13 }, "expiryBelow14"],
    [{ expiryDays: null }, "noExpiry"],
    [{ holdoutBps: 0 }, "noHoldout"],
    [{ holdoutBps: 100 }, "armsTooSmall"],
    [{ availableLocal: "2027-03-28T02:30" }, "timeShifted"],
  ] as const)("%j → %s", (patch, warning) => {
    expect(warningsOf({ ...good, ...patch }, audience)).toEqual([warning]);
  });
  it("tells when no message can reach anybody", () => {
    expect(warningsOf(good, { size: 5000, reachable: 0 })).toEqual(["nobodyReachable"]);
  });
});

describe("expected arms", () => {
  it("always add up", () => {
    expect(expectedArms(4972, 1000)).toEqual({ treated: 4475, control: 497 });
    expect(expectedArms(0, 1000)).toEqual({ treated: 0, control: 0 });
  });
});

describe("state machine", () => {
  it("opens each action only where it makes sense", () => {
    const open = (drop: { status: string } | null) =>
      Object.fromEntries(
        CAMPAIGN_STATUSES.map((status) => [
          status,
          (["edit", "launch", "revise", "pause", "resume", "cancel"] as const)
            .filter((action) => isAllowed(action, status, drop))
            .join(" "),
        ]),
      );
    expect(open({ status: "granting" })).toEqual({
      draft: "edit launch cancel",
      scheduled: "revise pause cancel",
      running: "pause cancel",
      paused: "resume cancel",
      done: "",
      failed: "resume cancel",
      cancelled: "",
    });
    expect(isAllowed("pause", "running", { status: "done" })).toBe(false);
    expect(isAllowed("cancel", "running", { status: "done" })).toBe(false);
  });
});
