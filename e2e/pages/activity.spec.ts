// The log of a mailbox.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { local, logIn, person, switchTo } from "../person.mjs";

const log = (query = "") => async (page) => {
  await logIn(page, person());
  await page.goto(local.web.borger + "/aktivitet" + query);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Aktivitetslog");
};

pages({
  "60-activity": log("?hvornaar=alt"),
  "61-activity-nothing": log("?hvad=afvist&hvor=eboks"),
  "62-activity-letter": async (page) => {
    await logIn(page, person());
    await page.locator(".dp-item a").first().click();
    await expect(page.locator(".dp-subject")).toBeVisible();
    await page.goto(local.web.borger + "/aktivitet?brev=" + page.url().match(/post\/([0-9a-f-]{36})/)[1]);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Historik");
  },
  "63-another-activity": async (page) => {
    await logIn(page, person());
    await switchTo(page, "Birthe Åkjær");
    await page.locator(".dp-item a").first().click();
    await expect(page.locator(".dp-subject")).toBeVisible();
    await page.goto(page.url().replace(/\/post\/.*$/, "/aktivitet?hvornaar=alt"));
    await expect(page.getByText("på vegne af Birthe Åkjær").first()).toBeVisible();
  },
});
