"use client";

import { useEffect } from "react";
import "@/ui/theme.css";

/**
 * The root layout itself failed, so there are no translations here: both languages stand together. A plain link reloads the
 * whole page, which is what a broken layout needs.
 */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  useEffect(() => console.error(error), [error]);
  return (
    <html lang="de">
      <body className="flex min-h-dvh flex-col items-center justify-center px-4 text-center">
        <title>Guthaben</title>
        <h1 className="font-semibold text-xl">Guthaben konnte nicht angezeigt werden</h1>
        <p className="mt-1 text-muted text-sm">Bitte neu laden. Bleibt es dabei, hilft die Kennung bei der Suche im Protokoll.</p>
        <p lang="en" className="mt-3 text-muted text-sm">
          Guthaben could not be shown. Please reload; if it stays, the reference helps to find the cause in the log.
        </p>
        {error.digest && <p className="tabular mt-2 text-faint text-xs">{error.digest}</p>}
        <a href="/" className="mt-5 rounded-md bg-accent px-3 py-1.5 font-medium text-accent-ink">
          Neu laden / <span lang="en">Reload</span>
        </a>
      </body>
    </html>
  );
}
