import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, it } from "vitest";
import { ERROR_STATUS } from "@/server/errors";
import { MESSAGES } from "./index";
import { negotiateLocale } from "./negotiate-locale";

/** Every leaf of a message tree as `namespace.path.to.key`. */
function leaves(tree: unknown, path: string[] = []): Map<string, string> {
  if (typeof tree === "string") return new Map([[path.join("."), tree]]);
  if (typeof tree !== "object" || tree === null) throw new Error(`${path.join(".")} is neither a text nor a group of texts`);
  return new Map(Object.entries(tree).flatMap(([key, child]) => [...leaves(child, [...path, key])]));
}

function collectNames(elements: MessageFormatElement[], names: Set<string>): Set<string> {
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
    names.add(element.type === TYPE.tag ? `<${element.value}>` : element.value);
    if (element.type === TYPE.tag) collectNames(element.children, names);
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      for (const option of Object.values(element.options)) collectNames(option.value, names);
    }
  }
  return names;
}

const argumentNames = (text: string) => [...collectNames(parse(text), new Set())].sort();

const german = leaves(MESSAGES.de);
const english = leaves(MESSAGES.en);

describe("messages", () => {
  it("have the same keys in both languages", () => {
    expect(
      [...english.keys()].filter((key) => !german.has(key)),
      "missing in German",
    ).toEqual([]);
    expect(
      [...german.keys()].filter((key) => !english.has(key)),
      "missing in English",
    ).toEqual([]);
  });

  it("are never empty", () => {
    const empty = [...german, ...english].filter(([, text]) => text.trim() === "").map(([key]) => key);
    expect(empty).toEqual([]);
  });

  it("are valid ICU and name the same arguments and tags in both languages", () => {
    const different = [...german].flatMap(([key, text]) => {
      const other = english.get(key);
      if (other === undefined) return [];
      const [names, otherNames] = [argumentNames(text), argumentNames(other)];
      return names.join() === otherNames.join() ? [] : [`${key}: de {${names}} en {${otherNames}}`];
    });
    expect(different).toEqual([]);
  });
});

describe("errors", () => {
  it("have a sentence for every code", () => {
    expect(Object.keys(ERROR_STATUS).filter((code) => !german.has(`errors.${code}`))).toEqual([]);
  });
});

describe("negotiateLocale", () => {
  it.each([
    ["en", "de-DE", "en"],
    [undefined, "de-DE,de;q=0.9,en;q=0.8", "de"],
    [undefined, "en;q=0.3, de-AT;q=0.8", "de"],
    [undefined, "fr-FR, en-GB;q=0.7", "en"],
    [undefined, "de;q=0, en", "en"],
    [undefined, "fr", "de"],
    ["xx", null, "de"],
  ])("chosen %s, browser %s → %s", (chosen, header, locale) => {
    expect(negotiateLocale(chosen, header)).toBe(locale);
  });
});
