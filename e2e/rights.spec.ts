// The rights portal as people use it (ORG-01, SYS-10).
import { expect, test } from "@playwright/test";
import { employee, logInAt } from "./person.mjs";
import { asked, administrator, atRights, local, unit } from "./rights.mjs";

const energy = () => unit("Fjordlys Energi A/S");

// ORG-01: what an administrator gives works at once, and is gone at once.
test("an administrator gives and removes access", async ({ page }) => {
  await atRights(page, administrator, energy().name);
  await page.getByRole("link", { name: "Nadia Khan" }).click();
  await page.getByLabel("Udvidet læseadgang", { exact: true }).check();
  await page.getByRole("button", { name: "Giv adgang" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("Nadia Khan har fået adgangen");
  await page.getByRole("link", { name: "Fjern Udvidet læseadgang" }).click();
  await page.getByRole("button", { name: "Fjern adgangen" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("Udvidet læseadgang er fjernet for Nadia Khan.");
});

// ORG-01: the last administrator stays.
test("the last administrator cannot be removed", async ({ page }) => {
  await atRights(page, administrator, energy().name);
  await page.getByRole("link", { name: "Camilla Ravn" }).click();
  const href = await page.getByRole("link", { name: "Fjern Rettighedsadministrator" }).getAttribute("href");
  await page.goto(local.web.rettigheder + href);
  await page.getByRole("button", { name: "Fjern adgangen" }).click();
  await expect(page.getByRole("alert")).toContainText("mindst én rettighedsadministrator uden slutdato");
});

// SYS-10: an employee asks, the administrator approves.
test("a request is approved", async ({ page }) => {
  await asked(page);
  await atRights(page, administrator, energy().name);
  await page.getByRole("link", { name: "Se anmodningerne" }).click();
  await page.getByRole("link", { name: "Nadia Khan" }).first().click();
  await page.getByRole("button", { name: "Godkend" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("har fået adgangen og en besked");
  await page.goto(local.web.rettigheder + "/enheder");
  await page.getByRole("link", { name: energy().name }).click();
  await page.getByRole("link", { name: "Nadia Khan" }).click();
  await page.getByRole("link", { name: "Fjern Læseadgang" }).click();
  await page.getByRole("button", { name: "Fjern adgangen" }).click();
});

// ORG-01: the portal opens nobody's post, and nothing of it to who administers nothing.
test("an employee without the role sees their own access only", async ({ page }) => {
  await atRights(page, "Freja Lind, Fjordlys Energi A/S");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Mine adgange");
  await expect(page.getByRole("navigation").getByRole("link", { name: "Medarbejdere" })).toHaveCount(0);
});

// ORG-01: where nobody signs alone and there is no administrator, an employee applies, the agency decides, and gives access from then on.
test("an employee becomes rights administrator of an association that has none", async ({ page }) => {
  const club = unit("Ålhavn Badmintonklub");
  await atRights(page, "Lise Vestergaard, Ålhavn Badmintonklub");
  await page.getByRole("link", { name: "Søg om at blive rettighedsadministrator" }).click();
  await page.getByLabel("Fuldmagt").setInputFiles({ name: "fuldmagt.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF\n") });
  await page.getByRole("button", { name: "Send ansøgning" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("Ansøgningen er sendt");
  await expect(page.getByText("Mangler afgørelse")).toBeVisible();

  await page.context().clearCookies();
  await logInAt(page, "borgerservice", employee("Pernille Skov"));
  await page.goto(local.web.borgerservice + "/udpeget");
  await page.getByRole("link", { name: "Se Rettighedsadministrator, " + club.name }).click();
  await page.getByLabel("Begrundelse").fill("Fuldmagten er underskrevet af hele bestyrelsen.");
  await page.getByRole("button", { name: "Godkend, og gør til rettighedsadministrator" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("Lise Vestergaard har nu adgang");

  await atRights(page, "Lise Vestergaard, Ålhavn Badmintonklub", club.name);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(club.name);
  await page.getByRole("link", { name: "Karen Margrethe Dam" }).click();
  await page.getByLabel("Rettighedsadministrator", { exact: true }).check();
  await page.getByRole("button", { name: "Giv adgang" }).click();
  await expect(page.locator(".dp-toast").first()).toContainText("Karen Margrethe Dam har fået adgangen");
});
