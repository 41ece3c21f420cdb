"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { CustomerHandle } from "@/server/ledger/who";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";

/** A customer as the books may name one: by name and number, by number, or by a pseudonym that stays the same everywhere. */
export function CustomerName({ customerId, externalId, name }: CustomerHandle) {
  const t = useTranslations("ledger.detail");
  const shop = useShop();
  const id = externalId ?? t("customer", { id: customerId.slice(-12) });
  const said = (
    <>
      <span className="truncate">{name ?? id}</span>
      {name && <span className="block truncate text-faint text-xs">{id}</span>}
    </>
  );
  if (!shop.can("customer.read")) return <span className="min-w-0">{said}</span>;
  return (
    <Link href={shopPath(shop.id, `/customers/${customerId}`)} className="block min-w-0 hover:underline">
      {said}
    </Link>
  );
}
