import { type IssueReason, MAX_ISSUES } from "./schema";

export type Issue = {
  line: number;
  level: "error" | "warning";
  column: string | null;
  reason: IssueReason;
  value: string | null;
  raw: string | null;
};

/** Collects problems of one import: all are counted, the first MAX_ISSUES are kept. */
export class Problems {
  errors = 0;
  warnings = 0;
  readonly kept: Issue[] = [];

  add(issue: Issue): void {
    if (issue.level === "error") this.errors++;
    else this.warnings++;
    if (this.kept.length >= MAX_ISSUES) return;
    this.kept.push({ ...issue, value: issue.value?.slice(0, 200) ?? null, raw: issue.raw?.slice(0, 500) ?? null });
  }
}
