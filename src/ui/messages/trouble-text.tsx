"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { readTrouble, type Trouble } from "@/server/notifications/trouble";

/** A known error as a sentence; where it is about a text somebody can see, with its place there. */
export function useTroubleSentence(): (trouble: Trouble) => string {
  const t = useTranslations("messages.trouble");
  return ({ code, name = "", line, column }) => {
    const place = line === undefined || column === undefined ? "" : `${t("place", { line, column })}: `;
    return `${place}${t(`code.${code}`, { name })}`;
  };
}

/** An error in the reader's language as one text, for where there is no room for the words behind it. Unknown ones speak for themselves. */
export function useTroubleText(): (words: string) => string {
  const sentence = useTroubleSentence();
  return (words) => {
    const trouble = readTrouble(words);
    return trouble ? sentence(withoutPlace(trouble)) : words;
  };
}

/** The language counts in the document it was given, which is not what somebody wrote. */
const withoutPlace = ({ line: _, column: __, ...trouble }: Trouble): Trouble => trouble;

/** What somebody else's server or parser said, as its own words: to be searched for, and to be sent to whoever looks after it. */
export function OwnWords({ words }: { words: string }) {
  const t = useTranslations("messages.trouble");
  const quoted = (chunks: ReactNode) => (
    <q translate="no" className="select-text font-mono">
      {chunks}
    </q>
  );
  return <span className="block text-muted text-xs [overflow-wrap:anywhere]">{t.rich("words", { words, q: quoted })}</span>;
}

/** An error in the reader's language, and beside it the words it was read from. */
export function TroubleText({ words }: { words: string }) {
  const sentence = useTroubleSentence();
  const trouble = readTrouble(words);
  return (
    <>
      {trouble && <span className="block">{sentence(withoutPlace(trouble))}</span>}
      {!trouble?.own && <OwnWords words={words} />}
    </>
  );
}
