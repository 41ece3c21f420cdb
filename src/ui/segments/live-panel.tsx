"use client";

import { keepPreviousData, skipToken } from "@tanstack/react-query";
import { Code2 } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import type { Preview } from "@/server/segments/schema";
import { errorCode } from "../error-text";
import { formatNumber, formatPercent } from "../format";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { useLate } from "../primitives/use-late";
import { Money } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { Distribution } from "./distribution";
import type { ExplainedPerson } from "./explain-panel";
import { realError } from "./live-error";
import { useSegmentErrorText } from "./segment-error";
import { SqlDialog } from "./sql-dialog";

/** Long enough not to ask for every letter, short enough to feel live. */
const DEBOUNCE_MS = 250;
/** People shown before somebody asks for the rest. */
const FIRST_PEOPLE = 6;

type LivePanelProps = { query: string | null; onExplain: ((person: ExplainedPerson) => void) | null };

/** Who is in the segment now, while it is being written. `query` is null while the text has errors. */
export function LivePanel({ query, onExplain }: LivePanelProps) {
  const t = useTranslations("segments.live");
  const shop = useShop();
  // Names this editor, so that its next question cancels the running one in the database.
  const [editor] = useState(() => crypto.randomUUID());
  const [showSql, setShowSql] = useState(false);
  const late = useLate(query, DEBOUNCE_MS);
  const errorText = useSegmentErrorText();
  // While the text has errors the last one without stays asked about: the empty query would be everybody.
  const asked = useLastOf(late);
  const preview = trpc.segments.preview.useQuery(asked === null ? skipToken : { shopId: shop.id, query: asked, editor }, {
    enabled: late !== null,
    placeholderData: keepPreviousData,
    retry: false,
    trpc: { abortOnUnmount: true, context: { skipBatch: true } },
  });
  const error = realError(preview.error);
  const stale = preview.isFetching || late !== query;
  const settled = late !== null && preview.isSuccess && !preview.isPlaceholderData;
  return (
    <Section
      title={t("title")}
      actions={
        query !== null &&
        shop.can("segment.write") && (
          <Button size="sm" variant="ghost" onClick={() => setShowSql(true)}>
            <Code2 aria-hidden />
            {t("sql")}
          </Button>
        )
      }
    >
      {/* A dashed border says "being counted anew": paler text would be unreadable for those who need contrast. */}
      <Card className={cn("flex flex-col gap-4 transition-colors", preview.data && !error && stale && "border-dashed")}>
        {query === null && !preview.data ? (
          <p className="text-muted text-sm">{t("waiting")}</p>
        ) : error && query !== null ? (
          errorCode(error) === "SEGMENT_SYNTAX" ? (
            <p role="alert" className="text-danger text-sm">
              {errorText(error)}
            </p>
          ) : (
            <ErrorState error={error} onRetry={() => void preview.refetch()} className="py-4" />
          )
        ) : preview.data ? (
          <>
            {query === null && <p className="text-muted text-sm">{t("lastValid")}</p>}
            <Numbers preview={preview.data} stale={stale} />
            <Distribution query={asked} editor={editor} ready={settled} />
          </>
        ) : (
          <div aria-busy className="flex flex-col gap-3">
            <Skeleton className="h-9 w-32" />
            <Skeleton className="w-40" />
          </div>
        )}
      </Card>
      {preview.data && !error && <Sample preview={preview.data} onExplain={query === null ? null : onExplain} />}
      {query !== null && <SqlDialog query={query} open={showSql} onOpenChange={setShowSql} />}
    </Section>
  );
}

/** The last value that was one. */
function useLastOf(value: string | null): string | null {
  const [last, setLast] = useState(value);
  if (value !== null && value !== last) setLast(value);
  return value ?? last;
}

function Numbers({ preview, stale }: { preview: Preview; stale: boolean }) {
  const t = useTranslations("segments.live");
  const locale = useLocale();
  return (
    <div className="flex flex-col gap-3" aria-busy={stale}>
      <p aria-hidden>
        <span className="tabular font-semibold text-3xl">{formatNumber(preview.count, locale)}</span>{" "}
        <span className="text-muted text-sm">{t("people", { count: preview.count })}</span>
      </p>
      <p role="status" className="sr-only">
        {stale ? t("updating") : t("announce", { count: preview.count })}
      </p>
      <div className="flex flex-col gap-1">
        <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-hover">
          <div className="h-full rounded-full bg-accent" style={{ width: `${preview.share * 100}%` }} />
        </div>
        <p className="tabular text-muted text-sm">
          {t("share", { share: formatPercent(preview.share, locale), total: formatNumber(preview.total, locale) })}
        </p>
      </div>
    </div>
  );
}

function Sample({ preview, onExplain }: { preview: Preview; onExplain: LivePanelProps["onExplain"] }) {
  const t = useTranslations("segments.live");
  const shop = useShop();
  const [all, setAll] = useState(false);
  if (preview.count === 0) return <p className="text-muted text-sm">{t("none")}</p>;
  if (preview.sample.length === 0) return <p className="text-muted text-sm">{t("sampleHidden")}</p>;
  const more = preview.sample.length > FIRST_PEOPLE;
  return (
    <Section level={3} title={t("sample")}>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {(all ? preview.sample : preview.sample.slice(0, FIRST_PEOPLE)).map((person) => (
          <li key={person.id} className="flex items-center justify-between gap-3 px-3 py-2 text-sm">
            <span className="min-w-0">
              <Link href={shopPath(shop.id, `/customers/${person.id}`)} className="block truncate font-medium hover:underline">
                {person.name}
              </Link>
              {person.email && <span className="block truncate text-muted text-xs">{person.email}</span>}
            </span>
            <span className="shrink-0 text-right text-muted text-xs">
              <Money minor={person.spent} className="block text-ink" />
              {t("orders", { count: person.orders })}
              {onExplain && (
                <button
                  type="button"
                  aria-label={t("whyNamed", { name: person.name })}
                  onClick={() => onExplain({ id: person.id, name: person.name })}
                  className="ml-2 rounded text-accent underline-offset-2 hover:underline"
                >
                  {t("why")}
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {more && (
        <Button size="sm" variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("fewer") : t("more", { count: preview.sample.length })}
        </Button>
      )}
    </Section>
  );
}
