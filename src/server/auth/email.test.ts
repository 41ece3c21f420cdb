import { describe, expect, it } from "vitest";
import { emailKey } from "./email";

describe("emailKey (domain.md B23)", () => {
  it("is one identity for every spelling of an address", () => {
    const composed = "J\u00f6rg+test@EX\u00c4MPLE.de";
    const decomposed = "Jo\u0308rg+test@exa\u0308mple.DE";
    const punycode = "J\u00f6rg+test@xn--exmple-cua.de";
    expect(emailKey(composed)).toBe("j\u00f6rg+test@xn--exmple-cua.de");
    expect(emailKey(decomposed)).toBe(emailKey(composed));
    expect(emailKey(punycode)).toBe(emailKey(composed));
    expect(emailKey(`  ${composed}\n`)).toBe(emailKey(composed));
  });

  it.each([
    ["emoji \u{1F384}@example.com"],
    ["nobody"],
    ["@example.com"],
    ["a@localhost"],
    ["a@b@example.com"],
    ["a\r\nBcc: x@example.com"],
    ["a@exa mple.com"],
    [`${"x".repeat(65)}@example.com`],
    ["a@.com"],
    ["a@example..com"],
  ])("refuses %j", (address) => {
    expect(emailKey(address)).toBeNull();
  });

  it("accepts an emoji local part (SMTPUTF8 is the sender's problem)", () => {
    expect(emailKey("\u{1F384}@example.com")).toBe("\u{1F384}@example.com");
  });
});
