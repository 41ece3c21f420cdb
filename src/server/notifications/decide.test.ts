import { describe, expect, it } from "vitest";
import { decide, type Recipient } from "./decide";

const now = new Date("2026-06-01T10:00:00Z");
const open = { expiresAt: new Date("2026-07-01T22:00:00Z") };
const subscriber: Recipient = { erased: false, email: "jörg+test@exämple.de", emailConsent: "SUBSCRIBED" };

describe("decide", () => {
  it("sends to a subscriber with an address", () => {
    expect(decide(subscriber, open, now)).toEqual({ send: true });
    expect(decide(subscriber, { expiresAt: null }, now)).toEqual({ send: true });
  });

  it.each([
    [{ erased: true }, "erased"],
    [{ email: null }, "noAddress"],
    [{ email: "  " }, "noAddress"],
    [{ email: "no address" }, "addressInvalid"],
    [{ emailConsent: "INVALID" }, "addressInvalid"],
    [{ emailConsent: "NOT_SUBSCRIBED" }, "noConsent"],
    [{ emailConsent: "PENDING" }, "noConsent"],
    [{ emailConsent: "UNSUBSCRIBED" }, "noConsent"],
    [{ emailConsent: "REDACTED" }, "noConsent"],
  ] as const)("%j is skipped: %s", (patch, reason) => {
    expect(decide({ ...subscriber, ...patch }, open, now)).toEqual({ send: false, reason });
  });

  it("erasure goes before everything, and ended credit is not advertised", () => {
    expect(decide({ erased: true, email: null, emailConsent: "INVALID" }, open, now)).toEqual({ send: false, reason: "erased" });
    expect(decide(subscriber, { expiresAt: now }, now)).toEqual({ send: false, reason: "creditGone" });
  });
});
