// The counter: citizen service and support.
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { local, person } from "../person.mjs";

async function atCounter(page, role) {
  const who = local.employees.find((e) => e.may.some((m) => m.relation === role));
  await page.goto(local.web.borgerservice + "/");
  await page.getByRole("link", { name: "Log ind med MitID Erhverv" }).click();
  await page.locator(`button[name=employee][value="${who.cvr}/${who.number}"]`).click();
  await page.waitForURL((url) => url.href.startsWith(local.web.borgerservice));
}

async function inCase(page) {
  await atCounter(page, "staff.citizen.service");
  const who = person();
  await page.getByLabel("CPR-nummer").fill(who.cpr);
  await page.getByLabel("Fornavn").fill(who.name.split(" ")[0]);
  await page.getByLabel("Efternavn").fill(who.name.split(" ").slice(1).join(" "));
  await page.getByLabel("Adgang til Digital Post").check();
  await page.getByLabel("Begrundelse").fill("Sag 2026-014482");
  await page.getByRole("button", { name: "Åbn sag" }).click();
}

pages({
  "90-counter": (page) => atCounter(page, "staff.citizen.service"),
  "91-counter-citizen": inCase,
  "92-counter-exemption": async (page) => {
    await inCase(page);
    await page.getByRole("link", { name: "Søg om fritagelse" }).click();
  },
  "94-counter-application": async (page) => {
    await inCase(page);
    await page.getByRole("link", { name: "Søg om fritagelse" }).click();
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: "Lav blanketten" }).click();
    await expect(page.getByRole("heading", { name: "Vedhæft den underskrevne blanket" })).toBeVisible();
  },
  "95-counter-english": async (page) => {
    await inCase(page);
    await page.goto(page.url() + "?sprog=en");
    await expect(page.getByRole("link", { name: "Create an access" })).toBeVisible();
  },
  "93-counter-inquiries": (page) => atCounter(page, "staff.support"),
});
