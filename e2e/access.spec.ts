// Access between people: a test for each row of the requirements, on a phone and a
// desktop.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, send } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const registered = () => local.persons.filter((p) => p.status === "registered");
const owner = () => registered()[3];
const helper = () => registered()[4];

/** A logged-in person on the page of accesses. */
async function at(browser, who, options) {
  const page = await (await browser.newContext({ reducedMotion: "reduce", ...options })).newPage();
  await logIn(page, who);
  await home(page);
  return page;
}

async function home(page) {
  await page.goto(local.web.borger + "/adgang");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Læse- og skriveadgang");
}

/** Looks at a page with axe, and pictures it where SHOTS says where. */
async function look(page, name) {
  await accessible(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "wider than the screen").toBeLessThanOrEqual(0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${page.viewportSize().width}.png`, fullPage: true });
}

/** What was done a moment ago is said. */
const said = (page, text) => expect(page.locator(".dp-toast p", { hasText: text })).toBeVisible();

const others = "Andres adgang til din post";
const mine = "Din læseadgang/læse- og skriveadgang til andres post";

/** The row of a name, in the list with a heading. */
const row = (page, heading, who) =>
  page.locator("section", { has: page.getByRole("heading", { name: heading, exact: true }) }).locator("li", { hasText: who.name });

async function name(page, who) {
  await page.getByLabel("Fornavn").fill(who.name.split(" ")[0]);
  await page.getByLabel("Efternavn").fill(who.name.split(" ").slice(1).join(" "));
  await page.getByLabel("CPR-nummer").fill(who.cpr);
}

async function open(page, heading, who) {
  await home(page);
  await row(page, heading, who).getByRole("link", { name: "Se og redigér" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(who.name);
}

async function give(page, to, kind = "Læseadgang") {
  await home(page);
  await page.getByRole("link", { name: "Giv andre adgang" }).click();
  await page.getByText(kind, { exact: true }).click();
  await name(page, to);
  await page.getByLabel("Adgangen skal aldrig udløbe").check();
  await page.getByRole("button", { name: "Send" }).click();
  await said(page, `Sendt. Adgangen virker, når ${to.name} har godkendt den.`);
}

async function approve(page, heading, from) {
  await open(page, heading, from);
  await page.getByRole("button", { name: "Godkend" }).click();
  await said(page, /^Godkendt\./);
}

/** Takes away what is between the two. */
async function clear(page, who) {
  for (const heading of [others, mine]) {
    for (;;) {
      await home(page);
      const one = row(page, heading, who);
      if (!(await one.count())) break;
      await one.first().getByRole("link").click();
      const decline = page.getByRole("button", { name: "Afvis" });
      if (await decline.count()) {
        await decline.click();
        continue;
      }
      await page.goto(page.url() + "/fjern");
      await page.locator("form button[type=submit].button-primary").click();
      await expect(page).toHaveURL(local.web.borger + "/adgang");
    }
  }
}

/** Whether one can switch to somebody's mailbox. */
async function switches(page, who, want) {
  await page.goto(local.web.borger + "/postkasser");
  await expect(page.locator(".dp-boxlist .dp-box", { hasText: who.name })).toHaveCount(want ? 1 : 0);
}

for (const [size, viewport] of Object.entries(sizes)) {
  const options = { viewport };

  test(`ACC-01 ACC-02 ACC-10 given, approved, changed and removed, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page, helper());
    await look(page, "1-empty");
    // Mistakes come back on top, with what was typed but the CPR number.
    await page.getByRole("link", { name: "Giv andre adgang" }).click();
    await page.getByLabel("Fornavn").fill("Kirsten");
    await page.getByLabel("CPR-nummer").fill("15029");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByRole("alert")).toContainText("Der er 3 fejl i formularen");
    await expect(page.getByLabel("Fornavn")).toHaveValue("Kirsten");
    await expect(page.getByLabel("CPR-nummer")).toHaveValue("");
    await look(page, "2-mistakes");
    await page.getByLabel("Efternavn").fill("Ukendt");
    await page.getByLabel("CPR-nummer").fill(helper().cpr);
    await page.getByLabel("Adgangen skal aldrig udløbe").check();
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByRole("alert")).toContainText("Navn og CPR-nummer passer ikke sammen. Spørg personen, og prøv igen.");
    await expect(page.getByRole("alert")).toBeFocused();

    await give(page, helper());
    await expect(row(page, others, helper())).toContainText("Mangler godkendelse");
    await page.goto(local.web.borger + "/post");
    await page.getByRole("link", { name: /Du har givet en anden adgang til din Digital Post/ }).first().click();
    await expect(page.frameLocator("iframe").first().getByRole("link", { name: "Se dine adgange til Digital Post" })).toBeVisible();

    const theirs = await at(browser, helper(), options);
    await expect(theirs.getByText("1 adgang mangler din godkendelse.")).toBeVisible();
    await expect(row(theirs, mine, owner())).toContainText("Mangler din godkendelse");
    await look(theirs, "3-waiting");
    await switches(theirs, owner(), false);
    await theirs.goto(local.web.borger + "/post");
    await expect(theirs.locator(size === "desktop" ? ".dp-pane" : "main .dp-listnote").getByText("1 adgang mangler din godkendelse.")).toBeVisible();
    await look(theirs, "4-inbox");
    await open(theirs, mine, owner());
    await look(theirs, "5-answer");
    await approve(theirs, mine, owner());
    await expect(theirs.getByRole("link", { name: "Gå til postkassen" })).toBeVisible();
    await home(theirs);
    await expect(row(theirs, mine, owner())).toContainText("Aktiv læseadgang");
    await switches(theirs, owner(), true);

    await open(page, others, helper());
    await look(page, "6-change");
    await page.getByText("Læse- og skriveadgang", { exact: true }).last().click();
    await page.getByLabel("Til og med en dato").check();
    await page.getByLabel("Dag").fill("31");
    await page.getByLabel("Måned").fill("12");
    await page.getByLabel("År").fill(String(new Date().getFullYear() + 1));
    await page.getByRole("button", { name: "Gem" }).click();
    await said(page, `Gemt. ${helper().name} har fået besked.`);
    await expect(row(page, others, helper())).toContainText("Aktiv læse- og skriveadgang");
    await look(page, "7-lists");

    // What is open shows nothing more once it is removed.
    await theirs.goto(local.web.borger + "/postkasser");
    await theirs.locator(".dp-boxlist .dp-box", { hasText: owner().name }).click();
    await expect(theirs.locator(".dp-behalf")).toContainText("læse- og skriveadgang", { ignoreCase: true });
    await open(page, others, helper());
    await page.getByRole("link", { name: "Fjern adgangen" }).click();
    await expect(page.getByText(`${helper().name} kan ikke længere læse din post. Det gælder med det samme.`)).toBeVisible();
    await look(page, "8-remove");
    await page.getByRole("button", { name: "Fjern adgangen" }).click();
    await said(page, /^Fjernet\./);
    await expect(row(page, others, helper())).toHaveCount(0);
    // The page is let go and looks again by itself.
    await expect(theirs.getByRole("heading", { name: "Vi kan ikke finde siden" })).toBeVisible({ timeout: 15_000 });
    await switches(theirs, owner(), false);
  });

  test(`ACC-03 asked for, declined, asked again and taken back, on a ${size}`, async ({ browser }) => {
    const theirs = await at(browser, helper(), options);
    await clear(theirs, owner());
    await theirs.getByRole("link", { name: "Bed om adgang" }).click();
    await look(theirs, "10-ask");
    await name(theirs, owner());
    await theirs.getByLabel("Adgangen skal aldrig udløbe").check();
    await theirs.getByRole("button", { name: "Send" }).click();
    await said(theirs, /^Sendt\./);
    await expect(row(theirs, mine, owner())).toContainText("Mangler godkendelse");
    const page = await at(browser, owner(), options);
    await expect(row(page, others, helper())).toContainText("Har bedt om læseadgang · udløber aldrig");
    await open(page, others, helper());
    await page.getByRole("button", { name: "Afvis" }).click();
    await said(page, /^Afvist\./);
    await open(theirs, mine, owner());
    await look(theirs, "11-declined");
    await theirs.getByRole("link", { name: "Bed om adgangen igen" }).click();
    await look(theirs, "12-again");
    await theirs.getByLabel("Adgangen skal aldrig udløbe").check();
    await theirs.getByRole("button", { name: "Send" }).click();
    await said(theirs, /^Sendt\./);
    await open(theirs, mine, owner());
    await theirs.getByRole("link", { name: "Træk tilbage" }).click();
    await theirs.getByRole("button", { name: "Træk tilbage" }).click();
    await said(theirs, /^Trukket tilbage\./);
    await switches(theirs, owner(), false);
  });

  test(`ACC-15 chosen senders' post, with a code, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page, helper());
    await page.getByRole("link", { name: "Giv andre adgang" }).click();
    await page.getByRole("link", { name: "Giv kun adgang til post fra udvalgte afsendere" }).click();
    await look(page, "20-chosen");
    const sender = page.locator("#afsender .form-group-checkbox").first();
    const from = await sender.innerText();
    await sender.locator("label").click();
    await name(page, helper());
    await page.getByLabel("Adgangen skal aldrig udløbe").check();
    const code = await page.getByLabel("Kode").inputValue();
    expect(code).toMatch(/^[2-9a-z]{4}-[2-9a-z]{4}$/);
    await page.getByRole("button", { name: "Send" }).click();
    await said(page, `Sendt. Fortæl nu selv koden til ${helper().name}.`);
    const theirs = await at(browser, helper(), options);
    await open(theirs, mine, owner());
    await theirs.getByLabel("Kode").fill("forkert kode");
    await theirs.getByRole("button", { name: "Brug koden" }).click();
    await expect(theirs.getByRole("alert")).toContainText("Koden passer ikke.");
    await look(theirs, "21-code");
    await switches(theirs, owner(), false);
    await open(theirs, mine, owner());
    await theirs.getByLabel("Kode").fill(code.toUpperCase());
    await theirs.getByRole("button", { name: "Brug koden" }).click();
    await said(theirs, /^Godkendt\./);
    await switches(theirs, owner(), true);
    await theirs.locator(".dp-boxlist .dp-box", { hasText: owner().name }).click();
    await expect(theirs.locator(".dp-item").first()).toBeVisible();
    for (const shown of await theirs.locator(".dp-item__from").allInnerTexts()) expect(shown).toBe(from);
    await look(theirs, "22-their-inbox");
    await clear(page, helper());
  });

  test(`ACC-04 the owner hides a letter and a sender from helpers, on a ${size}`, async ({ browser }) => {
    const subject = `Fortroligt svar ${size}`;
    send(owner(), subject);
    const page = await at(browser, owner(), options);
    await clear(page, helper());
    await give(page, helper());
    const theirs = await at(browser, helper(), options);
    await approve(theirs, mine, owner());
    const sees = async (want) => {
      await theirs.goto(local.web.borger + "/postkasser");
      await theirs.locator(".dp-boxlist .dp-box", { hasText: owner().name }).click();
      await expect(theirs.locator(".dp-behalf")).toBeVisible();
      await expect(theirs.locator(".dp-item", { hasText: subject })).toHaveCount(want);
    };
    await sees(1);
    await page.goto(local.web.borger + "/post");
    await page.locator(".dp-item", { hasText: subject }).locator("a").click();
    await expect(page.locator(".dp-subject")).toHaveText(subject);
    await page.locator(".dp-bar summary").last().click();
    await page.getByRole("button", { name: "Skjul for dem med adgang" }).click();
    await said(page, /^Skjult\./);
    await sees(0);
    await page.reload();
    await expect(page.locator(".dp-letter .badge", { hasText: "Skjult" })).toBeVisible();
    await look(page, "30-hidden-letter");
    await page.goto(local.web.borger + "/post");
    await expect(page.locator(".dp-item", { hasText: subject })).toContainText("Skjult");
    await look(page, "31-hidden-in-list");
    await page.locator(".dp-item", { hasText: subject }).locator("a").click();
    await page.locator(".dp-bar summary").last().click();
    await page.getByRole("button", { name: "Vis igen for dem med adgang" }).click();
    await said(page, /^Vist igen\./);
    await sees(1);

    const from = await theirs.locator(".dp-item", { hasText: subject }).locator(".dp-item__from").innerText();
    await page.goto(local.web.borger + "/adgang/skjulte");
    await page.getByLabel("Skjul al post fra").selectOption({ label: from });
    await page.getByRole("button", { name: "Skjul", exact: true }).click();
    await said(page, /^Skjult\./);
    await look(page, "32-hidden-senders");
    await sees(0);
    await page.getByRole("button", { name: "Vis igen " + from }).click();
    await said(page, /^Vist igen\./);
    await sees(1);
    await clear(page, helper());
  });
}
