"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { Permission } from "@/server/auth/permissions";
import type { MissingData } from "@/server/segments/schema";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";

type Way = { path: string; label: "toImport" | "toKeys"; permission: Permission };
const IMPORT: Way = { path: "/imports/new", label: "toImport", permission: "import.write" };
const API: Way = { path: "/settings/api-keys", label: "toKeys", permission: "apikey.read" };

/** Where the data can be brought in; scores compute themselves once there are enough orders. */
const WAYS: Record<MissingData, Way> = {
  orders: IMPORT,
  consents: IMPORT,
  birthDates: IMPORT,
  productTags: IMPORT,
  emailOpens: API,
  emailClicks: API,
  productViews: API,
  collectionViews: API,
  checkouts: API,
  rfm: IMPORT,
  predictions: IMPORT,
};

/** What a template needs that this shop does not have, and the way to it. */
export function MissingNotice({ missing }: { missing: readonly MissingData[] }) {
  const t = useTranslations("segments");
  const shop = useShop();
  return (
    <div className="rounded-md bg-warning-soft px-3 py-2 text-sm">
      <p className="font-medium text-warning">{t("templates.missing")}</p>
      <ul className="mt-1 flex flex-col gap-1">
        {missing.map((need) => {
          const way = WAYS[need];
          return (
            <li key={need}>
              {t(`missing.${need}`)}{" "}
              {shop.can(way.permission) && (
                <Link href={shopPath(shop.id, way.path)} className="text-accent underline underline-offset-2">
                  {t(`templates.${way.label}`)}
                </Link>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
