// The data extract of a company's post (ORG-06): asked for at virk., decided on at the
// counter, fetched once.
import { expect, test } from "@playwright/test";
import { accessible, local, logInAt } from "./person.mjs";

const plan = { name: "fusionsplan.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n") };
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

test("a company asks for its post, the agency decides, and it is fetched once", async ({ browser }) => { // ORG-06
  test.setTimeout(60_000);
  const asker = await browser.newPage({ viewport: sizes.phone });
  await logInAt(asker, "virk", { name: "Lise Vestergaard" });
  const here = asker.url().replace(/\/post$/, "/dataudtraek");
  await asker.goto(here);
  await accessible(asker);
  await asker.getByRole("link", { name: "Bed om et dataudtræk" }).click();
  await asker.getByRole("button", { name: "Send anmodningen" }).click();
  await expect(asker.getByText("Vedhæft mindst ét dokument").first()).toBeVisible();
  await accessible(asker);
  await asker.screenshot({ path: test.info().outputPath("form.png"), fullPage: true });
  await asker.getByLabel("Hvad skal udtrækket bruges til?").fill("Fusion");
  await asker.getByLabel("Dokumenter").setInputFiles(plan);
  await asker.getByRole("button", { name: "Send anmodningen" }).click();
  await expect(asker.getByText("Mangler afgørelse")).toBeVisible();

  const clerk = await browser.newPage({ viewport: sizes.desktop });
  await logInAt(clerk, "borgerservice", local.employees.find((e) => e.may.some((m) => m.relation === "staff.system.manager")));
  await clerk.goto(local.web.borgerservice + "/dataudtraek");
  await accessible(clerk);
  await clerk.getByRole("link", { name: "Se Vestergaard Keramik" }).click();
  await accessible(clerk);
  await clerk.screenshot({ path: test.info().outputPath("decide.png"), fullPage: true });
  await clerk.getByLabel("Begrundelse").fill("Fusionsplanen er i orden");
  await clerk.getByRole("button", { name: "Godkend dataudtrækket" }).click();
  await expect(clerk.locator(".dp-toast")).toContainText("er godkendt");

  await expect(async () => {
    await asker.goto(here);
    await expect(asker.getByText("Klar til at hente")).toBeVisible({ timeout: 500 });
  }).toPass();
  await accessible(asker);
  await asker.screenshot({ path: test.info().outputPath("ready.png"), fullPage: true });
  await asker.setViewportSize(sizes.desktop);
  await asker.screenshot({ path: test.info().outputPath("ready-desktop.png"), fullPage: true });
  const [download] = await Promise.all([asker.waitForEvent("download"), asker.getByRole("link", { name: "Hent: Del 1 af 1" }).click()]);
  expect(await download.failure()).toBeNull();
  await asker.goto(here);
  await expect(asker.locator(".badge").first()).toHaveText("Hentet");
});
