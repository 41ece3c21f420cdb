import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RenderInput, renderMessage } from "./render-message";
import { DEFAULT_TEXTS } from "./texts";

const base: RenderInput = {
  text: DEFAULT_TEXTS.de,
  locale: "de",
  params: { amount: "1050", unit: "EUR", expiresAt: "2026-04-03T22:00:00.000Z" },
  shop: { name: "Teeladen", timeZone: "Europe/Berlin" },
  firstName: "Jörg",
};
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("renderMessage", () => {
  it("states amount, shop and the last minute of validity in German", () => {
    const { subject, text } = renderMessage(base);
    expect(plain(subject)).toBe("10,50 € Guthaben bei Teeladen");
    expect(plain(text)).toContain("Guten Tag Jörg,");
    expect(plain(text)).toContain("wir schenken 10,50 € Guthaben");
    expect(plain(text)).toContain("Es gilt bis Freitag, 3. April 2026, 23:59 Uhr (MESZ).");
  });

  it("and in English", () => {
    const { subject, text } = renderMessage({ ...base, locale: "en", text: DEFAULT_TEXTS.en });
    expect(plain(subject)).toBe("€10.50 store credit at Teeladen");
    expect(plain(text)).toMatch(/It is valid until Friday,? 3 April 2026, 23:59 \(CEST\)\./);
  });

  it("knows currencies without decimals and amounts beyond 2^53 (B29, L5)", () => {
    expect(plain(renderMessage({ ...base, params: { ...base.params, amount: "1000", unit: "JPY" } }).subject)).toContain("1.000 ¥");
    expect(plain(renderMessage({ ...base, params: { ...base.params, amount: "9007199254740993" } }).subject)).toContain(
      "90.071.992.547.409,93 €",
    );
  });

  it("leaves no gap for a missing name and says when credit does not end", () => {
    const { text } = renderMessage({ ...base, firstName: null, params: { ...base.params, expiresAt: null } });
    expect(text).toContain("Guten Tag,\n");
    expect(text).toContain("Es läuft nicht ab.");
  });

  it("keeps unknown words in braces as they are", () => {
    expect(renderMessage({ ...base, text: { subject: "{betrag} {amount}", body: "{}" } }).subject).toMatch(/^\{betrag\} 10,50/);
  });

  it("never lets a name become markup or a header (B22)", () => {
    const { subject, html } = renderMessage({
      ...base,
      text: { subject: "Für {first_name}", body: "Hallo {first_name}" },
      firstName: `<img src=x onerror="alert('1')">\r\nBcc: everyone@example.com`,
    });
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toContain("<img");
    expect(html).toContain("&#60;img");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (firstName) => {
        const rendered = renderMessage({ ...base, text: { subject: "{first_name}", body: "{first_name}" }, firstName });
        expect(rendered.subject).not.toMatch(/\p{Cc}/u);
        const body = rendered.html.slice(rendered.html.indexOf("<p "), rendered.html.lastIndexOf("</p>"));
        expect(body.replace(/<p style="margin:0 0 16px">|<br>|<\/p>/g, "")).not.toMatch(/[<>"']/);
      }),
    );
  });

  it("cuts a long name between characters, not inside one (B23)", () => {
    const family = "👨‍👩‍👧";
    const { text } = renderMessage({ ...base, text: { subject: "x", body: "{first_name}" }, firstName: family.repeat(80) });
    expect(text).toBe(family.repeat(60));
  });
});
