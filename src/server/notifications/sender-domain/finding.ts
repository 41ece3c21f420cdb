import type { Silence } from "./ask-dns";
import type { About, DnsRecord, Finding, FindingCode, Level } from "./schema";

/** Findings about one thing; `publish` is the record that would set it right. */
export const finding =
  (about: About) =>
  (level: Level, code: FindingCode, params: Finding["params"] = {}, publish: DnsRecord | null = null): Finding => ({
    ...{ about, code, level, params, publish },
  });

export const unasked = (about: About, name: string, reason: Silence): Finding => finding(about)("unasked", "unasked", { name, reason });
