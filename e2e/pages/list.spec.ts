// The lists of letters and what is done with them.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { local, logIn, person } from "../person.mjs";

const at = (path) => async (page) => {
  await logIn(page, person());
  await page.goto(local.web.borger + path);
};

/** Opens a folder by its name, as its reader does: in the column, or on the phone's page of folders. */
async function folder(page, name) {
  await page.goto(local.web.borger + "/mapper");
  await page.getByRole("link", { name }).locator("visible=true").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
}

pages({
  "03-inbox": async (page) => logIn(page, person()),
  "05-deleted": async (page) => {
    await logIn(page, person());
    await folder(page, "Slettet post");
  },
  "06-search": at("/soeg?q=plads"),
  "06-search-filters": at("/soeg?q=plads&vigtige=1&fra-dag=1&fra-maaned=2&fra-aar=2026"),
  "06-search-nothing": at("/soeg?q=findesikke&ulaeste=1"),
  "10-english": at("/post?sprog=en"),
  "11-selection": async (page) => {
    await logIn(page, person());
    for (const n of [1, 2]) await page.locator(".dp-pick").nth(n).check();
    await expect(page.getByText("2 valgt").first()).toBeVisible();
  },
  "12-sort": async (page) => {
    await logIn(page, person());
    await page.locator("summary", { has: page.getByRole("img", { name: "Sortér og vælg" }) }).click();
    await expect(page.getByRole("link", { name: "Ældste først" })).toBeVisible();
  },
  "13-move": async (page) => {
    await logIn(page, person());
    await page.locator(".dp-pick").nth(1).check();
    await page.getByRole("button", { name: "Flyt" }).first().click();
    await expect(page.getByRole("dialog").getByRole("heading")).toHaveText("Flyt 1 besked");
  },
  "14-folders": at("/mapper"),
  "15-new-folder": at("/mapper/ny"),
  "16-important": at("/post/vigtige"),
  "17-sorted": at("/post?sorter=afsender"),
});
