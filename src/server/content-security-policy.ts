/** Where the nonce of a page's scripts stands in the request, for the layout. */
export const NONCE_HEADER = "x-nonce";

/**
 * What a page may load and run: scripts that this server wrote into it, and what those load. A script that gets into a page by any other way,
 * a customer's name or a template, does not run. Styles may be inline: charts and e-mails set them. Pictures may come from anywhere: the
 * preview of an e-mail inherits this policy. In development React needs `eval`.
 */
export const contentSecurityPolicy = (nonce: string, { development }: { development: boolean }): string =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: http: https:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
