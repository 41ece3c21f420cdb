import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Two projects: `unit` needs nothing and runs in `npm run check`; `database` clones a real PostgreSQL per file (`*.db.test.ts`). */
export default defineConfig({
  resolve: { alias: { "@db": path("./db"), "@inngest": path("./inngest"), "@": path("./src") } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          testTimeout: 60_000,
          include: ["{src,inngest,db,scripts,bench}/**/*.test.{ts,tsx}"],
          exclude: ["**/*.db.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "database",
          include: ["{src,inngest,db}/**/*.db.test.ts"],
          globalSetup: ["./db/testing.setup.ts"],
          setupFiles: ["./db/testing.each.ts"],
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
