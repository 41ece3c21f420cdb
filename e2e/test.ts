import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type APIRequestContext, type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { demo, loginOf, type Role } from "./demo";

export type Language = "de" | "en";

const LABELS = {
  de: { email: "E-Mail-Adresse", password: "Passwort", submit: "Anmelden" },
  en: { email: "E-mail address", password: "Password", submit: "Sign in" },
} as const;

/** Signs in as a person does: by the form. Leaves the page where the app leads to. */
export async function signIn(page: Page, role: Role, language: Language = "de"): Promise<void> {
  const { email, password } = loginOf(role);
  const labels = LABELS[language];
  await page.goto("/login");
  await page.getByLabel(labels.email).fill(email);
  await page.getByLabel(labels.password, { exact: true }).fill(password);
  await page.getByRole("button", { name: labels.submit, exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;
type Fixtures = {
  /** A page of a signed-in person; every role signs in once per run. */
  as: (role: Role, options?: { language?: Language }) => Promise<Page>;
};

/** Sessions by role: the form is tried in its own tests, the others need not repeat it. */
const sessions = new Map<Role, State>();

export const test = base.extend<Fixtures>({
  as: async ({ browser, contextOptions, baseURL }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (role, { language = "de" } = {}) => {
      const options = { ...contextOptions, baseURL, locale: language === "de" ? "de-DE" : "en-GB" };
      const known = sessions.get(role);
      const context = await browser.newContext({ ...options, ...(known ? { storageState: known } : {}) });
      opened.push(context);
      await context.addCookies([{ name: "locale", value: language, url: baseURL ?? "" }]);
      const page = await context.newPage();
      if (!known) {
        await signIn(page, role, language);
        sessions.set(role, await context.storageState());
      }
      return page;
    });
    for (const context of opened) await context.close();
  },
});

export { expect };

/** The path of a page of the demo shop. */
export const inShop = (path = ""): string => `/s/${demo().shopId}${path}`;

/** axe-core as the package for Playwright brings it. */
const AXE = readFileSync(
  createRequire(createRequire(import.meta.url).resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js"),
  "utf8",
);

type Finding = { id: string; help: string; nodes: { html: string; failureSummary?: string }[] };

/**
 * axe finds nothing, by any of its rules (WCAG 2.2 AA and best practices). Runs in the page itself: the builder of the package would also
 * wait for an answer from frames that may not run scripts, such as the preview of a message.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // What is fading in has too little contrast for a moment; a skeleton pulses without end.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
    // One that was paused, or belongs to what is hidden, never ends.
    const patience = new Promise((done) => setTimeout(done, 2_000));
    return Promise.race([Promise.allSettled(ending.map(({ finished }) => finished)), patience]).then(() => {});
  });
  // Evaluated, not added as a script: pages run only their own.
  await page.evaluate(AXE);
  const violations: Finding[] = await page.evaluate(
    "axe.run(document, { iframes: false, resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary ?? ""}`),
  );
  expect.soft(found, `accessibility of ${page.url()}`).toEqual([]);
}

/** Nothing is wider than the window: no sideways scrolling on a phone. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // Charts are drawn anew a moment after the window has changed. Who stays too wide is named below.
  await page
    .waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth, null, { timeout: 2_000 })
    .catch(() => {});
  const { wide, culprits } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - width;
    const culprits =
      wide <= 0
        ? []
        : [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > width + 1)
            .slice(0, 5)
            .map((element) => element.outerHTML.slice(0, 160));
    return { wide, culprits };
  });
  expect.soft(wide, `${page.url()} is ${wide} px too wide:\n${culprits.join("\n")}`).toBeLessThanOrEqual(0);
}

/** Sets the clock of app, engine and database; null lets it go. Returns the time that now is. */
export async function setClock(request: APIRequestContext, now: Date | null): Promise<Date> {
  const response = await request.post("/api/test/clock", { data: { now: now?.toISOString() ?? null } });
  expect(response.status(), await response.text()).toBe(200);
  const answer: { now: string } = await response.json();
  return new Date(answer.now);
}

const DAY = 86_400_000;

/** Noon in Berlin some days from now: outside of quiet hours. */
export function noon(now: Date, days: number): Date {
  const day = new Date(now.getTime() + days * DAY);
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), 11));
}

/** Headers of a machine with the demo's API key. Money-moving calls need a fresh idempotency key each. */
export const apiHeaders = (key?: string): Record<string, string> => ({
  authorization: `Bearer ${demo().apiKey}`,
  ...(key ? { "idempotency-key": key } : {}),
});
