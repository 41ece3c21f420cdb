import { expect, it } from "vitest";
import { type Content, languageOfStep } from "./content";

it("a step leads to the language it changes, and stays if it changes the one shown or none", () => {
  const before: Content = { de: { text: "eins" }, en: { text: "one" } };
  const english = { ...before, en: { text: "two" } };
  expect(languageOfStep(english, before, "de")).toBe("en");
  expect(languageOfStep(before, english, "de")).toBe("en");
  expect(languageOfStep(english, before, "en")).toBe("en");
  expect(languageOfStep({ ...before, de: { text: "zwei" } }, before, "en")).toBe("de");
  expect(languageOfStep({ de: { text: "zwei" }, en: { text: "two" } }, before, "de")).toBe("de");
  expect(languageOfStep(before, { ...before }, "de")).toBe("de");
});
