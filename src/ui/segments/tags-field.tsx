"use client";

import { useTranslations } from "next-intl";
import { matchText } from "../match-text";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ChipsPicker } from "./value-picker";

const MAX_TAGS = 20;
const MAX_LENGTH = 40;

type TagsFieldProps = { tags: readonly string[]; readOnly: boolean; onChange: (tags: string[]) => void };

/** Words to find segments by: those in use are offered, new ones are typed. */
export function TagsField({ tags, readOnly, onChange }: TagsFieldProps) {
  const t = useTranslations("segments.tags");
  const shop = useShop();
  const utils = trpc.useUtils();
  const search = async (text: string) => {
    const used = await utils.segments.tags.fetch({ shopId: shop.id }, { staleTime: 30_000 });
    const typed = text.trim().slice(0, MAX_LENGTH);
    const found = used
      .filter(({ tag }) => !tags.includes(tag) && matchText([tag], text) > 0)
      .map(({ tag, count }) => ({ value: tag, label: tag, description: t("used", { count }) }));
    const known = [...tags, ...used.map(({ tag }) => tag)].some((tag) => tag.toLocaleLowerCase() === typed.toLocaleLowerCase());
    return typed === "" || known ? found : [...found, { value: typed, label: typed, description: t("new") }];
  };
  return (
    <div className="flex min-w-0 flex-col gap-1.5 sm:col-span-2">
      <span className="font-medium text-ink text-sm">{t("label")}</span>
      {tags.length === 0 && readOnly ? (
        <span className="text-muted text-sm">{t("none")}</span>
      ) : (
        <ChipsPicker
          label={t("label")}
          values={tags}
          max={MAX_TAGS}
          readOnly={readOnly}
          search={search}
          onAdd={({ value }) => onChange([...tags, value])}
          onRemove={(value) => onChange(tags.filter((tag) => tag !== value))}
        />
      )}
    </div>
  );
}
