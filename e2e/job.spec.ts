// The main job, as people do it: from a sender's system to the PDF that is read.
import { expect, test } from "@playwright/test";
import { writeFile } from "node:fs/promises";
import { accessible, local, logIn, logInAnew, person, send } from "./person.mjs";

/** A PDF with a text in it, made by the browser itself. */
async function pdf(page, path, text) {
  await page.setContent(`<html lang="da"><title>Brev</title><h1>Brev</h1><p>${text}</p>`);
  await writeFile(path, await page.pdf());
}

// SND-01, SND-02, MBX-01, MBX-13, MBX-15, SYS-02, SYS-08, MBX-20
test("a letter is sent, appears in the open inbox, is opened and its PDF is read", async ({ page, browser }, info) => {
  const file = info.outputPath("afgørelse.pdf");
  await pdf(page, file, "Du har fået tildelt en plads i Vuggestuen Fjordglimt.");
  const who = person("registered", 2);
  await logInAnew(page, who);
  await expect(page).toHaveURL(local.web.borger + "/post");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Indbakke");

  send(who, "Svar på din ansøgning", file);
  // MBX-15: it is announced without a reload, and does not move what one reads.
  await page.getByRole("link", { name: /1 ny besked/ }).click();
  const row = page.getByRole("link", { name: /Svar på din ansøgning/ });
  await expect(row).toContainText("Ulæst");
  await expect(row).toContainText(local.senderSystem.name);

  await row.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Svar på din ansøgning");
  await expect(page.getByText("Vuggestuen Fjordglimt")).toBeVisible(); // the text layer of the PDF
  await accessible(page);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Download/ }).first().click()]);
  expect(download.suggestedFilename()).toBe("afgørelse.pdf");

  // Another client of the same person sees it read.
  const other = await (await browser.newContext()).newPage();
  await logInAnew(other, who);
  await expect(other.getByRole("link", { name: /Svar på din ansøgning/ })).not.toContainText("Ulæst");

  // Log-out ends the session on the server, not only in this browser.
  await page.goto(local.web.borger + "/post");
  const cookies = await page.context().cookies(local.web.borger);
  await page.getByRole("button", { name: "Log ud" }).first().click();
  await expect(page.getByText("Du er logget ud")).toBeVisible();
  await page.context().addCookies(cookies);
  await page.goto(local.web.borger + "/post");
  await expect(page).not.toHaveURL(local.web.borger + "/post");
});

test("it works without JavaScript", async ({ browser }) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  const who = person("registered", 1);
  send(who, "Uden script");
  await logIn(page, who);
  await page.getByRole("link", { name: /Uden script/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Uden script");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Download/ }).first().click()]);
  expect(download.suggestedFilename()).toBe("brev.txt");
});

test("one person never sees another's letter", async ({ page, browser }) => {
  const mine = person("registered", 0);
  await logIn(page, mine);
  await page.locator(".dp-item a").first().click();
  const address = page.url();
  const other = await (await browser.newContext()).newPage();
  await logIn(other, person("registered", 3));
  const response = await other.goto(address);
  expect(response.status()).toBe(404);
  const nobody = await (await browser.newContext()).newPage();
  await nobody.goto(address);
  await expect(nobody).not.toHaveURL(address);
});

// SND-05: a child has no mailbox yet, and is told so in plain words.
test("a child is told that the mailbox comes with the age of 15", async ({ page }) => {
  await logIn(page, person("child"));
  await expect(page.getByText(/15 år/).first()).toBeVisible();
  await accessible(page);
});
