// The pages where people write.
import { expect } from "@playwright/test";
import { local, logIn, person } from "../person.mjs";
import { pages } from "../pages.mjs";

pages({
  "50-new-recipient": async (page) => {
    await logIn(page, person());
    await page.goto(`${local.web.borger}/ny?q=${encodeURIComponent(local.recipientSystem.name.slice(0, 6))}`);
    await page.getByRole("radio").first().check();
    await expect(page.getByLabel("Vælg kategori")).toBeVisible();
  },
  "51-new-write": async (page) => {
    await logIn(page, person());
    await page.goto(`${local.web.borger}/ny?q=${encodeURIComponent(local.recipientSystem.name)}`);
    await page.getByRole("radio").first().check();
    await page.getByLabel("Vælg kategori").selectOption({ index: 1 });
    await page.getByRole("button", { name: "Fortsæt" }).click();
    await page.getByLabel("Emne").fill("Senere startdato i Fjordglimt for Ellen");
    await page.getByRole("textbox", { name: "Besked" }).fill("Kære Pladsanvisning\n\nVi vil meget gerne have pladsen. Er det muligt, at Ellen først starter den 1. februar?");
    await page.setInputFiles("#fil", { name: "Erklæring fra arbejdsgiver.txt", mimeType: "text/plain", buffer: Buffer.from("Erklæring") });
    await expect(page.locator(".dp-files .is-ok")).toBeVisible();
  },
  "52-forward": async (page) => {
    await logIn(page, person());
    const letter = await page.locator(".dp-item:not(.is-unread) a").first().getAttribute("href");
    await page.goto(`${local.web.borger}${letter.replace(/\?.*/, "")}/videresend?til=email`);
  },
});
