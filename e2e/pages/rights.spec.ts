// The rights portal (SYS-10, ORG-01): a rights administrator's pages, and an employee's.
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { administrator, asked, atRights, group, local, unit } from "../rights.mjs";

const energy = unit("Fjordlys Energi A/S");
const grid = unit("Fjordlys Net A/S");

async function energyPage(page) {
  await atRights(page, administrator);
  await page.getByRole("link", { name: energy.name }).click();
}

async function area(page, name) {
  await energyPage(page);
  await page.getByRole("navigation", { name: "Arbejdsområder" }).getByRole("link", { name }).click();
}

pages({
  "80-rights-start": async (page) => {
    await page.goto(local.web.rettigheder + "/");
  },
  "81-rights-units": async (page) => {
    await atRights(page, administrator);
  },
  "82-rights-employees": energyPage,
  "83-rights-employee": async (page) => {
    await energyPage(page);
    await page.getByRole("link", { name: "Freja Lind" }).click();
  },
  "84-rights-employee-wrong": async (page) => {
    await energyPage(page);
    await page.getByRole("link", { name: "Freja Lind" }).click();
    await page.getByRole("button", { name: "Giv adgang" }).click();
  },
  "85-rights-last": async (page) => {
    await energyPage(page);
    await page.getByRole("link", { name: "Camilla Ravn" }).click();
    const href = await page.getByRole("link", { name: "Fjern Rettighedsadministrator" }).getAttribute("href");
    await page.goto(local.web.rettigheder + href);
    await page.getByRole("button", { name: "Fjern adgangen" }).click();
  },
  "86-rights-groups": async (page) => {
    await group(page, energy.name, "Posthold");
    await area(page, "Grupper");
  },
  "87-rights-group": async (page) => {
    await group(page, energy.name, "Posthold");
    await page.getByLabel("Find medarbejdere at tilføje").fill("Nadia");
    await page.getByRole("button", { name: "Søg" }).click();
  },
  "88-rights-many": async (page) => {
    await energyPage(page);
    await page.getByRole("link", { name: "Freja Lind" }).click();
    await page.getByRole("link", { name: "Flere enheder på én gang" }).click();
  },
  "89-rights-draft": async (page) => {
    await energyPage(page);
    await page.getByRole("link", { name: "Nadia Khan" }).click();
    await page.getByRole("link", { name: "Flere enheder på én gang" }).click();
    await page.getByLabel("Alle 2 enheder").check();
    await page.getByLabel("Rettighedsadministrator", { exact: true }).check();
    await page.getByRole("button", { name: "Se ændringerne" }).click();
  },
  "90-rights-list": async (page) => area(page, "Liste"),
  "91-rights-list-wrong": async (page) => {
    await area(page, "Liste");
    await page.getByLabel("Fil (CSV)").setInputFiles({ name: "liste.csv", mimeType: "text/csv", buffer: Buffer.from(
      `Medarbejdernummer;Enhedens CVR-nummer;Rettighed;Sidste dag\n1005;${energy.cvr};Ejer;\n9999;${grid.cvr};Læseadgang;\n1005;${grid.cvr};Læseadgang;31-02-2027\n`) });
    await page.getByRole("button", { name: "Se ændringerne" }).click();
  },
  "92-rights-requests": async (page) => {
    await asked(page);
    await area(page, "Anmodninger");
  },
  "93-rights-request": async (page) => {
    await asked(page);
    await area(page, "Anmodninger");
    await page.getByRole("link", { name: "Nadia Khan" }).click();
  },
  "94-rights-log": async (page) => area(page, "Log"),
  "95-rights-mine": async (page) => {
    await asked(page);
  },
  "96-rights-wish": async (page) => {
    await atRights(page, "Nadia Khan, Fjordlys Energi A/S");
    await page.getByRole("link", { name: "Bed om adgang" }).click();
  },
  "97-rights-signatory": async (page) => {
    await atRights(page, "Signe Åkjær Holm", "Holm & Ørum Snedkeri ApS");
  },
  "98-rights-vacant-mine": async (page) => {
    await atRights(page, "Lise Vestergaard, Ålhavn Badmintonklub");
    await expect(page.getByText("Ålhavn Badmintonklub har ingen rettighedsadministrator")).toBeVisible();
  },
  "99-rights-vacant": async (page) => {
    await atRights(page, "Lise Vestergaard, Ålhavn Badmintonklub");
    await page.getByRole("link", { name: "Søg om at blive rettighedsadministrator" }).click();
    await page.getByRole("button", { name: "Send ansøgning" }).click();
    await expect(page.getByRole("alert")).toContainText("Vedhæft fuldmagten");
  },
});
