"use client";

import { Command } from "cmdk";
import { Building2, Check, ChevronsUpDown } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { filterByKeywords } from "../match-text";
import { Popover } from "../primitives/popover";
import { sectionInShop } from "./navigation";
import type { ShellAgency, ShellShop } from "./types";

type ShopSwitcherProps = {
  shops: readonly ShellShop[];
  agencies: readonly ShellAgency[];
  active: ShellShop | null;
  onNavigate?: () => void;
};

const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs";
const ITEM =
  "flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm data-[selected=true]:bg-hover pointer-coarse:py-2.5 [&>svg]:size-4 [&>svg]:shrink-0";

/** Shops by organisation. Searchable, because an agency has dozens. */
export function ShopSwitcher({ shops, agencies, active, onNavigate }: ShopSwitcherProps) {
  const t = useTranslations("shell.switcher");
  const router = useRouter();
  const pathname = usePathname();
  const [open, setOpen] = useState(false);
  const go = (href: string) => {
    setOpen(false);
    onNavigate?.();
    router.push(href);
  };
  const organisations = [...new Set(shops.map((shop) => shop.orgId))];
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label={t("search")}
      className="w-64 p-0"
      trigger={
        <button
          type="button"
          aria-label={active ? t("label", { shop: active.name }) : t("none")}
          className="focus-inset flex w-full min-w-0 items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover"
        >
          {/* biome-ignore lint/performance/noImgElement: a 500-byte vector needs no image optimiser */}
          <img src="/logo.svg" alt="" width={24} height={24} className="size-6 shrink-0" />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-semibold text-sm leading-4">{active?.name ?? t("none")}</span>
            {active && <span className="block truncate text-2xs text-faint leading-4">{active.orgName}</span>}
          </span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-faint" />
        </button>
      }
    >
      <Command label={t("search")} filter={filterByKeywords} loop>
        <Command.Input
          placeholder={t("search")}
          className="h-9 w-full border-line border-b bg-transparent px-3 text-sm outline-none placeholder:text-faint pointer-coarse:h-11 pointer-coarse:text-lg"
        />
        <Command.List className="max-h-80 overflow-y-auto p-1">
          <Command.Empty className="px-2 py-3 text-muted text-sm">{t("empty")}</Command.Empty>
          {organisations.map((orgId) => (
            <Command.Group key={orgId} heading={shops.find((shop) => shop.orgId === orgId)?.orgName} className={GROUP}>
              {shops
                .filter((shop) => shop.orgId === orgId)
                .map((shop) => (
                  <Command.Item
                    key={shop.id}
                    value={shop.id}
                    keywords={[shop.name, shop.orgName]}
                    onSelect={() => go(sectionInShop(pathname, shop))}
                    className={ITEM}
                  >
                    <span className="min-w-0 flex-1 truncate">{shop.name}</span>
                    <span className="text-faint text-xs">{shop.currency}</span>
                    {shop.id === active?.id && <Check aria-hidden className="text-accent" />}
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
          {agencies.length > 0 && (
            <Command.Group heading={t("agencies")} className={GROUP}>
              {agencies.map((agency) => (
                <Command.Item
                  key={agency.id}
                  value={agency.id}
                  keywords={[agency.name]}
                  onSelect={() => go(`/agency/${agency.id}`)}
                  className={ITEM}
                >
                  <Building2 aria-hidden className="text-faint" />
                  <span className="min-w-0 flex-1 truncate">{t("board", { agency: agency.name })}</span>
                </Command.Item>
              ))}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </Popover>
  );
}
