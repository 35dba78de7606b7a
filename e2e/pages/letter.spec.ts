// The letter and its documents.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { logIn, person } from "../person.mjs";

pages({
  "04-letter": async (page) => {
    await logIn(page, person());
    await page.locator(".dp-item a").first().click();
    await expect(page.locator("[data-pdf] canvas, .dp-viewer canvas").first()).toBeVisible();
  },
  "22-summons": async (page) => {
    await logIn(page, person());
    await page.getByRole("link", { name: /Indkaldelse som vidne/ }).first().click();
    await expect(page.getByRole("heading", { name: "Brevet er en forkyndelse" })).toBeVisible();
  },
});
