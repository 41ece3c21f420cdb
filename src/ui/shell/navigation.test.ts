import { describe, expect, it } from "vitest";
import { ROLE_PERMISSIONS } from "@/server/auth/permissions";
import { activeItem, pathInShop, sectionInShop, visibleNavigation } from "./navigation";

describe("navigation", () => {
  it.each([
    ["/s/1", "overview"],
    ["/s/1/", "overview"],
    ["/s/1/customers/42", "customers"],
    ["/s/1/segments/new", "segments"],
    ["/s/1/settings/api-keys", "apiKeys"],
    ["/s/1/messages/outbox", "outbox"],
    ["/account", undefined],
    ["/s/1/segmentsandmore", undefined],
    ["/s/1/analytics/groups", "customerGroups"],
    ["/s/1/analytics", "analytics"],
  ])("%s belongs to %s", (pathname, key) => {
    expect(activeItem(pathname)?.key).toBe(key);
  });

  it("knows what is outside of a shop", () => {
    expect(pathInShop("/agency/7")).toBeNull();
    expect(pathInShop("/s/1")).toBe("");
  });

  it("shows a role only what it may open", () => {
    const keys = (role: keyof typeof ROLE_PERMISSIONS) =>
      visibleNavigation([...ROLE_PERMISSIONS[role]]).flatMap((group) => group.items.map((item) => item.key));
    expect(keys("owner")).toHaveLength(17);
    expect(keys("support")).toEqual(["overview", "customers", "outbox", "templates", "sending"]);
    expect(keys("analyst")).not.toContain("customers");
  });

  it("stays in the section when the shop changes, if that is allowed there", () => {
    const marketer = { id: "2", permissions: [...ROLE_PERMISSIONS.marketer] };
    expect(sectionInShop("/s/1/campaigns/99", marketer)).toBe("/s/2/campaigns");
    expect(sectionInShop("/s/1/settings/members", marketer)).toBe("/s/2");
    expect(sectionInShop("/account", marketer)).toBe("/s/2");
  });
});
