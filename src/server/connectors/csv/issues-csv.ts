import { CSV_BOM, csvLine } from "@/server/csv";
import type { ShopContext } from "@/server/tenancy/context";
import { listIssues } from "./get-import";

const PAGE = 1_000;

/** The problems of an import as CSV, with the records they were found in, page by page. */
export async function* issuesCsv(ctx: ShopContext, id: string): AsyncGenerator<string> {
  yield CSV_BOM + csvLine(["line", "level", "column", "reason", "value", "record"]);
  let after: number | null = 0;
  while (after !== null) {
    const page: Awaited<ReturnType<typeof listIssues>> = await listIssues(ctx, { id, after, limit: PAGE });
    yield page.issues
      .map((issue) => csvLine([{ number: String(issue.line) }, issue.level, issue.column, issue.reason, issue.value, issue.raw]))
      .join("");
    after = page.next;
  }
}
