// Reading and writing in another's mailbox.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, person, send, switchTo } from "./person.mjs";

const heading = (page) => page.getByRole("heading", { level: 1 });
const row = (page, subject) => page.locator(".dp-item:not(.is-gone)", { hasText: subject });
const said = (page, text) => expect(page.locator(".dp-toast p")).toHaveText(text);
const [signe, birthe] = [person("registered", 0), person("registered", 1)];

// ACC-12, ACC-05
test("a helper switches to another's mailbox, sorts it, and goes back", async ({ page }) => {
  send(birthe, "Sortér mig");
  await logIn(page, signe);
  await switchTo(page, "Birthe Åkjær");
  await expect(page).toHaveTitle(/Indbakke.* – Birthe Åkjærs post – Digital Post/);
  const at = new URL(page.url()).pathname.replace(/\/post$/, "");
  expect(at).toMatch(/^\/postkasse\/[0-9a-f-]{36}$/);

  // By script, without leaving the page: a row is marked, moved by dialog, and taken back.
  await row(page, "Sortér mig").locator(".dp-pick").click();
  await page.locator(".dp-bulk").getByRole("button", { name: "Slet", exact: true }).first().click();
  await said(page, "1 besked flyttet til Slettet post.");
  await expect(row(page, "Sortér mig")).toHaveCount(0);
  await page.getByRole("button", { name: "Fortryd" }).click();
  await expect(row(page, "Sortér mig")).toBeVisible();
  await expect(page).toHaveURL(new RegExp(at + "/post"));
  await expect(page).toHaveTitle(/Birthe Åkjærs post – Digital Post/);

  // What comes appears by itself, and only there.
  send(birthe, "Kom mens Signe så på");
  await page.getByRole("link", { name: /ny besked – vis/ }).click();
  await row(page, "Kom mens Signe så på").getByRole("link").click();
  await expect(page.locator(".dp-subject")).toHaveText("Kom mens Signe så på");
  await expect(page.locator(".dp-behalf")).toContainText("Du læser Birthe Åkjærs post");
  await expect(page).toHaveURL(new RegExp(at + "/post/"));
  await page.getByRole("link", { name: "Gå til din egen post" }).click();
  await expect(page).toHaveURL(local.web.borger + "/post");
  await expect(page.locator(".dp-behalf")).toHaveCount(0);
  await expect(row(page, "Kom mens Signe så på")).toHaveCount(0);
});

// MBX-03, ACC-07, ACC-14
test("a helper writes for another, and the button says for whom", async ({ page }) => {
  await logIn(page, signe);
  await switchTo(page, "Birthe Åkjær");
  const at = page.url().replace(/\/post$/, "");
  await page.getByRole("link", { name: "Skriv ny besked" }).click();
  await page.getByLabel("Søg efter en myndighed").fill("ålhavn kommune");
  await page.locator(".dp-choice__o label").first().click();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await page.getByLabel("Emne").fill("Besøg af hjemmeplejen");
  await page.locator("#tekst").pressSequentially("Hun er hjemme torsdag.");
  await expect(page.locator("[data-saved]")).toContainText("Kladde gemt", { timeout: 10_000 });
  expect(page.url().startsWith(at + "/ny/")).toBe(true);
  await expect(page.getByText("En adgang er ikke en fuldmagt.")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Send på vegne af Birthe Åkjær" }).click();
  await said(page, /^Din besked er sendt til Ålhavn Kommune/);
  expect(page.url().startsWith(at + "/post/")).toBe(true);
  await expect(page.locator(".dp-from")).toContainText("Birthe Åkjær");
});

// ACC-06: with read access alone.
test("who only reads is offered no more, by button, key or finger", async ({ browser }) => {
  const jonas = person("registered", 4);
  send(jonas, "Kun til læsning");
  const page = await (await browser.newContext()).newPage();
  await logIn(page, signe);
  await page.goto(local.web.borger + "/indstillinger");
  await page.getByLabel("Taster").first().check();
  await page.getByRole("button", { name: "Gem" }).click();
  await page.goto(local.web.borger + "/post");
  await switchTo(page, "Jonas Lund");
  await expect(page.getByRole("link", { name: "Skriv ny besked" })).toHaveCount(0);
  const url = page.url();
  await page.keyboard.press("n");
  await row(page, "Kun til læsning").getByRole("link").click();
  await expect(page.locator(".dp-subject")).toHaveText("Kun til læsning");
  await expect(page.getByText("Du har kun læseadgang til Jonas Lunds post.")).toBeVisible();
  await page.keyboard.press("r");
  await expect(page.locator(".dp-subject")).toHaveText("Kun til læsning");
  await page.goto(url.replace(/\/post$/, "/mapper"));
  await page.getByRole("link", { name: "Slettet post" }).first().click();
  await expect(heading(page)).toContainText("Slettet post");
  await expect(page.getByRole("link", { name: "Tøm" })).toHaveCount(0);
  await page.context().close();
});

// ACC-12: as plain HTML.
test("mailboxes are switched without script", async ({ browser }) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(page, signe);
  await switchTo(page, "Birthe Åkjær");
  await page.getByRole("link", { name: "Frister" }).first().click();
  await expect(heading(page)).toHaveText("Frister");
  await expect(page.locator(".dp-behalf")).toContainText("Birthe Åkjærs");
  await page.locator(".dp-box, summary", { hasText: "skift postkasse" }).click();
  await page.locator(".dp-box", { hasText: "Din egen post" }).click();
  await expect(page).toHaveURL(local.web.borger + "/post");
});

// ACC-10, MBX-15: a right that is taken away ends the open page by itself.
test("an open page of a mailbox ends with the right to it", async ({ browser }) => {
  const owner = await (await browser.newContext()).newPage();
  const helper = await (await browser.newContext()).newPage();
  await logIn(helper, signe);
  await switchTo(helper, "Jonas Lund");
  await expect(heading(helper)).toContainText("Indbakke");
  await logIn(owner, person("registered", 4));
  await owner.goto(local.web.borger + "/adgang");
  await owner.getByRole("listitem").filter({ hasText: "Signe Åkjær Holm" }).getByRole("link").first().click();
  await owner.getByRole("link", { name: "Fjern adgangen" }).click();
  await owner.getByRole("button", { name: "Fjern adgangen" }).click();
  await expect(heading(helper)).toHaveText("Vi kan ikke finde siden");
  await expect(helper.getByText("Brevet kan være slettet, eller din adgang kan være udløbet.")).toBeVisible();
  await expect(helper.locator(".dp-behalf")).toHaveCount(0);
});
