import { describe, expect, it } from "vitest";
import { countryCode } from "./country-code";
import { emailKey } from "./email-key";
import { maskEmail } from "./schema";

describe("emailKey (domain.md B23)", () => {
  it("is the same for every spelling of one address", () => {
    const spellings = ["Jörg+test@EXÄMPLE.de", "  jo\u0308rg+test@exa\u0308mple.de ", "JÖRG+TEST@xn--exmple-cua.de"];
    expect(new Set(spellings.map(emailKey))).toEqual(new Set(["jörg+test@xn--exmple-cua.de"]));
  });
  it("keeps an emoji mailbox", () => expect(emailKey("🎈@example.org")).toBe("🎈@example.org"));
  it.each([
    "",
    "no-at",
    "@example.org",
    "a@",
    "a@localhost",
    "a b@example.org",
    "a@b..de",
    "a@-b.de",
    `${"x".repeat(320)}@example.org`,
    "a\n@example.org",
  ])("refuses %j", (text) => expect(emailKey(text)).toBeNull());
  it("shortens for eyes that may not see it all", () => {
    expect(maskEmail("anna@example.org")).toBe("a…@example.org");
    expect(maskEmail("👨‍👩‍👧x@example.org")).toBe("👨‍👩‍👧…@example.org");
  });
});

describe("countryCode", () => {
  it("reads codes and names", () => {
    const texts = [
      "de",
      "Deutschland",
      "United Kingdom",
      "EIRE",
      "RSA",
      "USA",
      "Österreich",
      "uk",
      "Channel Islands",
      "European Community",
      "Unspecified",
      "XX",
    ];
    expect(texts.map(countryCode)).toEqual(["DE", "DE", "GB", "IE", "ZA", "US", "AT", "GB", null, null, null, null]);
  });
});
