/** Tells the layout which nonce this page's scripts carry. */
export const NONCE_HEADER = "x-guthaben-nonce";

/**
 * What a page may load (Content Security Policy 3): scripts of this very answer and what they load, nothing that was smuggled into a name, a
 * template or a file. Pictures come from shops' servers, previews of mail with their own fonts; styles stand in elements (charts, editors).
 * `development` allows what hot reload needs.
 */
export function contentSecurityPolicy(nonce: string, development: boolean): string {
  const rules = {
    "default-src": ["'self'"],
    "script-src": ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(development ? ["'unsafe-eval'"] : [])],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", "http:", "https:"],
    "font-src": ["'self'", "data:", "http:", "https:"],
    "connect-src": ["'self'", ...(development ? ["ws:"] : [])],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(rules)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}
