// Finds a Chromium for the end-to-end tests, or gets one.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { execute, nodeBin } from "./steps.mjs";

/** Where systems keep Chromium or Chrome. */
const KNOWN_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const HELP = `No Chromium was found and none could be installed. Either
  - install one (Debian, Ubuntu: apt-get install chromium), or
  - say where it is: CHROMIUM_PATH=/path/to/chromium npm test`;

/** @returns {Promise<string | null>} null: nothing there yet */
async function findBrowser() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked) {
    if (!existsSync(asked)) throw new Error(`CHROMIUM_PATH=${asked} does not exist.`);
    return asked;
  }
  const { chromium } = await import("@playwright/test");
  const own = chromium.executablePath();
  if (own && existsSync(own)) return own;
  return KNOWN_PLACES.find((path) => existsSync(path)) ?? null;
}

/** The browser's path. Tries Playwright's download and, as root on Debian, its package. Throws with what to do. */
export async function ensureBrowser(say) {
  const found = await findBrowser();
  if (found) return found;
  say("No Chromium found; installing Playwright's …");
  const download = await execute([...nodeBin("@playwright/test/cli.js"), "install", "chromium"], { env: { CI: "1" } });
  const downloaded = download.code === 0 ? await findBrowser() : null;
  if (downloaded) return downloaded;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    say("… that did not work; installing Debian's …");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await execute(["apt-get", "update", "-q"], { env });
    await execute(["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], { env });
    const packaged = await findBrowser();
    if (packaged) return packaged;
  }
  throw new Error(HELP);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await ensureBrowser((text) => console.error(text)));
