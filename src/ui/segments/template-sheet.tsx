"use client";

import { Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { fillStrategy } from "@/server/segments/language/strategies";
import { formatNumber } from "../format";
import { matchText } from "../match-text";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { Sheet } from "../primitives/dialog";
import { Input } from "../primitives/input";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { MissingNotice } from "./template-missing";
import { TemplateParameters } from "./template-parameters";
import { useTemplateText } from "./template-text";

export type Template = RouterOutput["segments"]["templates"][number];
const GOALS = ["reactivate", "firstPurchase", "orderValue", "loyalty", "products", "birthday", "rfm", "prediction"] as const;

type TemplateSheetProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Whether there is a query that would go. */
  replaces: boolean;
  onUse: (query: string, name: string) => void;
};

/** Proven strategies by goal. What a shop has no data for says so instead of giving an empty audience. */
export function TemplateSheet({ open, onOpenChange, replaces, onUse }: TemplateSheetProps) {
  const t = useTranslations("segments.templates");
  const shop = useShop();
  const [search, setSearch] = useState("");
  const templates = trpc.segments.templates.useQuery({ shopId: shop.id }, { enabled: open, staleTime: 60_000 });
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("title")} description={replaces ? `${t("text")} ${t("replace")}` : t("text")}>
      {/* Here before the templates are, so that the sheet opens with the focus in it. */}
      <div className="pb-6">
        <Input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leading={<Search aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      {templates.error ? (
        <ErrorState error={templates.error} onRetry={() => void templates.refetch()} />
      ) : templates.data ? (
        <TemplateList templates={templates.data} search={search} onUse={onUse} />
      ) : (
        <SkeletonText lines={12} />
      )}
    </Sheet>
  );
}

type TemplateListProps = { templates: readonly Template[]; search: string; onUse: TemplateSheetProps["onUse"] };

function TemplateList({ templates, search, onUse }: TemplateListProps) {
  const t = useTranslations("segments");
  const text = useTemplateText();
  const [chosen, setChosen] = useState<string | null>(null);
  const found = templates.filter(({ key }) => matchText([text(key).title, text(key).purpose], search) > 0);
  return (
    <div className="flex flex-col gap-6">
      {found.length === 0 && <EmptyState title={t("templates.none")} text={t("templates.noneText")} className="py-6" />}
      {GOALS.map((goal) => {
        const group = found.filter((template) => template.goal === goal);
        if (group.length === 0) return null;
        return (
          <Section key={goal} level={3} title={t(`goals.${goal}`)} description={t(`goalText.${goal}`)}>
            <ul className="divide-y divide-line rounded-lg border border-line">
              {group.map((template) => (
                <TemplateItem
                  key={template.key}
                  template={template}
                  open={chosen === template.key}
                  onToggle={() => setChosen(chosen === template.key ? null : template.key)}
                >
                  <TemplateForm template={template} onUse={(query) => onUse(query, text(template.key).title)} />
                </TemplateItem>
              ))}
            </ul>
          </Section>
        );
      })}
    </div>
  );
}

type TemplateItemProps = { template: Template; open: boolean; onToggle: () => void; children: ReactNode };

function TemplateItem({ template, open, onToggle, children }: TemplateItemProps) {
  const t = useTranslations("segments.templates");
  const { title, purpose } = useTemplateText()(template.key);
  return (
    <li className="p-3">
      <button type="button" aria-expanded={open} onClick={onToggle} className="block w-full rounded text-left">
        <span className="flex flex-wrap items-start justify-between gap-2">
          <span className="min-w-0 flex-1 font-medium text-sm">{title}</span>
          {!template.ready && <Badge tone="warning">{t("missingShort")}</Badge>}
        </span>
        <span className="block text-muted text-sm">{purpose}</span>
      </button>
      {open && children}
    </li>
  );
}

function TemplateForm({ template, onUse }: { template: Template; onUse: (query: string) => void }) {
  const t = useTranslations("segments.templates");
  const [entries, setEntries] = useState<Readonly<Record<string, string>>>({});
  const filled = fillStrategy(template, entries);
  const wrong = "wrong" in filled ? filled.wrong : [];
  return (
    <div className="mt-3 flex flex-col gap-3">
      <TemplateParameters template={template} entries={entries} wrong={wrong} onChange={setEntries} />
      {template.missing.length > 0 && <MissingNotice missing={template.missing} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          disabledReason={wrong.length > 0 ? t("wrong") : undefined}
          onClick={() => "query" in filled && onUse(filled.query)}
        >
          {t("use")}
        </Button>
        {"query" in filled && template.missing.length === 0 && <Size query={filled.query} />}
      </div>
    </div>
  );
}

/** How many it would be now: choosing between templates needs no trying out. */
function Size({ query }: { query: string }) {
  const t = useTranslations("segments.templates");
  const locale = useLocale();
  const shop = useShop();
  const [editor] = useState(() => crypto.randomUUID());
  const preview = trpc.segments.preview.useQuery(
    { shopId: shop.id, query, sample: 0, editor },
    { retry: false, staleTime: 60_000, trpc: { abortOnUnmount: true, context: { skipBatch: true } } },
  );
  if (!preview.data) return null;
  return (
    <span role="status" className="tabular text-muted text-sm">
      {t("size", { count: preview.data.count, number: formatNumber(preview.data.count, locale) })}
    </span>
  );
}
