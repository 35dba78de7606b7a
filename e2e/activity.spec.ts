// The log of a mailbox: a test for each thing that it promises (ACC-16, ACC-05, RCP-01),
// on a phone and a desktop.
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { accessible, local, logIn, person, send, switchTo } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const named = (name) => local.persons.find((p) => p.name.startsWith(name));

/** Looks at a page with axe, and pictures it where SHOTS says where. */
async function look(page, name) {
  await accessible(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "wider than the screen").toBeLessThanOrEqual(0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${page.viewportSize().width}.png`, fullPage: true });
}

const row = (page, text) => page.locator(".dp-log tr", { hasText: text });

for (const [size, viewport] of Object.entries(sizes)) {
  test(`ACC-16 the owner sees what a helper has done, on a ${size}`, async ({ browser }) => {
    const subject = `Til loggen på ${size}`;
    send(named("Birthe"), subject);
    const helper = await (await browser.newContext({ viewport, reducedMotion: "reduce" })).newPage();
    await logIn(helper, person());
    await switchTo(helper, "Birthe Åkjær");
    await helper.getByRole("link", { name: subject }).first().click();
    await expect(helper.locator(".dp-subject")).toHaveText(subject);
    // ACC-05: the helper sees it too, in the other's mailbox.
    const message = helper.url().match(/post\/([0-9a-f-]{36})/)[1];
    await helper.getByText("Flere handlinger").or(helper.locator(".dp-bar__end > summary")).first().click();
    await helper.getByRole("link", { name: "Vis historik" }).click();
    await expect(helper.getByRole("heading", { level: 1 })).toHaveText("Historik");
    await expect(row(helper, "Du på vegne af Birthe Åkjær")).toContainText("Åbnede " + subject);
    await expect(helper.locator(".dp-behalf")).toContainText("Birthe Åkjærs");
    await look(helper, "history");
    await helper.context().close();

    const owner = await (await browser.newContext({ viewport, reducedMotion: "reduce" })).newPage();
    await logIn(owner, named("Birthe"));
    await owner.goto(local.web.borger + "/menu");
    await owner.locator("main").getByRole("link", { name: "Aktivitetslog" }).click();
    await expect(owner.getByRole("heading", { level: 1 })).toHaveText("Aktivitetslog");
    const opened = row(owner, "Åbnede " + subject);
    await expect(opened).toContainText("Signe Åkjær Holm på dine vegne");
    await expect(opened).toContainText("læse- og skriveadgang");
    await expect(opened).toContainText(/borger\.dk · computer/);
    await look(owner, "log");
    await opened.getByRole("link", { name: subject }).click();
    await expect(owner).toHaveURL(new RegExp("/post/" + message));
    await owner.context().close();
  });

  test(`ACC-16 the log is looked through and taken away, on a ${size}`, async ({ browser }) => {
    const page = await (await browser.newContext({ viewport, reducedMotion: "reduce" })).newPage();
    await logIn(page, named("Birthe"));
    await page.goto(local.web.borger + "/aktivitet");
    await page.getByLabel("Hvad").selectOption("Log ind");
    await page.getByLabel("Hvornår").selectOption("Hele tiden");
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await expect(page).toHaveURL(/hvad=log-ind/);
    await expect(row(page, "Loggede ind med MitID").first()).toBeVisible();
    await expect(row(page, "Sendte dig")).toHaveCount(0);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download loggen (CSV)" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^aktivitetslog-\d{4}-\d\d-\d\d\.csv$/);
    const text = readFileSync(await download.path(), "utf8");
    expect(text.startsWith("\ufeffTid;Hvem;")).toBe(true);
    expect(text).toContain("Loggede ind med MitID");
    expect(text).not.toContain("MEMO_AVAILABLE");
    await page.getByLabel("Hvad").selectOption("Opslag");
    await page.getByRole("button", { name: "Vis", exact: true }).click();
    await expect(row(page, "Hentede aktivitetsloggen som fil").first()).toBeVisible();
    await page.context().close();
  });
}

test("RCP-01 who looks up a number is seen, and who is refused is not named", async ({ browser }) => {
  const niels = named("Niels") ?? person("registered", 3);
  const birthe = named("Birthe");
  const asker = await (await browser.newContext({ viewport: sizes.desktop })).newPage();
  await logIn(asker, niels);
  await asker.goto(local.web.borger + "/modtagere/ny?hvem=person");
  await asker.getByLabel("Fornavn").fill(birthe.name.split(" ")[0]);
  await asker.getByLabel("Efternavn").fill(birthe.name.split(" ").slice(1).join(" "));
  await asker.getByLabel("CPR-nummer").fill(birthe.cpr);
  await asker.getByLabel("Ingen udløbsdato").check();
  await asker.getByRole("button", { name: "Send anmodning" }).click();
  await expect(asker.locator(".dp-toast")).toContainText("Sendt");

  const owner = await (await browser.newContext({ viewport: sizes.desktop, reducedMotion: "reduce" })).newPage();
  await logIn(owner, birthe);
  await owner.goto(local.web.borger + "/post");
  await owner.locator(".dp-item a").first().click();
  await expect(owner.locator(".dp-subject")).toBeVisible();
  // The same letter's address in somebody else's browser, under the owner's mailbox.
  const helper = await (await browser.newContext({ viewport: sizes.desktop })).newPage();
  await logIn(helper, person());
  await switchTo(helper, "Birthe Åkjær");
  const under = helper.url().replace(/\/post$/, "");
  expect((await asker.goto(under + new URL(owner.url()).pathname)).status()).toBe(404);

  await owner.goto(local.web.borger + "/aktivitet");
  await expect(row(owner, "Slog dit CPR-nummer op").first()).toContainText(niels.name);
  const refused = row(owner, "blev afvist").first();
  await expect(refused).toContainText("En person uden adgang");
  await expect(refused).not.toContainText(niels.name);
  await look(owner, "look-up");
  for (const page of [asker, owner, helper]) await page.context().close();
});

test("ACC-16 the log without JavaScript, in English", async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false })).newPage();
  await logIn(page, named("Birthe"));
  await page.goto(local.web.borger + "/aktivitet?sprog=en");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Activity log");
  await page.getByLabel("What").selectOption("Log-ins");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(row(page, "Logged in with MitID").first()).toContainText("You");
});
