import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";

type EntityKey = keyof Messages["audit"]["entities"];
type ActionKey = keyof Messages["audit"]["actions"];

/** An action in words; one that has no words yet shows its code, which is still true. */
export function useActionName(): (action: string) => string {
  const t = useTranslations("audit.actions");
  return (action) => {
    const key = action.replaceAll(".", "_");
    return t.has(key as ActionKey) ? t(key as ActionKey) : action;
  };
}

/** What an entry is about, in words; unknown kinds show their code. */
export function useEntityName(): (entity: string) => string {
  const t = useTranslations("audit.entities");
  return (entity) => (t.has(entity as EntityKey) ? t(entity as EntityKey) : entity);
}
