// What tests of the rights portal share.
import { expect } from "@playwright/test";
import { local } from "./person.mjs";

export { local };

/** Who administers the rights of the energy company and of its unit. */
export const administrator = "Camilla Ravn, Fjordlys Energi A/S";

/** An organisation by its name. */
export function unit(name) {
  return local?.organisations.find((o) => o.name === name) ?? { name, cvr: "" };
}

/** Logs an employee, or a person with their private MitID, in at the rights portal; chosen is the unit to go to, where there are several. */
export async function atRights(page, name, chosen) {
  await page.context().clearCookies();
  await page.goto(local.web.rettigheder + "/log-ind");
  const [who, organisation] = name.split(", ");
  const employee = organisation && local.employees.find((e) => e.name === who && e.organisation === organisation);
  if (employee) await page.locator(`button[name=employee][value="${employee.cvr}/${employee.number}"]`).click();
  else await page.locator("button[name=person]", { hasText: who }).click();
  await page.waitForURL((url) => url.href.startsWith(local.web.rettigheder));
  if (chosen && new URL(page.url()).pathname === "/enheder") await page.getByRole("link", { name: chosen }).click();
}

/** Opens a group of a unit as its administrator, and makes it first where it is not there. */
export async function group(page, of, name) {
  await atRights(page, administrator, of);
  await page.getByRole("navigation").getByRole("link", { name: "Grupper" }).click();
  const there = page.getByRole("link", { name });
  if (await there.count()) return there.click();
  await page.getByLabel("Gruppens navn").fill(name);
  await page.getByRole("button", { name: "Opret gruppe" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
}

/** Has somebody asked for access, and is on their page. */
export async function asked(page) {
  await atRights(page, "Nadia Khan, Fjordlys Energi A/S");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Mine adgange");
  if (await page.getByText("Mangler svar").count()) return;
  await page.getByRole("link", { name: "Bed om adgang" }).click();
  await page.getByLabel("Læseadgang", { exact: true }).check();
  await page.getByLabel("Hvorfor har du brug for den?").fill("Jeg passer posten i uge 50.");
  await page.getByRole("button", { name: "Send anmodning" }).click();
  await expect(page.getByText("Mangler svar")).toBeVisible();
}
