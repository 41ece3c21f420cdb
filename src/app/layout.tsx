import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import { NextIntlClientProvider } from "next-intl";
import { getLocale } from "next-intl/server";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { NONCE_HEADER } from "@/server/content-security";
import { fontVariables } from "@/ui/fonts";
import { UiProviders } from "@/ui/shell/ui-providers";
import "@/ui/theme.css";

export const metadata: Metadata = {
  title: { default: "Guthaben", template: "%s · Guthaben" },
  icons: { icon: [{ url: "/favicon.svg", type: "image/svg+xml" }] },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f9f9f8" },
    { media: "(prefers-color-scheme: dark)", color: "#0d0e0d" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const [locale, head] = await Promise.all([getLocale(), headers()]);
  return (
    // The theme script sets the class before React hydrates, so the server cannot know it.
    <html lang={locale} className={fontVariables} suppressHydrationWarning>
      <body>
        <NextIntlClientProvider>
          <NuqsAdapter>
            <UiProviders nonce={head.get(NONCE_HEADER) ?? undefined}>{children}</UiProviders>
          </NuqsAdapter>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
