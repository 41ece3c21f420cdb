/** Carries the path and query of the page being rendered from proxy.ts to the server components; overwritten on every request. */
export const PAGE_HEADER = "x-guthaben-page";
