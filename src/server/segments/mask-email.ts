/** Enough to recognise an address one knows, not enough to write to it: `jana.kruse@example.de` → `j…@example.de`. Pure. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return at < 1 ? "…" : `${[...email][0] ?? ""}…${email.slice(at)}`;
}
