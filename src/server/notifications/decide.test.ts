import { describe, expect, it } from "vitest";
import { decide, type Question } from "./decide";
import { beforeQuietHours, quietUntil } from "./policy";
import { policySchema } from "./schema";

const at = (iso: string) => Date.parse(iso);
const policy = policySchema.parse({});
const noon = at("2026-06-01T10:00:00Z");
const asked = (patch: Partial<Question["recipient"]> = {}, rest: Partial<Question> = {}): Question => ({
  channel: "email",
  category: "marketing",
  recipient: {
    id: "0198f0a2-7c1e-7000-8000-000000000001",
    erased: false,
    address: "ok",
    suppressed: null,
    objected: false,
    consent: "granted",
    hasBought: true,
    timeZone: "Europe/Berlin",
    told: false,
    recent: [],
    ...patch,
  },
  credit: { exists: true, expiresAt: at("2026-07-01T22:00:00Z") },
  campaignEnded: false,
  policy,
  now: noon,
  ...rest,
});

describe("decide", () => {
  it("sends with consent and says on what ground", () => {
    expect(decide(asked())).toEqual({ action: "send", basis: "consent" });
  });

  it.each([
    [{ erased: true }, "erased"],
    [{ address: "missing" }, "noAddress"],
    [{ address: "invalid" }, "addressInvalid"],
    [{ suppressed: "hardBounce" }, "hardBounce"],
    [{ suppressed: "softBounce" }, "softBounce"],
    [{ suppressed: "complaint" }, "complaint"],
    [{ suppressed: "manual" }, "suppressed"],
    [{ objected: true }, "objection"],
    [{ consent: "none" }, "noConsent"],
    [{ consent: "pending" }, "noConsent"],
    [{ consent: "withdrawn" }, "noConsent"],
    [{ told: true, recent: [noon - 3_600_000] }, "sameAddress"],
    [{ recent: [noon - 3_600_000] }, "frequencyCap"],
  ] as const)("%j drops: %s", (patch, reason) => {
    expect(decide(asked(patch))).toEqual({ action: "drop", reason });
  });

  it("asks in the order of the law: an erased, suppressed objector is erased", () => {
    expect(decide(asked({ erased: true, suppressed: "complaint", objected: true, consent: "none" }))).toMatchObject({ reason: "erased" });
    expect(decide(asked({ suppressed: "complaint", objected: true }))).toMatchObject({ reason: "complaint" });
    expect(decide(asked({ objected: true, consent: "none" }))).toMatchObject({ reason: "objection" });
  });

  it("transactional messages need an address that works, and nothing else", () => {
    const night = at("2026-06-01T23:00:00Z");
    const message = asked({ consent: "withdrawn", objected: true, recent: [night] }, { category: "transactional", now: night });
    expect(decide(message)).toEqual({ action: "send", basis: "transactional" });
    expect(decide(asked({ suppressed: "hardBounce" }, { category: "transactional" }))).toMatchObject({ reason: "hardBounce" });
  });

  it("e-mail to buyers without consent only where the shop allows it, and never after a withdrawal or on other channels", () => {
    const soft = { policy: { ...policy, softOptIn: true } };
    expect(decide(asked({ consent: "none" }, soft))).toEqual({ action: "send", basis: "existingCustomer" });
    expect(decide(asked({ consent: "none", hasBought: false }, soft))).toMatchObject({ reason: "noConsent" });
    expect(decide(asked({ consent: "withdrawn" }, soft))).toMatchObject({ reason: "noConsent" });
    expect(decide(asked({ consent: "pending" }, soft))).toMatchObject({ reason: "noConsent" });
    expect(decide(asked({ consent: "none" }, { ...soft, channel: "sms" }))).toMatchObject({ reason: "noConsent" });
    expect(decide(asked({ consent: "none" }, { ...soft, channel: "push" }))).toMatchObject({ reason: "noConsent" });
  });

  it("counts the windows, those of a day and more to about an hour", () => {
    const hours = (n: number) => noon - n * 3_600_000;
    expect(decide(asked({ recent: [hours(24)] }))).toMatchObject({ action: "send" });
    // The same hour of the day before, some seconds later there; and on the day on which clocks went forward.
    const seconds = (n: number) => n / 3_600;
    for (const ago of [24 - seconds(30), 23, 23 - seconds(30)])
      expect(decide(asked({ recent: [hours(ago)] }))).toMatchObject({ action: "send" });
    expect(decide(asked({ recent: [hours(22.9)] }))).toMatchObject({ reason: "frequencyCap" });
    const short = { policy: { ...policy, caps: { ...policy.caps, email: [{ count: 1, hours: 12 }] } } };
    expect(decide(asked({ recent: [hours(11.99)] }, short))).toMatchObject({ reason: "frequencyCap" });
    expect(decide(asked({ recent: [hours(12)] }, short))).toMatchObject({ action: "send" });
    expect(decide(asked({ recent: [hours(30), hours(60), hours(90)] }))).toMatchObject({ reason: "frequencyCap" });
    expect(decide(asked({ recent: [hours(30), hours(60), hours(168)] }))).toMatchObject({ action: "send" });
  });

  it("does not tell about credit that is gone", () => {
    expect(decide(asked({}, { credit: { exists: false, expiresAt: null } }))).toMatchObject({ reason: "creditGone" });
    expect(decide(asked({}, { credit: { exists: true, expiresAt: noon } }))).toMatchObject({ reason: "creditGone" });
    expect(decide(asked({}, { campaignEnded: true }))).toMatchObject({ reason: "campaignEnded" });
  });

  it("waits for the morning of the recipient, at a minute that is theirs (B28)", () => {
    const night = at("2026-06-01T20:30:00Z");
    const decision = decide(asked({}, { now: night }));
    expect(decision).toMatchObject({ action: "defer", reason: "quietHours" });
    const until = decision.action === "defer" ? decision.until : 0;
    expect(until).toBeGreaterThanOrEqual(at("2026-06-02T06:00:00Z"));
    expect(until).toBeLessThan(at("2026-06-02T06:30:00Z"));
    expect(decide(asked({}, { now: night }))).toEqual(decision);
    // New York is at lunch.
    expect(decide(asked({ timeZone: "America/New_York" }, { now: night }))).toMatchObject({ action: "send" });
  });

  it("drops what could only be sent in the last day of the credit (B28)", () => {
    const night = at("2026-06-01T20:30:00Z");
    const credit = (iso: string) => ({ now: night, credit: { exists: true, expiresAt: at(iso) } });
    expect(decide(asked({}, credit("2026-06-02T22:00:00Z")))).toEqual({ action: "drop", reason: "quietHoursTooLate" });
    expect(decide(asked({}, credit("2026-06-03T22:00:00Z")))).toMatchObject({ action: "defer" });
  });
});

describe("quiet hours", () => {
  const quiet = { from: "20:00", to: "08:00" };
  it("begin and end on the minute, also on the days of the clock change", () => {
    const zone = "Europe/Berlin";
    const until = (iso: string) => {
      const end = quietUntil(at(iso), zone, quiet, "");
      return end === null ? null : new Date(end - (end % 1_800_000)).toISOString();
    };
    expect(until("2026-06-01T17:59:59Z")).toBeNull();
    expect(until("2026-06-01T18:00:00Z")).toBe("2026-06-02T06:00:00.000Z");
    expect(until("2026-06-02T05:59:00Z")).toBe("2026-06-02T06:00:00.000Z");
    expect(until("2026-06-02T06:00:00Z")).toBeNull();
    expect(until("2026-03-28T22:00:00Z")).toBe("2026-03-29T06:00:00.000Z");
    expect(until("2026-10-24T22:00:00Z")).toBe("2026-10-25T07:00:00.000Z");
  });

  it("may lie within a day, or not exist", () => {
    expect(quietUntil(at("2026-06-01T11:00:00Z"), "Europe/Berlin", { from: "12:00", to: "14:00" }, "x")).not.toBeNull();
    expect(quietUntil(at("2026-06-01T12:00:00Z"), "Europe/Berlin", { from: "12:00", to: "14:00" }, "x")).toBeNull();
    expect(quietUntil(at("2026-06-01T23:00:00Z"), "Europe/Berlin", null, "x")).toBeNull();
  });

  it("move a reminder that is due in them, or shortly before, to where an outage does not lose it", () => {
    const moved = (iso: string, hours = 2, by: typeof quiet = quiet) =>
      new Date(beforeQuietHours(at(iso), "Europe/Berlin", by, { id: "someone", lead: hours * 3_600_000 })).toISOString();
    const between = (iso: string, from: string, to: string) => {
      expect(iso >= from).toBe(true);
      expect(iso <= to).toBe(true);
    };
    // Due at midnight: in the half hour that ends two hours before the night.
    between(moved("2026-06-30T22:00:00Z"), "2026-06-30T15:30:00.000Z", "2026-06-30T16:00:00.000Z");
    between(moved("2026-06-30T03:00:00Z"), "2026-06-29T15:30:00.000Z", "2026-06-29T16:00:00.000Z");
    between(moved("2026-06-30T17:30:00Z"), "2026-06-30T15:30:00.000Z", "2026-06-30T16:00:00.000Z");
    expect(moved("2026-06-30T10:00:00Z")).toBe("2026-06-30T10:00:00.000Z");
    expect(moved("2026-06-30T16:00:00Z")).toBe("2026-06-30T16:00:00.000Z");
    // However many there are, not into the night before.
    between(moved("2026-06-30T22:00:00Z", 5), "2026-06-30T12:30:00.000Z", "2026-06-30T13:00:00.000Z");
    between(moved("2026-06-30T22:00:00Z", 500), "2026-06-30T11:30:00.000Z", "2026-06-30T12:00:00.000Z");
    between(moved("2026-06-30T22:00:00Z", 2, { from: "10:00", to: "08:00" }), "2026-06-30T06:30:00.000Z", "2026-06-30T07:00:00.000Z");
  });
});
