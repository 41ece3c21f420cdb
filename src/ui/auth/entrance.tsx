import type { ReactNode } from "react";
import { LanguageSwitch, ThemeSwitch } from "../shell/preference-controls";

/** The frame of the pages before sign-in. */
export function Entrance({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <main className="flex flex-1 flex-col items-center justify-center px-4 py-10">
        <div className="w-full max-w-sm">
          {/* biome-ignore lint/performance/noImgElement: a 500-byte vector needs no image optimiser */}
          <img src="/logo.svg" alt="Guthaben" width={32} height={32} className="mb-5 size-8" />
          <h1 className="font-semibold text-2xl text-ink [overflow-wrap:anywhere]">{title}</h1>
          {text && <p className="mt-1 text-base text-muted">{text}</p>}
          <div className="mt-6">{children}</div>
        </div>
      </main>
      <footer className="flex flex-wrap items-center justify-center gap-3 px-4 pb-6">
        <LanguageSwitch />
        <ThemeSwitch />
      </footer>
    </div>
  );
}
