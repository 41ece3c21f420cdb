"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Issue } from "@/server/segments/schema";
import { formatList } from "../format";

const REASONS = ["scores", "subscriptions", "companies", "apps", "distance"] as const;

/** An error of a query as a sentence: what was found, what was expected. */
export function useIssueText(): (issue: Issue) => string {
  const t = useTranslations("segments");
  const locale = useLocale();
  return (issue) => {
    const words = issue.expected.map((expected) => t(`expected.${expected}`, { allowed: String(issue.params.allowed ?? "") }));
    const reason = REASONS.find((candidate) => candidate === issue.params.reason);
    return t(`issues.${issue.code}`, {
      max: "",
      found: "",
      name: "",
      function: "",
      allowed: "",
      operator: "",
      suggestion: "none",
      ...issue.params,
      expected: formatList([...new Set(words)], locale, "disjunction"),
      reason: reason ? t(`unavailable.${reason}`) : "",
    });
  };
}

/** Line and column of a character, counted from 1 as editors do. */
export function positionOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
