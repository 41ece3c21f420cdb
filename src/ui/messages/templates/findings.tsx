"use client";

import { useTranslations } from "next-intl";
import { Notice } from "../../primitives/states";
import { OwnWords } from "../trouble-text";
import { type Content, type Issue, isEmail, type Language } from "./content";
import { useIssueSentence } from "./text-field";

type FindingsProps = { issues: readonly Issue[]; language: Language; content: Content };

/** Everything the checker says of the language shown, each with its place: in a long mail a fault is often out of sight. */
export function Findings({ issues, language, content }: FindingsProps) {
  const t = useTranslations("templates.editor");
  const sentence = useIssueSentence();
  const here = issues.filter(({ path, locale }) => path === "footer" || locale === language);
  if (here.length === 0) return null;
  const place = (path: string): string | null => {
    const block = /^blocks\.(\d+)/.exec(path)?.[1];
    const type = block !== undefined && isEmail(content) ? content[language].blocks[Number(block)]?.type : undefined;
    if (block !== undefined && type) return `${(Number(block) + 1).toString()}. ${t(`blocks.${type}`)}`;
    if (path === "subject" || path === "preheader" || path === "title" || path === "body" || path === "url") return t(`fields.${path}`);
    return path === "text" ? t("fields.sms") : null;
  };
  return (
    <Notice tone={here.some(({ level }) => level === "error") ? "danger" : "warning"} title={t("findings", { count: here.length })}>
      <ul className="flex flex-col gap-1">
        {here.map((issue) => {
          const where = place(issue.path);
          return (
            <li key={`${issue.code} ${issue.path} ${JSON.stringify(issue.params)}`} className="[overflow-wrap:anywhere]">
              {where !== null && (
                <button type="button" onClick={() => lead(issue.path)} className="rounded font-medium underline underline-offset-2">
                  {where}
                </button>
              )}
              {where !== null && ": "}
              {sentence(issue)}
              {issue.params.detail !== undefined && <OwnWords words={String(issue.params.detail)} />}
            </li>
          );
        })}
      </ul>
    </Notice>
  );
}

/** To the field itself, or to the block it is about. */
function lead(path: string) {
  const target = placeAt(path);
  target?.scrollIntoView({ block: "center" });
  (fieldAt(path) ?? target)?.focus({ preventScroll: true });
}

const placeAt = (path: string) => document.querySelector<HTMLElement>(`[data-place="${CSS.escape(path)}"]`);

/** What one writes in at a place: a field before the buttons that stand above it. */
export function fieldAt(path: string): HTMLElement | null {
  const target = placeAt(path);
  return target?.querySelector<HTMLElement>("[contenteditable=true], input, textarea") ?? target?.querySelector("button") ?? null;
}
