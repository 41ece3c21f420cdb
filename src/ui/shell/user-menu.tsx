"use client";

import { LogOut, UserRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { LOCALES } from "@/messages/index";
import { DropdownMenu, MenuChoice, MenuItem, MenuLabel, MenuLink, MenuSeparator } from "../primitives/dropdown-menu";
import { toastError } from "../primitives/toast";
import { isTheme, THEMES, useLanguage } from "./preference-controls";
import type { ShellActions, ShellData } from "./types";

type UserMenuProps = Pick<ShellData, "user"> & Pick<ShellActions, "onSignOut" | "onLocaleChange">;

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter((part) => part !== "")
    .map((part) => part[0])
    .filter((_, index, all) => index === 0 || index === all.length - 1)
    .join("")
    .toUpperCase();

export function UserMenu({ user, onSignOut, onLocaleChange }: UserMenuProps) {
  const t = useTranslations("shell.user");
  const common = useTranslations("common");
  const { theme, setTheme } = useTheme();
  const { locale, setLocale } = useLanguage(onLocaleChange);
  const signOut = async () => {
    try {
      await onSignOut();
    } catch (error) {
      // A redirect of the framework travels as an error and must pass.
      if (error instanceof Error && "digest" in error) throw error;
      console.error(error);
      toastError(t("signOutFailed"));
    }
  };
  return (
    <DropdownMenu
      side="top"
      align="start"
      className="w-56"
      trigger={
        <button
          type="button"
          aria-label={t("menu", { name: user.name })}
          className="focus-inset flex w-full min-w-0 items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-hover pointer-coarse:py-2.5"
        >
          <span
            aria-hidden
            className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft font-medium text-2xs text-accent"
          >
            {initials(user.name)}
          </span>
          <span className="min-w-0 flex-1 truncate text-sm">{user.name}</span>
        </button>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuLink href="/account">
        <UserRound aria-hidden />
        {t("account")}
      </MenuLink>
      <MenuSeparator />
      <MenuChoice
        label={common("theme.label")}
        value={isTheme(theme) ? theme : undefined}
        options={THEMES.map((value) => ({ value, label: common(`theme.${value}`) }))}
        onValueChange={setTheme}
      />
      <MenuChoice
        label={common("language.label")}
        value={locale}
        options={LOCALES.map((value) => ({ value, label: common(`language.${value}`) }))}
        onValueChange={(next) => void setLocale(next)}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>
        <LogOut aria-hidden />
        {t("signOut")}
      </MenuItem>
    </DropdownMenu>
  );
}
