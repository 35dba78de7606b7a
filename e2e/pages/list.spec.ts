// The lists of letters.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { local, logIn, person } from "../person.mjs";

pages({
  "03-inbox": async (page) => logIn(page, person()),
  "05-deleted": async (page) => {
    await logIn(page, person());
    const phone = page.locator("summary", { hasText: "Mapper" });
    if (await phone.isVisible()) await phone.click();
    await page.getByRole("link", { name: "Slettet post" }).locator("visible=true").click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Slettet post");
  },
  "06-search": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/soeg?q=plads");
  },
  "10-english": async (page) => {
    await logIn(page, person());
    await page.goto(local.web.borger + "/post?sprog=en");
  },
});
