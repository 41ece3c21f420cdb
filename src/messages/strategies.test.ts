import { describe, expect, it } from "vitest";
import { messageTextsSchema } from "@/server/campaigns/schema";
import { PLACEHOLDERS } from "@/server/notifications/schema";
import { STRATEGIES } from "@/server/segments/language/strategies";
import de from "./de/strategies.json";
import en from "./en/strategies.json";

/** Not part of the pages' messages: they are written into drafts, in both languages at once. */
const LANGUAGES: Record<string, Record<string, { subject: string; body: string }>> = { de, en };

describe("texts of the strategies", () => {
  it("exist for every strategy in both languages, and fit a draft", () => {
    for (const { key } of STRATEGIES) {
      const texts = { de: LANGUAGES.de?.[key], en: LANGUAGES.en?.[key] };
      expect(texts.de && texts.en, key).toBeTruthy();
      expect(messageTextsSchema.safeParse(texts).success, key).toBe(true);
    }
  });

  it("name the amount and the end, and no placeholder that does not exist", () => {
    for (const [language, texts] of Object.entries(LANGUAGES)) {
      for (const [key, { subject, body }] of Object.entries(texts)) {
        const used = [...`${subject}${body}`.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? "");
        expect(
          used.filter((name) => !PLACEHOLDERS.some((known) => known === name)),
          `${language} ${key}`,
        ).toEqual([]);
        expect(body, `${language} ${key}`).toContain("{amount}");
        expect(body, `${language} ${key}`).toContain("{expires}");
      }
    }
  });
});
