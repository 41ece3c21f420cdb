"use client";

import { z } from "zod";
import { EXPECTED, ISSUE_CODES, type Issue } from "@/server/segments/schema";
import { errorCode, useErrorText } from "../error-text";
import { useIssueText } from "./issue-text";

const issuesSchema = z.array(
  z.object({
    code: z.enum(ISSUE_CODES),
    from: z.number(),
    to: z.number(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    expected: z.array(z.enum(EXPECTED)),
  }),
);
const carrierSchema = z.object({ data: z.object({ params: z.object({ issues: z.string() }) }) });

/** What only the server can know is wrong with a query (a segment that is gone, or that contains itself). */
function issuesOf(error: unknown): Issue[] {
  const carrier = carrierSchema.safeParse(error);
  if (errorCode(error) !== "SEGMENT_SYNTAX" || !carrier.success) return [];
  const issues = issuesSchema.safeParse(JSON.parse(carrier.data.data.params.issues));
  return issues.success ? issues.data : [];
}

/** An error of a segment as a sentence: the first thing wrong with its query, where there is one. */
export function useSegmentErrorText(): (error: unknown) => string {
  const errorText = useErrorText();
  const issueText = useIssueText();
  return (error) => {
    const [first] = issuesOf(error);
    return first ? issueText(first) : errorText(error);
  };
}
