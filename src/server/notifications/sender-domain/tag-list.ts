/**
 * `name=value` pairs as DKIM and DMARC write them (RFC 6376, 3.2). Null when the text is no such list or names a tag twice: receivers then
 * ignore the record.
 */
export function parseTags(text: string): Map<string, string> | null {
  const tags = new Map<string, string>();
  const parts = text.split(";");
  for (const [at, part] of parts.entries()) {
    if (part.trim() === "" && at === parts.length - 1) continue;
    const found = /^\s*([a-z][a-z0-9_]*)\s*=\s*([\s\S]*?)\s*$/i.exec(part);
    const name = found?.[1]?.toLowerCase();
    if (name === undefined || tags.has(name)) return null;
    tags.set(name, found?.[2] ?? "");
  }
  return tags;
}
