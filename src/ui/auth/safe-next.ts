/** Where to go after signing in: a path of this app, never another site (`//evil.example`, `/\evil.example`). */
export function safeNext(next: string | null | undefined): string {
  return next && /^\/(?![/\\])[^\r\n\t]*$/.test(next) ? next : "/";
}
