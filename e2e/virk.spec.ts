// Companies and associations: log-in at work and with the private MitID.
import { expect, test } from "@playwright/test";
import { employee, local, logIn, logInAt, person, switchTo } from "./person.mjs";

test("the private MitID opens one's own post, and the company and association one signs for, without logging out", async ({ page }) => { // ORG-03, ORG-08
  await logIn(page, person());
  for (const [name, whose] of [["Holm & Ørum Snedkeri ApS", "Holm & Ørum Snedkeri ApS'"], ["Ålhavn Roklub", "Ålhavn Roklubs"]]) {
    await switchTo(page, name);
    await expect(page.locator(".dp-behalf")).toContainText(`Du læser ${whose} post · MitID Privat til Erhverv`);
    await expect(page.locator(".dp-item").first()).toBeVisible();
  }
  await page.getByRole("link", { name: "Gå til din egen post" }).click();
  await expect(page.locator(".dp-behalf")).toHaveCount(0);
});

test("at virk the private MitID opens companies, and never one's own post", async ({ page }) => { // SYS-04, ORG-03
  await logInAt(page, "virk", { name: "Lise Vestergaard" });
  await expect(page).toHaveURL(/\/postkasse\/[0-9a-f-]{36}\/post$/);
  await expect(page.locator(".dp-behalf")).toContainText("Du læser Vestergaard Keramiks post");
  await page.locator("summary", { hasText: "skift postkasse" }).click();
  await expect(page.locator(".dp-box")).toHaveCount(1);
});

test("an employee reads for the organisation they logged in for, each with what their right covers", async ({ page }) => { // SYS-09, ORG-01
  await logInAt(page, "virk", employee("Freja Lind")); // reads
  await expect(page.locator(".dp-behalf")).toContainText("Fjordlys Energi A/S' post · Læseadgang");
  await expect(page.getByRole("link", { name: "Skriv ny besked" })).toHaveCount(0);
  await page.getByRole("button", { name: "Log ud" }).first().click();
  await expect(page.getByRole("heading", { name: "Du er logget ud" })).toBeVisible();
  await page.waitForURL(/log-ud$/);
  await logInAt(page, "virk", employee("Morten Bak")); // writes, for two companies
  await expect(page.getByRole("link", { name: "Skriv ny besked" }).first()).toBeVisible();
  await switchTo(page, "Fjordlys Net A/S");
  await expect(page.locator(".dp-behalf")).toContainText("Fjordlys Net A/S' post");
});

test("an employee is not let in where citizens read, nor for a company that has ceased", async ({ page }) => { // SYS-09, ORG-04
  await page.goto(local.web.borger + "/log-ind");
  await expect(page.getByRole("heading", { name: "MitID Erhverv" })).toHaveCount(0); // it is not asked for
  await logInAt(page, "virk", employee("Jonas Lund", "Lund Cykler ApS"));
  await expect(page.getByRole("heading", { name: "Virksomheden er ophørt" })).toBeVisible();
  await page.goto(local.web.virk + "/post");
  await expect(page).toHaveURL(new RegExp("^" + local.web.id)); // not logged in
});
