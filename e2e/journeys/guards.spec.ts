import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { instantToLocal } from "@/server/time";
import { approveFromBell, openStep } from "../approve";
import { loginOf, type Role } from "../demo";
import { apiHeaders, expect, expectAccessible, inShop, setClock, test } from "../test";

/** Every guard is seen refusing, by the people it refuses. */
const ZONE = "Europe/Berlin";
const MINUTE = 60_000;
const PEOPLE = 20;
/** 20 times 30.00 is above the threshold of one approval (500.00) and below that of two. */
const AMOUNT = "3000";
/** Of a connection that the server had closed while it lay idle. */
const RETRIES = 2;

const figure = (page: Page, name: string): Locator =>
  page
    .locator("dl > div")
    .filter({ has: page.getByRole("term").filter({ hasText: new RegExp(`^${name}$`) }) })
    .getByRole("definition");

async function call<T>(request: APIRequestContext, path: string, data: object): Promise<T> {
  const response = await request.post(`/api/v1${path}`, { headers: apiHeaders(), data, maxRetries: RETRIES });
  expect(response.ok(), `${path}: ${await response.text()}`).toBe(true);
  return response.json();
}

/** New customers who are in the audience by their tag. */
async function addPeople(request: APIRequestContext, tag: string, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    const response = await request.put(`/api/v1/customers/${tag}-${n}`, {
      headers: apiHeaders(),
      data: { email: `${tag}-${n}@example.com`, firstName: `Person ${n}`, tags: [tag] },
      maxRetries: RETRIES,
    });
    expect(response.ok(), await response.text()).toBe(true);
  }
}

type Made = { id: string };
type State = Made & { status: string; drop: { grantedCount: number } | null };

/** A complete draft, written by the owner: the key is theirs. */
const draftOf = async (request: APIRequestContext, name: string, segmentId: string, release: Date): Promise<string> => {
  const made = await call<Made>(request, "/campaigns", {
    ...{ name, segmentId, amount: AMOUNT, expiryDays: 14, holdoutBps: 0, messageEnabled: false },
    availableLocal: instantToLocal(release, ZONE).slice(0, 16),
  });
  return made.id;
};

async function stateOf(request: APIRequestContext, id: string): Promise<State> {
  const response = await request.get(`/api/v1/campaigns/${id}`, { headers: apiHeaders(), maxRetries: RETRIES });
  expect(response.status()).toBe(200);
  return response.json();
}

/** The form asks for the password when the last sign-in is some minutes old. */
async function provePassword(page: Page, role: Role, done: Locator): Promise<void> {
  const password = page.getByLabel("Passwort", { exact: true });
  await expect(password.or(done).first()).toBeVisible();
  if (!(await password.isVisible())) return;
  await password.fill(loginOf(role).password);
  await page.getByRole("button", { name: "Bestätigen" }).click();
}

type Limits = { month: string; organisation: string; person: string };

async function setLimits(page: Page, { month, organisation, person }: Limits): Promise<void> {
  await page.goto(inShop("/settings/limits"));
  await page.getByLabel("Monatsbudget des Shops").fill(month);
  await page.getByLabel("Höchstens je Person").fill(person);
  await saved(page, "setPolicy", page.getByRole("button", { name: "Speichern" }).first());
  await page.getByLabel("Monatsbudget der Organisation").fill(organisation);
  await saved(page, "setOrganisationBudget", page.getByRole("button", { name: "Speichern" }).last());
}

/** A notice of success goes away by itself, so that on a busy machine nobody may see it: the answer itself is waited for. */
async function saved(page: Page, verb: string, button: Locator): Promise<void> {
  const answer = page.waitForResponse((response) => response.url().includes(`campaigns.${verb}`));
  await button.click();
  expect((await answer).ok(), verb).toBe(true);
}

test.afterAll(async ({ request }) => {
  await setClock(request, null);
});

test("what would give away too much is stopped: author, change, budgets, emergency stop, growth, recall", async ({ as, request }) => {
  test.setTimeout(480_000);
  const mark = Date.now().toString(36);
  const tag = `grenze-${mark}`;
  const name = `Grenzfall ${mark}`;
  await addPeople(request, tag, 0, PEOPLE);
  const segment = await call<Made>(request, "/segments", { name: `Grenzfall ${mark}`, query: `customer_tags CONTAINS '${tag}'` });
  const now = await setClock(request, null);
  const release = new Date(Math.ceil((now.getTime() + 40 * MINUTE) / MINUTE) * MINUTE);
  const id = await draftOf(request, name, segment.id, release);
  const [owner, marketer, finance, admin] = [await as("owner"), await as("marketer"), await as("finance"), await as("admin")];

  await test.step("budgets of campaign, shop, organisation and person: what does not fit into them cannot be launched", async () => {
    await setLimits(owner, { month: "100,00", organisation: "200,00", person: "20,00" });
    try {
      await marketer.goto(inShop(`/campaigns/${id}`));
      await openStep(marketer, "Angaben");
      await marketer.getByLabel("Höchstens insgesamt").fill("599,99");
      await expect(marketer.getByText("Reicht im schlimmsten Fall nicht; die Vergabe würde abgelehnt.")).toHaveCount(3);
      await expect(marketer.getByText("Für einige ist die Grenze je Person erreicht; sie bekommen nichts.")).toBeVisible();
      await marketer.getByRole("button", { name: /^(Kampagne starten|Zur Freigabe vorlegen)$/ }).click();
      await expect(marketer.getByText("Vor dem Start fehlt noch etwas")).toBeVisible();
      await expect(marketer.getByRole("button", { name: "Das Budget der Kampagne deckt die höchsten Kosten nicht." })).toBeVisible();
      await expect(marketer.getByRole("button", { name: "Das Monatsbudget des Shops reicht nicht." })).toBeVisible();
      await expect(marketer.getByRole("button", { name: "Das Monatsbudget der Organisation reicht nicht." })).toBeVisible();
      await expect(marketer.getByRole("alertdialog")).toHaveCount(0);
      await expectAccessible(marketer);
      await marketer.getByLabel("Höchstens insgesamt").fill("");
      await expect(marketer.getByRole("status").filter({ hasText: /^Gespeichert$/ })).toBeVisible();
    } finally {
      await setLimits(owner, { month: "", organisation: "", person: "" });
    }
  });

  await test.step("nobody approves what they wrote", async () => {
    await call(request, `/campaigns/${id}/submit`, {});
    await owner.goto(inShop(`/campaigns/approvals?item=${id}`));
    const card = owner.getByRole("listitem").filter({ has: owner.getByRole("heading", { name }) });
    await expect(card.getByText("Wer eine Kampagne geschrieben oder vorgelegt hat, gibt sie nicht selbst frei.")).toBeVisible();
    await expect(card.getByRole("button", { name: "Freigeben" })).toHaveCount(0);
    await expect(card.getByText("Die Kampagne verschickt keine Nachricht.")).toBeVisible();
    const own = await request.post(`/api/v1/campaigns/${id}/approve`, { headers: apiHeaders(), data: {}, maxRetries: RETRIES });
    expect(own.ok(), "the owner's key is the owner").toBe(false);
    await expectAccessible(owner);
  });

  await test.step("those who may are told by e-mail, which can be read in the outbox", async () => {
    // E-mails to one person are a quarter of an hour apart, and an earlier journey may have caused one just now.
    await setClock(request, new Date(now.getTime() + 16 * MINUTE));
    await owner.goto(inShop("/messages/outbox?to=team"));
    const mails = owner.getByRole("row").filter({ hasText: `Freigabe erbeten: „${name}“` });
    await expect(mails).toHaveCount(2, { timeout: 90_000 });
    for (const colleague of ["Friedrich Hansen", "Jonas Petersen"]) await expect(mails.filter({ hasText: colleague })).toHaveCount(1);
    await expectAccessible(owner);
  });

  await test.step("a change of the audience voids the request while it is being decided", async () => {
    await finance.goto(inShop(`/campaigns/approvals?item=${id}`));
    const card = finance.getByRole("listitem").filter({ has: finance.getByRole("heading", { name }) });
    await expect(card.getByRole("button", { name: "Freigeben" })).toBeVisible();
    await marketer.goto(inShop(`/segments/${segment.id}?mode=text`));
    await marketer.getByRole("radio", { name: "Abfrage" }).click();
    await marketer.getByRole("textbox", { name: "Abfrage" }).fill(`customer_tags CONTAINS '${tag}' AND number_of_orders = 0`);
    await marketer.getByRole("button", { name: "Speichern", exact: true }).click();
    await expect(marketer.getByText(/gespeichert/i).first()).toBeVisible();
    await card.getByRole("button", { name: "Freigeben" }).click();
    const dialog = finance.getByRole("alertdialog");
    await dialog.getByRole("button", { name: "Freigeben" }).click();
    const refused = finance.getByText("Seit der Vorlage hat sich etwas geändert. Die Freigabe ist hinfällig; bitte neu vorlegen.");
    await provePassword(finance, "finance", refused);
    await expect(refused.first()).toBeVisible();
    await marketer.goto(inShop(`/campaigns/${id}`));
    await expect(marketer.getByText("Die Freigabe gilt nicht mehr")).toBeVisible();
    await expect(marketer.getByText("Entwurf").first()).toBeVisible();
  });

  await test.step("the emergency stop holds what is approved and due", async () => {
    await call(request, `/campaigns/${id}/submit`, {});
    await approveFromBell(finance, "finance", name);
    await marketer.reload();
    await expect(marketer.getByText("Geplant").first()).toBeVisible();
    await finance.goto(inShop("/settings/limits"));
    await finance.getByRole("button", { name: "Alles anhalten" }).click();
    await finance.getByRole("alertdialog").getByLabel("Grund").fill("Probe");
    await finance.getByRole("alertdialog").getByRole("button", { name: "Alles anhalten" }).click();
    await expect(finance.getByText("Der Notstopp ist aktiv: Es wird nichts vergeben")).toBeVisible();
    await expectAccessible(finance);
    await setClock(request, new Date(release.getTime() + 90_000));
    await marketer.reload();
    await expect(marketer.getByText("Der Notstopp ist aktiv: Es wird nichts vergeben").first()).toBeVisible();
    // Who comes now would not be counted had the release begun on its minute.
    await addPeople(request, tag, PEOPLE, 3);
    expect(await stateOf(request, id)).toMatchObject({ status: "scheduled", drop: { grantedCount: 0 } });
  });

  await test.step("an audience that has grown by more than a tenth is not given anything until it is approved anew", async () => {
    await finance.getByRole("button", { name: "Notstopp lösen" }).click();
    await finance.getByRole("alertdialog").getByRole("button", { name: "Notstopp lösen" }).click();
    await expect(finance.getByRole("button", { name: "Alles anhalten" })).toBeVisible();
    await expect(marketer.getByText(/Die Zielgruppe ist seit der Freigabe von 20 auf 23 Personen gewachsen/).first()).toBeVisible({
      timeout: 120_000,
    });
    expect(await stateOf(request, id)).toMatchObject({ status: "paused", drop: { grantedCount: 0 } });
    await expectAccessible(marketer);
    await approveFromBell(finance, "finance", name);
    await expect(async () => {
      await marketer.reload();
      await expect(figure(marketer, "Vergeben")).toContainText("an 23 Personen", { timeout: 3_000 });
    }).toPass({ timeout: 120_000 });
  });

  await test.step("a recall shows what it would take, takes it with a second person's word, and leaves what was spent", async () => {
    const customer = `${tag}-1`;
    const redeemed = await request.post("/api/v1/credit/redemptions", {
      headers: apiHeaders(crypto.randomUUID()),
      data: { customer, unit: "EUR", amount: "1000", order: `E2E-${customer}` },
      maxRetries: RETRIES,
    });
    expect(redeemed.status(), await redeemed.text()).toBe(201);
    await finance.goto(inShop(`/campaigns/${id}`));
    await finance.getByRole("button", { name: "Zurückholen" }).click();
    const dialog = finance.getByRole("dialog");
    await expect(dialog.getByText("680,00")).toBeVisible();
    await expect(dialog.getByText(/10,00\s€ eingelöst/)).toBeVisible();
    await expect(dialog.getByText("So viel darf nur mit Freigabe einer zweiten Person zurückgeholt werden.")).toBeVisible();
    await expectAccessible(finance);
    await dialog.getByRole("button", { name: "Rückholung beantragen" }).click();
    await expect(dialog.getByText("Bitte einen Grund angeben.")).toBeVisible();
    await dialog.getByLabel("Grund").fill("Falsche Leute");
    await dialog.getByRole("button", { name: "Rückholung beantragen" }).click();
    await expect(dialog).toBeHidden();
    await expect(finance.getByText("Wer die Rückholung beantragt hat, gibt sie nicht selbst frei.")).toBeVisible();
    await expect(finance.getByRole("button", { name: "Freigeben" })).toHaveCount(0);
    await approveFromBell(admin, "admin", name);
    await expect(async () => {
      await finance.reload();
      await expect(figure(finance, "Zurückgeholt")).toContainText("680,00", { timeout: 3_000 });
    }).toPass({ timeout: 120_000 });
    await expect(finance.getByText("Guthaben wurde zurückgeholt").first()).toBeVisible();
    await expect(figure(finance, "Eingelöst")).toContainText("10,00");
    await expectAccessible(finance);
  });
});

test("what everybody approved after its date starts nothing and says why", async ({ as, request }) => {
  test.setTimeout(180_000);
  const mark = Date.now().toString(36);
  const tag = `spaet-${mark}`;
  const name = `Zu spät ${mark}`;
  await addPeople(request, tag, 0, PEOPLE);
  const segment = await call<Made>(request, "/segments", { name, query: `customer_tags CONTAINS '${tag}'` });
  const now = await setClock(request, null);
  const release = new Date(Math.ceil((now.getTime() + 5 * MINUTE) / MINUTE) * MINUTE);
  const id = await draftOf(request, name, segment.id, release);
  await call(request, `/campaigns/${id}/submit`, {});
  await setClock(request, new Date(release.getTime() + 10 * MINUTE));

  const finance = await as("finance");
  await finance.goto(inShop(`/campaigns/${id}`));
  // The conditions can be read by those who see no segments: it is what they approve.
  await expect(figure(finance, "Bedingungen, Stand jetzt")).toHaveText(`customer_tags CONTAINS '${tag}'`);
  await finance.getByRole("button", { name: "Freigeben" }).click();
  await finance.getByRole("alertdialog").getByRole("button", { name: "Freigeben" }).click();
  const stuck = finance.getByRole("heading", { name: "Freigegeben, aber nicht gestartet" });
  await provePassword(finance, "finance", stuck);
  await expect(stuck).toBeVisible();
  await expect(finance.getByText("Dieser Zeitpunkt ist schon vorbei. Bitte einen späteren wählen.")).toBeVisible();
  await expectAccessible(finance);
  expect(await stateOf(request, id)).toMatchObject({ status: "approved" });

  const marketer = await as("marketer");
  await marketer.goto(inShop(`/campaigns/${id}`));
  // A date that is over can only be mended in the draft: nothing offers a start that would be refused.
  const withdraw = marketer.getByRole("button", { name: "Zurückziehen und bearbeiten" });
  await expect(withdraw).toBeVisible();
  await expect(marketer.getByRole("button", { name: "Kampagne starten" })).toHaveCount(0);
  await withdraw.click();
  await openStep(marketer, "Termin");
  // Who may not write reads the draft instead of meeting a form.
  await finance.reload();
  await expect(finance.getByRole("tab", { name: "Angaben" })).toBeVisible();
  await expect(finance.getByRole("textbox")).toHaveCount(0);
  await marketer.getByRole("button", { name: "Weitere Aktionen" }).click();
  await marketer.getByRole("menuitem", { name: "Entwurf verwerfen" }).click();
  await marketer.getByRole("alertdialog").getByRole("button", { name: "Entwurf verwerfen" }).click();
  await setClock(request, null);
});
