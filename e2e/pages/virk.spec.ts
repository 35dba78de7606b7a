// The companies' portal, and log-in at work.
import { expect } from "@playwright/test";
import { pages } from "../pages.mjs";
import { employee, local, logInAt, person } from "../person.mjs";

const atWork = (name, organisation) => async (page) => {
  await logInAt(page, "virk", employee(name, organisation));
  await page.goto(local.web.virk + "/post");
};

pages({
  "60-virk-start": (page) => page.goto(local.web.virk + "/"),
  "61-virk-inbox": async (page) => {
    await atWork("Morten Bak")(page);
    await expect(page.locator(".dp-item").first()).toBeVisible();
  },
  "62-virk-letter": async (page) => {
    await atWork("Morten Bak")(page);
    await page.locator(".dp-item a", { hasText: "erhvervsaffald" }).first().click();
    await expect(page.locator(".dp-subject")).toBeVisible();
  },
  "63-virk-no-access": async (page) => {
    await atWork("Nadia Khan")(page);
    await expect(page.getByText("Bed virksomhedens rettighedsadministrator")).toBeVisible();
  },
  "64-virk-private-no-company": async (page) => {
    await logInAt(page, "virk", person("registered", 1));
    await page.goto(local.web.virk + "/post");
    await expect(page.getByText("tegner ikke nogen virksomhed")).toBeVisible();
  },
  "65-virk-ceased": async (page) => {
    await logInAt(page, "virk", employee("Jonas Lund", "Lund Cykler ApS"));
    await expect(page.getByRole("heading", { name: "Virksomheden er ophørt" })).toBeVisible();
  },
  "66-test-log-in": async (page) => {
    await page.goto(local.web.virk + "/log-ind");
    await expect(page.getByRole("heading", { name: "MitID Erhverv" })).toBeVisible();
  },
});
