import { describe, expect, it } from "vitest";
import { matchText } from "./match-text";

describe("matchText", () => {
  it.each([
    [["Anna Müller"], "ann", 1],
    [["Anna Müller"], "muller an", 1],
    [["Łukasz Nowak"], "lukasz", 1],
    [["Dörte Groß"], "gross", 1],
    [["API-Schlüssel"], "schlü", 1],
    [["Rückgewinnung"], "gewinn", 0.5],
    [["Aufgaben"], "ann", 0],
    [["Teehaus Nord", "Teehaus GmbH"], "gmbh nord", 1],
    [["irgendwas"], " ", 1],
  ])("%s for %s → %s", (texts, query, score) => {
    expect(matchText(texts, query)).toBe(score);
  });
});
