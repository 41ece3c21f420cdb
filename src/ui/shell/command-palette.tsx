"use client";

import { Command } from "cmdk";
import { Building2, Plus, Store, UserRound } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { filterByKeywords } from "../match-text";
import { CREATE_COMMANDS, sectionInShop, shopPath, visibleNavigation } from "./navigation";
import type { CustomerHit, ShellActions, ShellData, ShellShop } from "./types";

type CommandPaletteProps = Pick<ShellData, "shops" | "agencies"> &
  Pick<ShellActions, "searchCustomers"> & { active: ShellShop | null; open: boolean; onOpenChange: (open: boolean) => void };

type Hits = { status: "idle" | "loading" | "failed" } | { status: "ready"; hits: readonly CustomerHit[] };

/** Asks for customers 200 ms after the last keystroke and drops superseded answers. */
function useCustomerHits(search: ShellActions["searchCustomers"], shopId: string | null, query: string): Hits {
  const [hits, setHits] = useState<Hits>({ status: "idle" });
  const text = query.trim();
  useEffect(() => {
    if (!search || !shopId || text.length < 2) return setHits({ status: "idle" });
    const abort = new AbortController();
    setHits({ status: "loading" });
    const timer = setTimeout(() => {
      search(shopId, text, abort.signal).then(
        (found) => !abort.signal.aborted && setHits({ status: "ready", hits: found }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          console.error(error);
          setHits({ status: "failed" });
        },
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [search, shopId, text]);
  return hits;
}

/** ⌘K or Ctrl+K from anywhere. */
export function useCommandKey(onPress: () => void) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      onPress();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [onPress]);
}

export function CommandPalette({ open, onOpenChange, ...props }: CommandPaletteProps) {
  const t = useTranslations("shell.palette");
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade-in bg-overlay" />
        <Radix.Content className="fixed inset-x-4 top-[12dvh] z-50 mx-auto max-w-xl animate-fade-in overflow-hidden rounded-lg border border-line bg-raised shadow-raised outline-none">
          <Radix.Title className="sr-only">{t("title")}</Radix.Title>
          <Radix.Description className="sr-only">{t("description")}</Radix.Description>
          <PaletteBody {...props} close={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function PaletteBody({
  shops,
  agencies,
  active,
  searchCustomers,
  close,
}: Omit<CommandPaletteProps, "open" | "onOpenChange"> & { close: () => void }) {
  const t = useTranslations("shell");
  const router = useRouter();
  const pathname = usePathname();
  const [query, setQuery] = useState("");
  const mayFind = active?.permissions.includes("customer.read") ?? false;
  const found = useCustomerHits(mayFind ? searchCustomers : undefined, active?.id ?? null, query);
  // Customers are found by the server; cmdk counts only what it filters itself.
  const nothingFound = found.status === "idle" || (found.status === "ready" && found.hits.length === 0);
  const go = (href: string) => {
    close();
    router.push(href);
  };
  const pages = active ? visibleNavigation(active.permissions).flatMap((group) => group.items) : [];
  const creations = active ? CREATE_COMMANDS.filter((command) => active.permissions.includes(command.permission)) : [];
  return (
    <Command label={t("palette.title")} filter={filterByKeywords} loop>
      <Command.Input
        value={query}
        onValueChange={setQuery}
        placeholder={t("palette.placeholder")}
        className="h-11 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-faint pointer-coarse:text-lg"
      />
      <Command.List className="max-h-[min(24rem,60dvh)] overflow-y-auto p-1.5">
        {nothingFound && <Command.Empty className="px-3 py-6 text-center text-muted text-sm">{t("palette.empty")}</Command.Empty>}
        {active && (
          <Group heading={t("palette.goTo")}>
            {pages.map((item) => (
              <Entry
                key={item.key}
                value={`page ${item.key}`}
                text={t(`items.${item.key}`)}
                icon={<item.icon />}
                onSelect={() => go(shopPath(active.id, item.path))}
              />
            ))}
          </Group>
        )}
        {active && creations.length > 0 && (
          <Group heading={t("palette.create")}>
            {creations.map((command) => (
              <Entry
                key={command.key}
                value={`create ${command.key}`}
                text={t(`commands.${command.key}`)}
                icon={<Plus />}
                onSelect={() => go(shopPath(active.id, command.path))}
              />
            ))}
          </Group>
        )}
        {found.status !== "idle" && active && (
          <CustomerEntries found={found} onSelect={(id) => go(shopPath(active.id, `/customers/${id}`))} />
        )}
        <Group heading={t("palette.shops")}>
          {shops
            .filter((shop) => shop.id !== active?.id)
            .map((shop) => (
              <Entry
                key={shop.id}
                value={shop.id}
                text={shop.name}
                hint={shop.orgName}
                icon={<Store />}
                onSelect={() => go(sectionInShop(pathname, shop))}
              />
            ))}
          {agencies.map((agency) => (
            <Entry
              key={agency.id}
              value={agency.id}
              text={t("switcher.board", { agency: agency.name })}
              icon={<Building2 />}
              onSelect={() => go(`/agency/${agency.id}`)}
            />
          ))}
        </Group>
        <Group heading={t("palette.account")}>
          <Entry value="account" text={t("user.account")} icon={<UserRound />} onSelect={() => go("/account")} />
        </Group>
      </Command.List>
      {mayFind && query.trim().length < 2 && <p className="border-line border-t px-4 py-2 text-faint text-xs">{t("palette.hint")}</p>}
    </Command>
  );
}

function CustomerEntries({ found, onSelect }: { found: Exclude<Hits, { status: "idle" }>; onSelect: (id: string) => void }) {
  const t = useTranslations("shell.palette");
  const note = found.status === "loading" ? t("searching") : found.status === "failed" ? t("failed") : null;
  if (note === null && found.status === "ready" && found.hits.length === 0) return null;
  return (
    // The server has searched already: the palette must not filter its answers again.
    <Group heading={t("customers")} forceMount>
      {note && (
        <p role="status" className="px-2 py-2 text-muted text-sm">
          {note}
        </p>
      )}
      {found.status === "ready" &&
        found.hits.map((hit) => (
          <Entry
            key={hit.id}
            value={`customer ${hit.id}`}
            text={hit.title}
            hint={hit.subtitle}
            icon={<UserRound />}
            forceMount
            onSelect={() => onSelect(hit.id)}
          />
        ))}
    </Group>
  );
}

function Group({ heading, forceMount, children }: { heading: string; forceMount?: boolean; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      forceMount={forceMount}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

type EntryProps = { value: string; text: string; hint?: string; icon: ReactNode; forceMount?: boolean; onSelect: () => void };

function Entry({ value, text, hint, icon, forceMount, onSelect }: EntryProps) {
  return (
    <Command.Item
      value={value}
      keywords={hint ? [text, hint] : [text]}
      forceMount={forceMount}
      onSelect={onSelect}
      className="flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 text-sm data-[selected=true]:bg-hover pointer-coarse:py-2.5"
    >
      <span aria-hidden className="shrink-0 text-faint [&>svg]:size-4">
        {icon}
      </span>
      <span className="min-w-0 flex-1 truncate">{text}</span>
      {hint && <span className="max-w-[50%] truncate text-faint text-xs">{hint}</span>}
    </Command.Item>
  );
}
