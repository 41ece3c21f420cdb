import {
  Activity,
  BookText,
  ChartNoAxesColumn,
  ChartSpline,
  FileUp,
  Filter,
  Grid3x3,
  KeyRound,
  LayoutTemplate,
  type LucideIcon,
  Mail,
  Megaphone,
  ScrollText,
  Send,
  ShieldCheck,
  SlidersHorizontal,
  UserCog,
  Users,
} from "lucide-react";
import type { Messages } from "@/messages/index";
import type { Permission } from "@/server/auth/permissions";

type ShellMessages = Messages["shell"];

export type NavigationItem = {
  key: keyof ShellMessages["items"];
  /** Below `/s/<shopId>`; "" is the overview. */
  path: string;
  icon: LucideIcon;
  permission: Permission;
};

export type NavigationGroup = { key: keyof ShellMessages["groups"]; items: readonly NavigationItem[] };

/** Every page of a shop, in reading order. One line here puts a page into the navigation, the breadcrumb and the palette. */
export const NAVIGATION: readonly NavigationGroup[] = [
  {
    key: "shop",
    items: [
      { key: "overview", path: "", icon: ChartNoAxesColumn, permission: "shop.read" },
      { key: "customers", path: "/customers", icon: Users, permission: "customer.read" },
    ],
  },
  {
    key: "credit",
    items: [
      { key: "segments", path: "/segments", icon: Filter, permission: "segment.read" },
      { key: "campaigns", path: "/campaigns", icon: Megaphone, permission: "campaign.read" },
      { key: "ledger", path: "/ledger", icon: BookText, permission: "ledger.read" },
      { key: "outbox", path: "/messages/outbox", icon: Mail, permission: "message.read" },
      { key: "templates", path: "/messages/templates", icon: LayoutTemplate, permission: "message.read" },
    ],
  },
  {
    key: "analysis",
    items: [
      { key: "analytics", path: "/analytics", icon: ChartSpline, permission: "report.read" },
      { key: "customerGroups", path: "/analytics/groups", icon: Grid3x3, permission: "report.read" },
    ],
  },
  {
    key: "data",
    items: [
      { key: "imports", path: "/imports", icon: FileUp, permission: "import.read" },
      { key: "jobs", path: "/jobs", icon: Activity, permission: "job.read" },
    ],
  },
  {
    key: "settings",
    items: [
      { key: "shopSettings", path: "/settings/shop", icon: SlidersHorizontal, permission: "shop.manage" },
      { key: "limits", path: "/settings/limits", icon: ShieldCheck, permission: "campaign.read" },
      { key: "sending", path: "/settings/messages", icon: Send, permission: "message.read" },
      { key: "members", path: "/settings/members", icon: UserCog, permission: "member.read" },
      { key: "apiKeys", path: "/settings/api-keys", icon: KeyRound, permission: "apikey.read" },
      { key: "audit", path: "/settings/audit", icon: ScrollText, permission: "audit.read" },
    ],
  },
];

export type CreateCommand = { key: keyof ShellMessages["commands"]; path: string; permission: Permission };

/** „Anlegen“ in the command palette. */
export const CREATE_COMMANDS: readonly CreateCommand[] = [
  { key: "newSegment", path: "/segments/new", permission: "segment.write" },
  { key: "newCampaign", path: "/campaigns/new", permission: "campaign.write" },
  { key: "newImport", path: "/imports", permission: "import.write" },
];

export const shopPath = (shopId: string, path = "") => `/s/${shopId}${path}`;

/** The path below the shop, or null outside of one. */
export function pathInShop(pathname: string): string | null {
  const match = /^\/s\/[^/]+(\/.*)?$/.exec(pathname);
  return match ? (match[1] ?? "").replace(/\/$/, "") : null;
}

/** The item whose page, or a page below it, is shown; of two that fit, the closer one. */
export function activeItem(pathname: string): NavigationItem | null {
  const path = pathInShop(pathname);
  if (path === null) return null;
  const fits = (item: NavigationItem) => (item.path === "" ? path === "" : path === item.path || path.startsWith(`${item.path}/`));
  const items = NAVIGATION.flatMap((group) => group.items.filter(fits));
  return items.toSorted((a, b) => b.path.length - a.path.length)[0] ?? null;
}

export function visibleNavigation(permissions: readonly Permission[]): NavigationGroup[] {
  return NAVIGATION.map((group) => ({ ...group, items: group.items.filter((item) => permissions.includes(item.permission)) })).filter(
    (group) => group.items.length > 0,
  );
}

/** Where the same section stands in another shop. Details (`/campaigns/<id>`) belong to one shop, so the list is shown. */
export function sectionInShop(pathname: string, shop: { id: string; permissions: readonly Permission[] }): string {
  const item = activeItem(pathname);
  return shopPath(shop.id, item && shop.permissions.includes(item.permission) ? item.path : "");
}
