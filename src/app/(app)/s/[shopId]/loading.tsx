import { useTranslations } from "next-intl";
import { Page } from "@/ui/primitives/page-header";
import { Skeleton } from "@/ui/primitives/skeleton";

/** The outline of a page while the server prepares it. */
export default function Loading() {
  const t = useTranslations("common.state");
  return (
    <Page>
      <span role="status" className="sr-only">
        {t("loading")}
      </span>
      <div className="flex flex-col gap-2">
        <Skeleton className="h-7 w-56" />
        <Skeleton className="h-4 w-80 max-w-full" />
      </div>
      <Skeleton className="h-24 rounded-lg" />
      <Skeleton className="h-72 rounded-lg" />
    </Page>
  );
}
