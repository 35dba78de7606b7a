// Deadlines, what letters ask for, and links for calendars.
import { expect, test } from "@playwright/test";
import { get } from "node:http";
import { accessible, local, logIn, person } from "./person.mjs";

const signe = person("registered", 0);
const home = local?.web.borger;

/** Reads an address as a calendar program does: without a browser, and without a log-in. */
function read(address) {
  const { host, port, pathname } = new URL(address);
  return new Promise((done, fail) => {
    get({ host: "127.0.0.1", port, path: pathname, headers: { Host: host } }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part)).on("end", () => done({ status: answer.statusCode, type: answer.headers["content-type"], text: text.replaceAll("\r\n ", "") }));
    }).on("error", fail);
  });
}

// SND-03
test("deadlines are listed soonest first, done and not done after all", async ({ page }) => {
  await logIn(page, signe);
  await page.goto(home + "/frister");
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Overskredet", "Næste 7 dage", "Senere"]);
  await expect(page.locator("main .button-primary")).toHaveCount(1);
  await accessible(page);
  const late = page.locator(".dp-todo li", { hasText: "Bekræft, at Ellen bor hos dig" });
  await expect(late).toContainText("for 2 dage siden");
  await late.getByRole("button", { name: "Markér som klaret" }).focus();
  await page.keyboard.press("Enter");
  await expect(late).toHaveCount(0);
  await expect(page.locator(".dp-toast")).toContainText("Markeret som klaret.");
  await page.getByRole("link", { name: "Se klarede frister" }).click();
  await expect(late).toContainText("Klaret");
  await late.getByRole("button", { name: "Ikke klaret alligevel" }).click();
  await expect(late).toHaveCount(0);
  await page.getByRole("link", { name: "Underskrifter" }).click();
  await expect(page.getByText("Du har ikke markeret noget")).toBeVisible();
  await page.getByRole("link", { name: "Se det, der mangler" }).click();
  await expect(page.locator(".dp-todo li")).toHaveCount(1);
});

// MBX-15
test("deadlines follow what is done on another client, and undone", async ({ browser }) => {
  const open = async () => {
    const page = await (await browser.newContext()).newPage();
    await logIn(page, signe);
    await page.goto(home + "/frister");
    return page;
  };
  const [one, other] = [await open(), await open()];
  const late = (page) => page.locator(".dp-todo li", { hasText: "Bekræft, at Ellen bor hos dig" });
  await expect(late(other)).toHaveCount(1);
  await late(one).getByRole("button", { name: "Markér som klaret" }).click();
  await expect(late(other)).toHaveCount(0);
  await expect(other.locator(".dp-side a[aria-current]")).toContainText("Frister");
  await one.locator(".dp-toast").getByRole("button", { name: "Fortryd" }).click();
  await expect(late(one)).toHaveCount(1);
  await expect(late(other)).toHaveCount(1);
});

// SND-03: who leaves is told for where, on a phone
test("leaving Digital Post names the place, on a phone", async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage();
  await logIn(page, signe);
  await page.goto(home + "/post");
  await page.getByRole("navigation", { name: "Genveje" }).getByRole("link", { name: "Frister" }).tap();
  await page.getByRole("link", { name: /Gå til underskrivning/ }).tap();
  const dialog = page.getByRole("dialog", { name: "Du forlader Digital Post og går til Ålhavn Kommune." });
  await expect(dialog).toContainText("underskrift.aalhavn.example.dk");
  await expect(dialog.getByRole("link", { name: "Gå videre" })).toHaveAttribute("href", /^https:\/\/underskrift\.aalhavn\.example\.dk\//);
  await dialog.getByRole("link", { name: "Bliv her" }).tap();
  await expect(dialog).toHaveCount(0);
  await accessible(page);
});

// SND-03: an appointment goes into the calendar, and a link can be made and stopped, without script
test("an appointment as a file, and a calendar's link, without script", async ({ browser }) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(page, signe);
  await page.goto(home + "/frister?vis=aftale");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Føj til kalender" }).first().click()]);
  expect(file.suggestedFilename()).toMatch(/\.ics$/);
  await page.getByRole("link", { name: "Abonnér i din kalender" }).click();
  await page.getByLabel("Hvad skal linket bruges til?").fill("Køkkenets tavle");
  await page.getByRole("button", { name: "Lav link" }).click();
  const link = await page.getByRole("textbox", { name: "Dit nye link" }).inputValue();
  const feed = await read(link);
  expect(feed.type).toContain("text/calendar");
  expect(feed.text).toContain("SUMMARY:Svar senest: Tilbud om plads i Vuggestuen Fjordglimt");
  await page.goto(home + "/kalender");
  await expect(page.locator(".dp-rows li", { hasText: "Køkkenets tavle" })).toContainText("Sidst hentet i dag");
  await page.getByRole("link", { name: /^Stop linket.*Køkkenets tavle/ }).click();
  await page.getByRole("button", { name: "Stop linket" }).click();
  await expect(page.locator(".dp-toast").getByText("Linket er stoppet.")).toBeVisible();
  expect((await read(link)).status).toBe(404);
});
