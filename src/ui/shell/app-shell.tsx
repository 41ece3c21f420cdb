"use client";

import { Menu, Search } from "lucide-react";
import Link from "next/link";
import { useParams, usePathname } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { formatDateTime } from "../format";
import { Breadcrumbs, type Crumb } from "../primitives/breadcrumbs";
import { IconButton } from "../primitives/button";
import { cn } from "../primitives/class-names";
import { Sheet } from "../primitives/dialog";
import { Kbd } from "../primitives/kbd";
import { ShopSettingsProvider } from "../primitives/shop-settings";
import { CommandPalette, useCommandKey } from "./command-palette";
import { CrumbsProvider, usePageCrumbs } from "./crumbs";
import { activeItem, shopPath, visibleNavigation } from "./navigation";
import { ShopSwitcher } from "./shop-switcher";
import type { ShellActions, ShellData, ShellShop } from "./types";
import { UserMenu } from "./user-menu";

type AppShellProps = { data: ShellData } & ShellActions & {
    children: ReactNode;
    /** What waits for the signed-in person in a shop, at the right of the header. */
    notices?: (shop: ShellShop) => ReactNode;
  };

/** The frame of every page after sign-in: navigation at the left, breadcrumb on top; at phone width a bar with a drawer. */
export function AppShell({ data, children, notices, ...actions }: AppShellProps) {
  const t = useTranslations("shell");
  const params = useParams<{ shopId?: string }>();
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [drawerOpen, setDrawerOpen] = useState(false);
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  useCommandKey(openPalette);
  const shopOfPage = data.shops.find((shop) => shop.id === params.shopId) ?? null;
  const active = shopOfPage ?? data.shops.find((shop) => shop.id === data.activeShopId) ?? null;
  const side = (onNavigate?: () => void) => (
    <SidePanel data={data} actions={actions} active={active} onSearch={openPalette} onNavigate={onNavigate} />
  );
  const page = (
    <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
      {children}
    </main>
  );
  return (
    <CrumbsProvider>
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent print:hidden px-3 py-2 font-medium text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("skipToContent")}
      </a>
      <div className="flex min-h-dvh print:block">
        <div className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col border-line border-r bg-bg md:flex print:hidden">{side()}</div>
        <div className="flex min-w-0 flex-1 flex-col print:block">
          <PrintHead shop={shopOfPage} />
          <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-line border-b bg-bg px-4 sm:px-6 print:hidden">
            <IconButton label={t("openNavigation")} className="-ml-2 md:hidden" onClick={() => setDrawerOpen(true)}>
              <Menu aria-hidden />
            </IconButton>
            <div className="min-w-0 flex-1">
              <ShellCrumbs shop={shopOfPage} />
            </div>
            <IconButton label={t("palette.open")} className="md:hidden" onClick={openPalette}>
              <Search aria-hidden />
            </IconButton>
            {shopOfPage && notices?.(shopOfPage)}
          </header>
          {shopOfPage ? (
            <ShopSettingsProvider settings={{ timeZone: shopOfPage.timeZone, currency: shopOfPage.currency }}>{page}</ShopSettingsProvider>
          ) : (
            page
          )}
        </div>
      </div>
      <Sheet open={drawerOpen} onOpenChange={setDrawerOpen} side="left" title={t("navigation")} description={null}>
        <div className="-mx-3 flex h-full flex-col">{side(() => setDrawerOpen(false))}</div>
      </Sheet>
      <CommandPalette
        open={paletteOpen}
        onOpenChange={setPaletteOpen}
        shops={data.shops}
        agencies={data.agencies}
        active={active}
        searchCustomers={actions.searchCustomers}
      />
    </CrumbsProvider>
  );
}

/** On paper: whose report this is, and of when. */
function PrintHead({ shop }: { shop: ShellShop | null }) {
  const t = useTranslations("shell");
  const locale = useLocale();
  const [at, setAt] = useState<Date | null>(null);
  useEffect(() => {
    // The browser waits for this before it lays out the paper.
    const note = () => flushSync(() => setAt(new Date()));
    window.addEventListener("beforeprint", note);
    return () => window.removeEventListener("beforeprint", note);
  }, []);
  if (!shop) return null;
  return (
    <p aria-hidden className="hidden justify-between border-line border-b pb-2 text-muted text-xs print:flex">
      <span>{shop.name}</span>
      {at && <span>{t("printed", { at: formatDateTime(at, shop.timeZone, locale) })}</span>}
    </p>
  );
}

type SidePanelProps = {
  data: ShellData;
  actions: ShellActions;
  active: ShellShop | null;
  onSearch: () => void;
  /** Closes the drawer. */
  onNavigate?: () => void;
};

function SidePanel({ data, actions, active, onSearch, onNavigate }: SidePanelProps) {
  const t = useTranslations("shell");
  return (
    <>
      <div className="p-2 pb-1">
        <ShopSwitcher shops={data.shops} agencies={data.agencies} active={active} onNavigate={onNavigate} />
      </div>
      <div className="px-2 pb-2">
        <button
          type="button"
          onClick={() => {
            onNavigate?.();
            onSearch();
          }}
          className="focus-inset flex h-8 w-full items-center gap-2 rounded-md border border-line bg-surface px-2 text-faint text-sm hover:border-line-strong hover:text-muted pointer-coarse:h-10"
        >
          <Search aria-hidden className="size-4 shrink-0" />
          <span className="min-w-0 flex-1 truncate text-left">{t("palette.open")}</span>
          <span aria-hidden className="pointer-coarse:hidden">
            <Kbd>⌘K</Kbd>
          </span>
        </button>
      </div>
      <nav aria-label={t("mainNavigation")} className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {active && <NavigationList shop={active} onNavigate={onNavigate} />}
      </nav>
      <div className="border-line border-t p-2">
        <UserMenu user={data.user} onSignOut={actions.onSignOut} onLocaleChange={actions.onLocaleChange} />
      </div>
    </>
  );
}

function NavigationList({ shop, onNavigate }: { shop: ShellShop; onNavigate?: () => void }) {
  const t = useTranslations("shell");
  const pathname = usePathname();
  const current = activeItem(pathname);
  return visibleNavigation(shop.permissions).map((group, index) => (
    <div key={group.key} className={cn(index > 0 && "mt-4")}>
      <h2 className={cn("px-2 pb-1 text-faint text-xs", index === 0 && "sr-only")}>{t(`groups.${group.key}`)}</h2>
      <ul className="flex flex-col gap-px">
        {group.items.map((item) => {
          const isActive = current?.key === item.key;
          return (
            <li key={item.key}>
              <Link
                href={shopPath(shop.id, item.path)}
                onClick={onNavigate}
                aria-current={isActive ? "page" : undefined}
                className={cn(
                  "focus-inset flex h-7.5 items-center gap-2.5 rounded-md px-2 text-sm transition-colors pointer-coarse:h-11",
                  isActive ? "bg-hover font-medium text-ink" : "text-muted hover:bg-hover hover:text-ink",
                )}
              >
                <item.icon aria-hidden className={cn("size-4 shrink-0", isActive ? "text-accent" : "text-faint")} />
                <span className="truncate">{t(`items.${item.key}`)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  ));
}

function ShellCrumbs({ shop }: { shop: ShellShop | null }) {
  const t = useTranslations("shell");
  const pathname = usePathname();
  const extra = usePageCrumbs();
  const item = activeItem(pathname);
  const crumbs: Crumb[] = [];
  if (shop) crumbs.push({ label: shop.name, href: shopPath(shop.id) });
  if (shop && item) crumbs.push({ label: t(`items.${item.key}`), href: shopPath(shop.id, item.path) });
  crumbs.push(...extra);
  if (crumbs.length === 0 && pathname.startsWith("/account")) crumbs.push({ label: t("user.account") });
  return crumbs.length > 0 ? <Breadcrumbs crumbs={crumbs} /> : null;
}
