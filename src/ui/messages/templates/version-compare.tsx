"use client";

import { useTranslations } from "next-intl";
import { cn } from "../../primitives/class-names";
import { type Content, LANGUAGES } from "./content";
import { type LineChange, lineChanges, linesOf } from "./content-lines";

const LOOK: Record<LineChange["kind"], string> = {
  same: "text-muted",
  removed: "bg-danger-soft text-danger",
  added: "bg-accent-soft text-accent",
};
const SIGN = { same: " ", removed: "−", added: "+" };

/** What changed from one version to another, in both languages. */
export function VersionCompare({ before, after }: { before: Content; after: Content }) {
  const t = useTranslations("templates");
  const names = {
    block: (type: Parameters<Parameters<typeof linesOf>[2]["block"]>[0]) => t(`editor.blocks.${type}`),
    field: (name: Parameters<Parameters<typeof linesOf>[2]["field"]>[0]) => t(`editor.fields.${name}`),
  };
  return (
    <div className="flex flex-col gap-4">
      {LANGUAGES.map((language) => {
        const changes = lineChanges(linesOf(before, language, names), linesOf(after, language, names));
        const same = changes.every(({ kind }) => kind === "same");
        return (
          <section key={language} className="flex flex-col gap-1">
            <h3 className="font-medium text-sm">{t(`languages.${language}`)}</h3>
            {same ? <p className="text-muted text-sm">{t("history.same")}</p> : <Lines changes={changes} />}
          </section>
        );
      })}
    </div>
  );
}

function Lines({ changes }: { changes: readonly LineChange[] }) {
  const t = useTranslations("templates.history");
  return (
    <ol className="overflow-hidden rounded-lg border border-line py-1 text-xs">
      {changes.map(({ kind, text }, index) => (
        // Lines repeat and have no name; the list is drawn once and never reordered.
        <li key={`${index.toString()} ${text}`} className={cn("flex gap-2 px-3 py-0.5", LOOK[kind])}>
          <span aria-hidden className="w-2 shrink-0 select-none">
            {SIGN[kind]}
          </span>
          <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
            {kind !== "same" && <span className="sr-only">{t(kind)} </span>}
            {text}
          </span>
        </li>
      ))}
    </ol>
  );
}
