"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LIMITS, type Terms } from "@/server/campaigns/schema";
import { Combobox } from "../../primitives/combobox";
import { Field } from "../../primitives/field";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";

type Refs = NonNullable<Terms["include"]>;
type Kind = "product" | "collection";

const LIST_OF = { product: "products", collection: "collections" } as const satisfies Record<Kind, keyof Refs>;
const NONE: Refs = { products: [], collections: [] };
const SHOWN = 20;

/** In one list products and collections share a field; their kind stands before the id. */
const optionOf = (kind: Kind, id: string) => `${kind}:${id}`;

type RefsPickerProps = { label: ReactNode; hint: ReactNode; value: Terms["include"]; onChange: (refs: Refs | null) => void };

/** Products and collections of the shop, found by name. */
export function RefsPicker({ label, hint, value, onChange }: RefsPickerProps) {
  const t = useTranslations("campaigns.terms");
  const shop = useShop();
  const utils = trpc.useUtils();
  const refs = value ?? NONE;
  const chosen = (["collection", "product"] as const).flatMap((kind) => refs[LIST_OF[kind]].map((id) => ({ kind, id })));
  const labels = trpc.segments.labels.useQuery(
    { shopId: shop.id, items: chosen.slice(0, 100).map(({ kind, id }) => ({ kind, value: id })) },
    { enabled: chosen.length > 0, placeholderData: (previous) => previous },
  );
  const search = async (query: string, signal: AbortSignal) => {
    const ask = (kind: Kind) =>
      utils.client.segments.values.query({ shopId: shop.id, kind, search: query.slice(0, 100), limit: SHOWN }, { signal });
    const [collections, products] = await Promise.all([ask("collection"), ask("product")]);
    const taken = new Set(chosen.map(({ kind, id }) => optionOf(kind, id)));
    return [
      ...collections.items.map((item) => ({ value: optionOf("collection", item.value), label: item.label, description: t("collection") })),
      ...products.items.map((item) => ({
        value: optionOf("product", item.value),
        label: item.label,
        description: item.detail ?? t("product"),
      })),
    ].filter((option) => !taken.has(option.value));
  };
  const add = (option: string) => {
    const kind: Kind = option.startsWith("collection:") ? "collection" : "product";
    const list = LIST_OF[kind];
    onChange({ ...refs, [list]: [...refs[list], option.slice(kind.length + 1)] });
  };
  const remove = (kind: Kind, id: string) => onChange({ ...refs, [LIST_OF[kind]]: refs[LIST_OF[kind]].filter((other) => other !== id) });
  const full = chosen.length >= LIMITS.termsRefs;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field label={label} hint={full ? t("full", { most: LIMITS.termsRefs }) : hint} error={undefined}>
        {(control) => (
          <Combobox
            {...control}
            search={search}
            value={null}
            disabled={full}
            placeholder={t("pick")}
            onValueChange={(option) => option !== null && add(option)}
          />
        )}
      </Field>
      {chosen.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {chosen.map(({ kind, id }) => {
            const name = labels.data?.[optionOf(kind, id)] ?? id;
            return (
              <li
                key={optionOf(kind, id)}
                className="inline-flex max-w-full items-center gap-1 rounded-md bg-hover py-0.5 pr-1 pl-2 text-sm"
              >
                <span className="truncate">{name}</span>
                <button
                  type="button"
                  aria-label={t("remove", { name })}
                  onClick={() => remove(kind, id)}
                  className="flex size-5 items-center justify-center rounded text-faint hover:text-ink pointer-coarse:size-8"
                >
                  <X aria-hidden className="size-3.5" />
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
