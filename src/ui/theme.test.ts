import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const css = readFileSync(fileURLToPath(new URL("./theme.css", import.meta.url)), "utf8");

function tokens(selector: string): Map<string, string> {
  const block = new RegExp(`^${selector.replace(".", "\\.")} \\{([^}]*)\\}`, "m").exec(css)?.[1] ?? "";
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const PLAIN = ["bg", "surface", "raised", "hover"];
const TONES = ["accent", "danger", "warning", "info"];

/** [foreground, background, least ratio]: 4.5 for text (1.4.3), 3 for the borders of controls and the marks of charts (1.4.11). */
const PAIRS: [string, string, number][] = [
  ...["ink", "muted", "faint"].flatMap((text) =>
    [...PLAIN, ...TONES.map((tone) => `${tone}-soft`)].map((back): [string, string, number] => [text, back, 4.5]),
  ),
  ...TONES.flatMap((tone) => [...PLAIN, `${tone}-soft`].map((back): [string, string, number] => [tone, back, 4.5])),
  ["accent-ink", "accent", 4.5],
  ["surface", "danger", 4.5],
  ...["bg", "surface", "raised"].map((back): [string, string, number] => ["line-strong", back, 3]),
  ...["chart-1", "chart-2", "chart-3", "chart-4"].flatMap((mark) =>
    ["bg", "surface"].map((back): [string, string, number] => [mark, back, 3]),
  ),
];

describe.each([
  ["light", ":root"],
  ["dark", ".dark"],
])("%s theme", (_name, selector) => {
  const theme = tokens(selector);

  it("keeps every pair of colours readable", () => {
    const weak = PAIRS.flatMap(([fore, back, least]) => {
      const [a, b] = [theme.get(fore), theme.get(back)];
      if (!a || !b) return [`${fore} or ${back} is missing`];
      const ratio = contrast(a, b);
      return ratio >= least ? [] : [`${fore} on ${back}: ${ratio.toFixed(2)} < ${least}`];
    });
    expect(weak).toEqual([]);
  });
});

it("computes the known ratio of black and white", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
});
