"use client";

import { PageError } from "@/ui/shell/page-error";

/** Within the frame: navigation and shop switcher stay usable when one page fails. */
export default function ErrorPage(props: { error: Error & { digest?: string }; reset: () => void }) {
  return <PageError {...props} />;
}
