import { describe, expect, it } from "vitest";
import { isFullMailbox, judgeBounce, type Verdict } from "./judge-bounce";

const judged = (provider: Verdict, words: string, code?: string) => judgeBounce({ provider, words, code });

describe("what a bounce says about the address", () => {
  it("is for ever only where nobody is there", () => {
    expect(judged("hardBounce", "550 5.1.1 The email account that you tried to reach does not exist.")).toBe("hardBounce");
    expect(judged("hardBounce", "smtp; 550 user unknown", "5.1.1")).toBe("hardBounce");
    expect(judged("hardBounce", "550 5.4.1 Recipient address rejected: Access denied.")).toBe("hardBounce");
    expect(judged("hardBounce", " RecipientError: 550 5.5.0 Requested action not taken: mailbox unavailable.")).toBe("hardBounce");
    expect(judged("hardBounce", "")).toBe("hardBounce");
  });

  it("of a full mailbox ends by itself, whatever the provider takes it for", () => {
    for (const provider of ["hardBounce", "softBounce", "failed"] as const) {
      expect(judged(provider, "552 5.2.2 The email account that you tried to reach is over quota and inactive.")).toBe("softBounce");
      expect(judged(provider, "452 4.2.2 The recipient's inbox is out of storage space")).toBe("softBounce");
      expect(judged(provider, "554 delivery error: dd Mailbox full")).toBe("softBounce");
      expect(judged(provider, "550 5.0.0 Quota exceeded")).toBe("softBounce");
    }
    expect(judged("hardBounce", "451 4.7.0 try again later", "4.3.0")).toBe("softBounce");
  });

  it("of a block, of content or of the sender is none at all", () => {
    for (const provider of ["hardBounce", "softBounce", "failed"] as const) {
      expect(judged(provider, "550 5.7.1 Message rejected due to spam content")).toBe("failed");
      expect(judged(provider, "554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org")).toBe("failed");
      expect(judged(provider, "550 5.1.8 Bad sender's system address")).toBe("failed");
      expect(judged(provider, "552 5.3.4 Message size exceeds fixed limit")).toBe("failed");
      expect(judged(provider, "blocked : due to blacklist user")).toBe("failed");
    }
    expect(judged("failed", "550 5.1.1 user unknown")).toBe("failed");
  });

  it("is not read out of addresses of machines", () => {
    expect(judged("hardBounce", "host 5.2.2.14 said: 550 no such user")).toBe("hardBounce");
  });

  it("while it is tried again is known of a full mailbox only", () => {
    expect(isFullMailbox("452 4.2.2 Over quota")).toBe(true);
    expect(isFullMailbox("mailbox full", null)).toBe(true);
    expect(isFullMailbox("450 4.2.0 Recipient address rejected: Greylisted")).toBe(false);
    expect(isFullMailbox(null)).toBe(false);
  });
});
