// The letter's page: everything that can be done with a letter, by mouse, by keyboard,
// on a phone and without script.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn, person, send } from "./person.mjs";

const signe = person("registered", 0);
const other = person("registered", 3);
const home = local?.web.borger;

/** Logs in and opens a letter. */
async function open(page, who, subject) {
  await logIn(page, who);
  await page.goto(home + "/post");
  await page.getByRole("link", { name: subject }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: subject })).toBeVisible();
}

async function without(browser, options = {}) {
  return (await browser.newContext({ javaScriptEnabled: false, ...options })).newPage();
}

const toast = (page) => page.locator(".dp-toast");
const more = (page) => page.locator(".dp-bar__end summary");

// MBX-04
test("a letter that takes no answer says why, and what to do instead", async ({ page }) => {
  await open(page, signe, "Din forskudsopgørelse");
  const reply = page.getByRole("group", { name: "Handlinger" }).getByRole("link", { name: "Besvar" });
  await expect(reply).toHaveAttribute("aria-disabled", "true");
  await expect(reply).toHaveAccessibleDescription(/tager ikke imod svar/);
  await expect(page.getByRole("link", { name: /skrive en ny besked til Skattestyrelsen/ })).toHaveAttribute("href", /^\/ny\?/);
  await accessible(page);
});

// MBX-12, MBX-11
test("mark as important and unread, and take it back", async ({ page }) => {
  send(other, "Markér mig");
  await open(page, other, "Markér mig");
  await more(page).click();
  await page.getByRole("button", { name: "Markér som vigtig" }).click();
  await expect(page.locator(".dp-letter .badge", { hasText: "Vigtig" })).toBeVisible();
  await toast(page).getByRole("button", { name: "Fortryd" }).click();
  await expect(page.locator(".dp-letter .badge", { hasText: "Vigtig" })).toHaveCount(0);
  await more(page).click();
  await page.getByRole("button", { name: "Markér som ulæst" }).last().click();
  await expect(page).toHaveURL(home + "/post");
  await expect(page.locator(".dp-item.is-unread", { hasText: "Markér mig" })).toBeVisible();
});

// MBX-10
test("a note is written in a dialog, changed where it stands, and taken back", async ({ page }) => {
  send(other, "Med note");
  await open(page, other, "Med note");
  await more(page).click();
  await page.getByRole("link", { name: "Tilføj note" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Din note").fill("Ring i morgen");
  await dialog.getByRole("button", { name: "Gem" }).click();
  const note = page.getByRole("note", { name: "Din note" });
  await expect(note).toContainText("Ring i morgen");
  await note.getByText("Redigér note").click();
  await note.getByRole("textbox").fill("Ring i overmorgen");
  await accessible(page);
  await note.getByRole("button", { name: "Gem" }).click();
  await expect(note.locator("p").first()).toContainText("Ring i overmorgen");
  await toast(page).getByRole("button", { name: "Fortryd" }).click();
  await expect(note.locator("p").first()).toContainText("Ring i morgen");
});

// MBX-06, by keyboard alone
test("delete asks, and is taken back, by keyboard", async ({ page }) => {
  send(other, "Slet mig");
  await open(page, other, "Slet mig");
  await page.getByRole("group", { name: "Handlinger" }).getByRole("link", { name: "Slet" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Vil du slette beskeden?" });
  await expect(dialog).toContainText("Den flyttes til Slettet post");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("group", { name: "Handlinger" }).getByRole("link", { name: "Slet" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Slet besked" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(home + "/post");
  await expect(page.locator(".dp-item", { hasText: "Slet mig" })).toHaveCount(0);
  await toast(page).getByRole("button", { name: "Fortryd" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".dp-item", { hasText: "Slet mig" })).toBeVisible();
});

// MBX-08, on a phone
test("move to a new folder, on a phone", async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage();
  send(other, "Flyt mig");
  await open(page, other, "Flyt mig");
  await page.getByRole("group", { name: "Handlinger" }).getByRole("link", { name: "Flyt" }).tap();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Ny mappe").check({ force: true });
  await dialog.getByLabel("Navn på mappen").fill("Bolig " + Date.now());
  await dialog.getByRole("button", { name: "Flyt" }).tap();
  await expect(toast(page)).toContainText("flyttet til Bolig");
  await expect(page).toHaveURL(home + "/post");
  await expect(page.locator(".dp-item", { hasText: "Flyt mig" })).toHaveCount(0);
});

// MBX-02, MBX-13, MBX-14
test("zoom, full screen, two documents, print, download all", async ({ page }) => {
  await open(page, signe, "Tilbud om plads");
  await expect(page.locator(".dp-sheet canvas").first()).toBeVisible();
  const width = () => page.locator(".dp-sheet").first().evaluate((e) => e.clientWidth);
  const before = await width();
  await page.locator('a[data-zoom="1"]').click();
  await expect.poll(width).toBeGreaterThan(before * 1.1);
  await page.locator(".dp-viewer__bar").getByRole("link", { name: /^Fuldskærm/ }).click();
  await expect(page.locator(".dp-full .dp-sheet canvas").first()).toBeVisible();
  await expect(page.locator(".dp-top")).toBeHidden();
  await accessible(page);
  await page.getByRole("link", { name: "Vis to dokumenter" }).click();
  await expect(page.locator(".dp-full .dp-viewer")).toHaveCount(2);
  await expect(page.locator(".dp-full .dp-viewer").nth(1).locator("canvas")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("heading", { level: 1, name: "Tilbud om plads" })).toBeVisible();
  await expect(page.locator(".dp-top")).toBeVisible();
  const [zip] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download alle (3)" }).click()]);
  expect(zip.suggestedFilename()).toMatch(/\.zip$/);

  await more(page).click();
  await page.getByRole("link", { name: "Udskriv", exact: true }).last().click();
  await expect(page.locator(".dp-printed canvas")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Udskriv" })).toBeEnabled();
  await accessible(page);
  await page.getByRole("checkbox", { name: "Takster" }).uncheck({ force: true });
  await page.getByRole("button", { name: "Opdatér" }).click();
  await expect(page.locator(".dp-printed canvas")).toHaveCount(2);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".dp-printing__ask").first()).toBeHidden();
  await expect(page.locator(".dp-printed__h")).toBeVisible();
});

// MBX-15
test("what is done elsewhere is said and does not disturb what one writes", async ({ page, browser }) => {
  send(other, "Set to steder");
  await open(page, other, "Set to steder");
  await more(page).click();
  await page.getByRole("link", { name: "Tilføj note" }).click();
  await page.getByRole("dialog").getByLabel("Din note").fill("halvfærdig");
  const second = await (await browser.newContext()).newPage();
  await open(second, other, "Set to steder");
  await more(second).click();
  await second.getByRole("button", { name: "Markér som vigtig" }).click();
  await expect(page.locator("[data-changed]")).toContainText("markeret som vigtig et andet sted");
  await expect(page.getByRole("dialog").getByLabel("Din note")).toHaveValue("halvfærdig");
});

// SND-08, without script
test("a court summons is opened only when its reader says so", async ({ browser }) => {
  const page = await without(browser);
  await logIn(page, signe);
  await page.goto(home + "/post");
  const row = page.getByRole("link", { name: /Indkaldelse som vidne/ });
  await expect(row).toContainText("Forkyndelse");
  await row.click();
  await expect(page.getByRole("heading", { name: "Brevet er en forkyndelse" })).toBeVisible();
  await page.getByRole("link", { name: "Ikke nu" }).click();
  await expect(page).toHaveURL(/\/post$/);
  await row.click();
  await page.getByRole("button", { name: "Åbn og modtag forkyndelsen" }).click();
  await expect(page.getByText(/Forkyndt .* for Signe Åkjær Holm/)).toBeVisible();
  await expect(page.locator(".dp-todo__t", { hasText: "Aftale: Vidne i retten" })).toBeVisible();
});

// MBX-02, MBX-06, MBX-10, MBX-12 without script
test("all of it works without script", async ({ browser }) => {
  send(other, "Helt uden script");
  const page = await without(browser);
  await open(page, other, "Helt uden script");
  await more(page).click();
  await page.getByRole("button", { name: "Markér som vigtig" }).click();
  await expect(page.locator(".dp-letter .badge", { hasText: "Vigtig" })).toBeVisible();
  await more(page).click();
  await page.getByRole("link", { name: "Tilføj note" }).click();
  await page.getByLabel("Din note").fill("x".repeat(4001));
  await page.getByRole("button", { name: "Gem" }).click();
  await expect(page.getByRole("alert")).toContainText("Noten har 4.001 tegn");
  await page.getByLabel("Din note").fill("Kort");
  await page.getByRole("button", { name: "Gem" }).click();
  await expect(page.getByRole("note", { name: "Din note" })).toContainText("Kort");
  await page.locator('a[data-zoom="1"]').click();
  await expect(page).toHaveURL(/zoom=125/);
  await page.locator(".dp-viewer__bar").getByRole("link", { name: /^Fuldskærm/ }).click();
  await page.getByRole("link", { name: "Luk fuldskærm" }).click();
  await page.getByRole("group", { name: "Handlinger" }).getByRole("link", { name: "Slet" }).click();
  await page.getByRole("button", { name: "Slet besked" }).click();
  await toast(page).getByRole("button", { name: "Fortryd" }).click();
  await expect(toast(page).getByText("Fortrudt. Beskeden ligger i Indbakke igen.")).toBeVisible();
});
