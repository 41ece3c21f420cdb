import type { Block } from "@/server/notifications/templates/schema";
import { type Content, isEmail, isPush, isSms, type Language } from "./content";

export type LineChange = { kind: "same" | "removed" | "added"; text: string };

/** How blocks and fields are called in the reader's language. */
export type LineNames = {
  block: (type: Block["type"]) => string;
  field: (name: "subject" | "preheader" | "sms" | "title" | "body" | "url") => string;
};

/** A template's words in one language as lines, one for each thing that can differ by itself. */
export function linesOf(content: Content, language: Language, names: LineNames): string[] {
  const field = (name: Parameters<LineNames["field"]>[0], text: string) => (text === "" ? [] : [`${names.field(name)}: ${text}`]);
  if (isEmail(content)) {
    const { subject, preheader, blocks } = content[language];
    return [...field("subject", subject), ...field("preheader", preheader), ...blocks.flatMap((block) => blockLines(block, names, ""))];
  }
  if (isSms(content)) return field("sms", content[language].text);
  if (!isPush(content)) return [];
  const { title, body, url } = content[language];
  return [...field("title", title), ...field("body", body), ...field("url", url)];
}

function blockLines(block: Block, names: LineNames, indent: string): string[] {
  const name = `${indent}${names.block(block.type)}`;
  switch (block.type) {
    case "heading":
    case "text":
      return [
        `${name}:`,
        ...block.text
          .split("\n")
          .filter(Boolean)
          .map((line) => `${indent}  ${line}`),
      ];
    case "button":
      return [`${name}: ${block.label} → ${block.url}`];
    case "image":
      return [
        `${name}: ${block.alt} (${block.url}${block.width ? `, ${block.width.toString()} px` : ""})${block.href ? ` → ${block.href}` : ""}`,
      ];
    case "spacer":
      return [`${name}: ${block.size.toString()} px`];
    case "recommendations":
      return [`${name}: ${block.title} (${block.count.toString()})`];
    case "columns":
      return [
        `${name}:`,
        ...block.left.flatMap((inner) => blockLines(inner, names, `${indent}  | `)),
        ...block.right.flatMap((inner) => blockLines(inner, names, `${indent}  || `)),
      ];
    default:
      return [name];
  }
}

/** What became of one text to get another, line by line: the longest common subsequence. Templates have few lines, so the table is small. */
export function lineChanges(before: readonly string[], after: readonly string[]): LineChange[] {
  const common = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const changes: LineChange[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old = "", now = ""] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === now) {
      changes.push({ kind: "same", text: old });
      i += 1;
      j += 1;
    } else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) {
      changes.push({ kind: "removed", text: old });
      i += 1;
    } else {
      changes.push({ kind: "added", text: now });
      j += 1;
    }
  }
  return changes;
}
