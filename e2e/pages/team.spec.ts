// A company's shared work (SYS-04, ORG-01, ORG-08).
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { employeeWith, local, logInAt, send } from "../person.mjs";

async function inbox(page) {
  const boss = employeeWith("employee.advanced", 1);
  send({ cvr: boss.cvr }, "Momsangivelse for 3. kvartal");
  await logInAt(page, "virk", boss);
  await page.goto(local.web.virk + "/post");
}

async function letter(page) {
  await inbox(page);
  await page.getByRole("link", { name: "Momsangivelse for 3. kvartal" }).first().click();
  await expect(page.getByRole("heading", { name: "Samarbejde" })).toBeVisible();
}

pages({
  "50-virk-inbox": async (page) => {
    await letter(page);
    await page.getByRole("button", { name: "Tildel mig" }).click();
    await expect(page.getByText("Brevet er tildelt dig").first()).toBeVisible();
    await page.goto(local.web.virk + "/post");
  },
  "51-virk-letter": async (page) => {
    await letter(page);
    await page.getByRole("button", { name: "Tildel mig" }).click();
    await expect(page.getByText("Brevet er tildelt dig").first()).toBeVisible();
    await page.getByRole("button", { name: "I gang" }).click();
    await expect(page.getByRole("button", { name: "I gang" })).toHaveAttribute("aria-pressed", "true");
    await page.getByLabel("Skriv en kommentar").fill("Jeg ringer til Skattestyrelsen i morgen.");
    await page.getByRole("button", { name: "Tilføj kommentar" }).click();
    await expect(page.getByText("Jeg ringer til Skattestyrelsen i morgen.")).toBeVisible();
    await page.getByRole("heading", { name: "Samarbejde" }).scrollIntoViewIfNeeded();
  },
  "52-virk-assign": async (page) => {
    await letter(page);
    await page.getByRole("link", { name: "Tildel en kollega" }).click();
    await page.getByLabel("Kollega").fill("Ingen Hedder Det");
    await page.getByRole("button", { name: "Tildel", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("Ingen kollega");
  },
  "53-virk-due": async (page) => {
    await letter(page);
    await page.getByRole("link", { name: "Sæt frist" }).click();
    await expect(page.getByRole("heading", { name: "Egen frist" })).toBeVisible();
  },
  "54-virk-rules": async (page) => {
    await letter(page);
    await page.goto(local.web.virk + "/regler");
    await page.getByRole("link", { name: "Ny regel" }).click();
    await page.getByLabel("Afsender").fill("Skattestyrelsen");
    await page.getByRole("button", { name: "Find afsender" }).click();
    await page.locator(".dp-rows a").first().click();
    await page.getByLabel("Sæt status").selectOption({ label: "I gang" });
    await page.getByRole("button", { name: "Opret regel" }).click();
    await expect(page.getByRole("heading", { name: "Anvend på eksisterende breve" })).toBeVisible();
    await page.goto(page.url().replace(/regler.*/, "regler"));
  },
  "55-virk-rule-new": async (page) => {
    await letter(page);
    await page.getByRole("group", { name: "Handlinger for beskeden" }).locator("summary").click();
    await page.getByRole("link", { name: "Lav en regel" }).click();
    await page.getByRole("button", { name: "Se, hvor mange breve" }).click();
    await expect(page.getByRole("heading", { name: "Ny regel" })).toBeVisible();
  },
});
