// Digital Post recipients: a test for each row of the requirements, on a phone and
// a desktop, each with people of its own.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, person } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const registered = () => local.persons.filter((p) => p.status === "registered");

/** A logged-in person on the page of recipients. */
async function at(browser, who, options) {
  const page = await (await browser.newContext({ reducedMotion: "reduce", ...options })).newPage();
  await logIn(page, who);
  await page.goto(local.web.borger + "/modtagere");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Digital Post-modtagere");
  return page;
}

/** Looks at a page with axe, and pictures it where SHOTS says where. */
async function look(page, name) {
  await accessible(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "wider than the screen").toBeLessThanOrEqual(0);
  await picture(page, name);
}

async function picture(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${page.viewportSize().width}.png`, fullPage: true });
}

/** What was done a moment ago is said. */
const said = (page, text) => expect(page.locator(".dp-toast p", { hasText: text })).toBeVisible();

async function ask(page, who, day) {
  await page.goto(local.web.borger + "/modtagere/ny?hvem=person");
  await page.getByLabel("Fornavn").fill(who.name.split(" ")[0]);
  await page.getByLabel("Efternavn").fill(who.name.split(" ").slice(1).join(" "));
  await page.getByLabel("CPR-nummer").fill(who.cpr);
  if (day) {
    for (const [label, value] of Object.entries(day)) await page.getByLabel(label, { exact: true }).fill(value);
  } else await page.getByLabel("Ingen udløbsdato").check();
  await page.getByRole("button", { name: "Send anmodning" }).click();
  await said(page, /^Sendt\. Du kan videresende, når/);
}

/** The row of a name, in the list with a heading. */
const row = (page, heading, name) =>
  page.locator("section", { has: page.getByRole("heading", { name: heading }) }).locator("li", { hasText: name });
const mine = "Dine Digital Post-modtagere";
const others = "Andre, der har dig som Digital Post-modtager";

async function open(page, heading, name) {
  await page.goto(local.web.borger + "/modtagere");
  await row(page, heading, name).getByRole("link", { name: "Se og redigér" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
}

async function approve(browser, options, by, from) {
  const page = await at(browser, by, options);
  await open(page, others, from.name);
  await page.getByRole("button", { name: "Godkend" }).click();
  await said(page, /^Godkendt\./);
  return page;
}

/** Takes away what earlier tests have left. */
async function clear(page) {
  for (;;) {
    await page.goto(local.web.borger + "/modtagere");
    const link = page.locator(".dp-rows a").first();
    if (!(await link.count())) return;
    await page.goto(local.web.borger + (await link.getAttribute("href")) + "/fjern");
    await page.getByRole("button", { name: "Fjern Digital Post-modtager" }).click();
    await said(page, /^Fjernet\./);
  }
}

for (const [size, viewport] of Object.entries(sizes)) {
  const options = { viewport };
  const [owner, other] = [() => registered()[0], () => registered()[2]];

  test(`RCP-01 a person, a company, an expiry date and none, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page);
    await look(page, "1-empty");
    await page.getByRole("link", { name: "Opret Digital Post-modtager" }).click();
    await look(page, "2-kind");
    await page.getByText("Privatperson").click();
    await page.getByRole("button", { name: "Fortsæt" }).click();
    await look(page, "3-person");
    // Mistakes come back on top, with what was typed but the CPR number.
    await page.getByLabel("Fornavn").fill("Niels");
    await page.getByLabel("CPR-nummer").fill("0102031234");
    await page.getByRole("button", { name: "Send anmodning" }).click();
    await expect(page.getByRole("alert")).toContainText("Der er 2 fejl i formularen");
    await expect(page.getByLabel("Fornavn")).toHaveValue("Niels");
    await expect(page.getByLabel("CPR-nummer")).toHaveValue("");
    await expect(page).toHaveTitle(/^Fejl: /);
    await look(page, "4-mistakes");
    await page.getByRole("link", { name: "Skriv et efternavn" }).click();
    await expect(page.getByLabel("Efternavn")).toBeFocused();
    // A name that the number does not have is told as nothing else.
    await page.getByLabel("Efternavn").fill("Ukendt");
    await page.getByLabel("CPR-nummer").fill(other().cpr);
    await page.getByLabel("Ingen udløbsdato").check();
    await page.getByRole("button", { name: "Send anmodning" }).click();
    await expect(page.getByRole("alert")).toContainText("Navn og CPR-nummer passer ikke sammen.");
    await expect(page.getByLabel("CPR-nummer")).toHaveValue("");

    const year = String(new Date().getFullYear() + 1);
    await ask(page, other(), { Dag: "31", Måned: "12", År: year });
    await expect(row(page, mine, other().name)).toContainText(`gælder til og med 31. dec. ${year}`);

    const company = local.organisations.find((o) => o.kind === "company");
    await page.getByRole("link", { name: "Opret Digital Post-modtager" }).click();
    await page.getByText("Virksomhed eller myndighed").click();
    await page.getByRole("button", { name: "Fortsæt" }).click();
    await page.getByLabel("CVR-nummer").fill(company.cvr);
    await page.getByLabel("E-mailadresse").fill("post@example.dk");
    await page.getByLabel("Ingen udløbsdato").check();
    await look(page, "5-company");
    await page.getByRole("button", { name: "Send anmodning" }).click();
    await expect(row(page, mine, company.name)).toContainText("ingen udløbsdato");
    await page.goto(local.web.borger + "/modtagere");
    await look(page, "6-lists");
    await clear(page);
  });

  test(`RCP-02 both sides get a message, and on approval a receipt, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page);
    await ask(page, other());
    await page.goto(local.web.borger + "/post");
    await expect(page.getByRole("link", { name: /Du har bedt om at få en Digital Post-modtager/ }).first()).toBeVisible();
    const theirs = await at(browser, other(), options);
    await theirs.goto(local.web.borger + "/post");
    await theirs.getByRole("link", { name: new RegExp(owner().name + " vil oprette dig som Digital Post-modtager") }).first().click();
    await expect(theirs.frameLocator("iframe").first().getByText("Der sker kun noget, hvis du godkender.")).toBeVisible();
    await picture(theirs, "7-message"); // axe does not get into the frame of a letter, which runs no scripts
    const there = await approve(browser, options, other(), owner());
    await there.goto(local.web.borger + "/post");
    await expect(there.getByRole("link", { name: new RegExp("Kvittering: " + owner().name + " har dig nu som Digital Post-modtager") }).first()).toBeVisible();
    await page.goto(local.web.borger + "/post");
    await expect(page.getByRole("link", { name: new RegExp("Kvittering: " + other().name + " er nu din Digital Post-modtager") }).first()).toBeVisible();
    await clear(page);
  });

  test(`RCP-03 each side sees how it stands, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page);
    await ask(page, other());
    await expect(row(page, mine, other().name)).toContainText("Mangler godkendelse");
    const theirs = await at(browser, other(), options);
    await expect(theirs.getByText("1 anmodning mangler din godkendelse.")).toBeVisible();
    await expect(row(theirs, others, owner().name)).toContainText("Mangler din godkendelse");
    await look(theirs, "8-waiting");
    await open(theirs, others, owner().name);
    await look(theirs, "9-answer");
    await theirs.getByRole("button", { name: "Afvis" }).click();
    await expect(row(theirs, others, owner().name)).toContainText("Afvist");
    await page.reload();
    await expect(row(page, mine, other().name)).toContainText("Afvist");
    await clear(page);
  });

  test(`RCP-04 who has not approved is no recipient yet, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page);
    await ask(page, other());
    await open(page, mine, other().name);
    await expect(page.getByText(`${other().name} har ikke godkendt endnu. Du kan videresende, når det er sket.`)).toBeVisible();
    await approve(browser, options, other(), owner());
    await page.reload();
    await expect(page.getByText(`Du kan videresende din post til ${other().name}.`)).toBeVisible();
    await look(page, "10-active");
    await clear(page);
  });

  test(`RCP-05 either side removes it after a question, and it can be set up again, on a ${size}`, async ({ browser }) => {
    const page = await at(browser, owner(), options);
    await clear(page);
    for (const side of ["recipient", "owner"]) {
      await ask(page, other());
      const theirs = await approve(browser, options, other(), owner());
      const [by, list, from] = side === "owner" ? [page, mine, other()] : [theirs, others, owner()];
      await open(by, list, from.name);
      await by.getByRole("link", { name: "Fjern Digital Post-modtager" }).click();
      await expect(by.getByRole("button", { name: "Fjern Digital Post-modtager" })).toBeVisible();
      if (side === "owner") await look(by, "11-remove");
      await by.getByRole("link", { name: "Behold modtageren" }).click();
      await open(by, list, from.name); // still there
      await by.getByRole("link", { name: "Fjern Digital Post-modtager" }).click();
      await by.getByRole("button", { name: "Fjern Digital Post-modtager" }).click();
      await said(by, /^Fjernet\./);
      await page.goto(local.web.borger + "/modtagere");
      await expect(row(page, mine, other().name)).toHaveCount(0);
      await theirs.goto(local.web.borger + "/modtagere");
      await expect(row(theirs, others, owner().name)).toHaveCount(0);
    }
  });
}

test("recipients without JavaScript, in English", async ({ browser }) => {
  const options = { javaScriptEnabled: false };
  const [owner, other] = [registered()[3], registered()[4]];
  const page = await at(browser, owner, options);
  await ask(page, other);
  const theirs = await approve(browser, options, other, owner);
  await theirs.goto(local.web.borger + "/modtagere?sprog=en");
  await expect(theirs.getByRole("heading", { level: 1 })).toHaveText("Digital Post recipients");
  await theirs.getByRole("link", { name: "View and edit" }).click();
  await theirs.getByRole("link", { name: "Remove Digital Post recipient" }).click();
  await theirs.getByRole("button", { name: "Remove Digital Post recipient" }).click();
  await expect(theirs.getByText("Nobody has you as a Digital Post recipient.")).toBeVisible();
});
