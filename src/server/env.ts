import { z } from "zod";

/** Empty strings count as unset: that is how container platforms write "no value". */
const optional = z
  .string()
  .optional()
  .transform((value) => (value === "" ? undefined : value));

const schema = z
  .object({
    NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
    GUTHABEN_MODE: z.enum(["local", "production"]).optional(),
    DATABASE_URL: z.string().min(1, "DATABASE_URL is missing; npm start sets it for the embedded PostgreSQL"),
    APP_URL: z.url().default("http://localhost:3000"),
    AUTH_SECRET: z.string().min(32, "AUTH_SECRET needs at least 32 characters"),
    GUTHABEN_DATA_DIR: z.string().default(".guthaben"),
    GUTHABEN_TEST_CLOCK: optional,
    GUTHABEN_IMPORT_MAX_BYTES: z.coerce
      .number()
      .int()
      .min(1)
      .default(512 * 1024 * 1024),
    SMTP_URL: optional,
    DNS_SERVERS: optional,
    INNGEST_EVENT_KEY: optional,
    INNGEST_SIGNING_KEY: optional,
    INNGEST_BASE_URL: optional,
    INNGEST_DEV: optional,
    OIDC_ISSUER: optional,
    OIDC_CLIENT_ID: optional,
    OIDC_CLIENT_SECRET: optional,
    OIDC_NAME: optional,
    GOOGLE_CLIENT_ID: optional,
    GOOGLE_CLIENT_SECRET: optional,
  })
  .transform((env) => ({
    ...env,
    // `next start` always sets NODE_ENV=production; a real deployment says so itself (scripts/start.mjs passes it on).
    GUTHABEN_MODE: env.GUTHABEN_MODE ?? (env.NODE_ENV === "production" ? ("production" as const) : ("local" as const)),
  }))
  .refine((env) => !(env.GUTHABEN_TEST_CLOCK === "1" && env.GUTHABEN_MODE === "production"), {
    message: "GUTHABEN_TEST_CLOCK is refused in production",
    path: ["GUTHABEN_TEST_CLOCK"],
  });

export type Env = z.infer<typeof schema>;

let cached: Env | undefined;

/** The validated environment. Read on first use, not on import, so that a build needs no secrets. Throws with every problem at once. */
export function env(): Env {
  if (cached) return cached;
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new Error(`Environment: ${parsed.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; ")}`);
  cached = parsed.data;
  return cached;
}
