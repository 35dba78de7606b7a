// The counter (borgerservice.): a citizen is helped, from the case with its reason to
// the decision, on a phone and a desktop; support answers. A test for each row.
import { expect, test } from "@playwright/test";
import { accessible, local, logIn } from "./person.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const clerks = () => local.employees.filter((e) => e.may.some((m) => m.relation === "staff.citizen.service"));
const supporter = () => local.employees.find((e) => e.may.some((m) => m.relation === "staff.support"));
const citizen = (nth) => local.persons.filter((p) => p.status === "registered")[nth];
const counter = () => local.web.borgerservice;
const signed = { name: "underskrevet.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n") };

async function at(browser, who, options) {
  const page = await (await browser.newContext({ reducedMotion: "reduce", ...options })).newPage();
  await page.goto(counter() + "/");
  await page.getByRole("link", { name: "Log ind med MitID Erhverv" }).click();
  await page.locator(`button[name=employee][value="${who.cvr}/${who.number}"]`).click();
  await page.waitForURL((url) => url.href.startsWith(counter()));
  return page;
}

/** Looks at a page with axe, and pictures it where SHOTS says where. */
async function look(page, name) {
  await accessible(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, "wider than the screen").toBeLessThanOrEqual(0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/counter-${name}-${page.viewportSize().width}.png`, fullPage: true });
}

const said = (page, text) => expect(page.locator(".dp-toast p", { hasText: text })).toBeVisible();

async function person(page, who) {
  await page.getByLabel("CPR-nummer").fill(who.cpr);
  await page.getByLabel("Fornavn").fill(who.name.split(" ")[0]);
  await page.getByLabel("Efternavn").fill(who.name.split(" ").slice(1).join(" "));
}

async function open(page, who, reason = "Adgang til Digital Post") {
  await page.goto(counter() + "/");
  await person(page, who);
  await page.getByLabel(reason).check();
  await page.getByLabel("Begrundelse").fill("Står ved skranken");
  await page.getByRole("button", { name: "Åbn sag" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(who.name);
}

/** What has arrived outside, as scripts get it. */
async function arrived(browser, address) {
  const page = await browser.newPage();
  await page.goto(address);
  const all = await page.evaluate(async (json) => (await fetch(json)).json(), address + ".json");
  await page.close();
  return all;
}

/** A PDF of ours, as a browser gets it. */
async function pdf(page, link) {
  const href = await page.getByRole("link", { name: link }).getAttribute("href");
  const answer = await page.evaluate(async (href) => {
    const r = await fetch(href);
    return { kind: r.headers.get("content-type"), bytes: Array.from(new Uint8Array(await r.arrayBuffer())) };
  }, href);
  expect(answer.kind).toBe("application/pdf");
  const raw = Buffer.from(answer.bytes);
  expect(raw.subarray(0, 5).toString()).toBe("%PDF-");
  return raw;
}

for (const [size, viewport] of Object.entries(sizes)) {
  const options = { viewport };
  const n = Object.keys(sizes).indexOf(size);

  test(`SYS-11 a case has a reason, and the citizen sees it, on a ${size}`, async ({ browser }) => {
    const who = citizen(n);
    const anonymous = await (await browser.newContext(options)).newPage();
    await anonymous.goto(counter() + "/");
    await look(anonymous, "start");
    await anonymous.goto(counter() + "/henvendelser"); // leads to the log-in
    await expect(anonymous.getByRole("link", { name: "Log ind med MitID Erhverv" })).toBeVisible();

    const page = await at(browser, clerks()[0], options);
    await expect(page.locator(".dp-desk")).toContainText("Ålhavn Kommune");
    await page.getByRole("button", { name: "Åbn sag" }).click();
    await expect(page.locator(".dp-sum li")).toHaveCount(5);
    await look(page, "front-problems");
    await person(page, { ...who, name: "Forkert Navn" });
    await page.getByLabel("Vejledning").check();
    await page.getByLabel("Begrundelse").fill("Sag 2026-1");
    await page.getByRole("button", { name: "Åbn sag" }).click();
    await expect(page.locator(".dp-sum")).toContainText("passer ikke sammen");
    await open(page, who, "Vejledning");
    await look(page, "citizen");
    await page.goto(counter() + "/");
    await expect(page.getByRole("listitem").filter({ hasText: who.name }).first()).toBeVisible(); // other tests open cases too
    await look(page, "front");
    await page.getByRole("link", { name: "Fortsæt " + who.name }).first().click();
    const address = page.url();
    await page.getByRole("button", { name: "Luk sagen" }).click();
    await said(page, "Sagen er lukket.");
    await page.goto(address);
    await said(page, /^Sagen er slut/);

    const own = await (await browser.newContext(options)).newPage();
    await logIn(own, who);
    await own.goto(local.web.borger + "/aktivitet");
    await expect(own.getByText("Så dine oplysninger").first()).toBeVisible();
    await expect(own.locator("main")).toContainText("Ålhavn Kommune");
  });

  test(`ACC-11 ACC-10 an access on a signed form, and its end, on a ${size}`, async ({ browser }) => {
    const owner = citizen(2 + n), helper = citizen(4 + n);
    const page = await at(browser, clerks()[0], options);
    await open(page, owner);
    await page.getByRole("link", { name: "Opret en adgang" }).click();
    await page.getByRole("button", { name: "Lav blanketten" }).click();
    await expect(page.locator(".dp-sum")).toContainText("Adgangen skal aldrig udløbe");
    await person(page, helper);
    await page.getByLabel("Adgangen skal aldrig udløbe").check();
    await look(page, "access");
    await page.getByRole("button", { name: "Lav blanketten" }).click();
    await expect(page.getByText("Mangler underskrevet blanket")).toBeVisible();
    await look(page, "application");
    const danish = await pdf(page, "Blanket på dansk"), english = await pdf(page, "Blanket på engelsk");
    expect(danish.equals(english)).toBe(false);
    if (process.env.SHOTS) {
      const { writeFileSync } = await import("node:fs");
      writeFileSync(process.env.SHOTS + "/form-da.pdf", danish);
      writeFileSync(process.env.SHOTS + "/form-en.pdf", english);
    }
    await page.locator("input[type=file]").setInputFiles({ name: "blanket.txt", mimeType: "text/plain", buffer: Buffer.from("nej") });
    await page.getByRole("button", { name: "Vedhæft" }).click();
    await expect(page.locator(".dp-sum")).toContainText("PDF, JPEG eller PNG");
    await page.locator("input[type=file]").setInputFiles(signed);
    await page.getByRole("button", { name: "Vedhæft" }).click();
    await said(page, "Blanketten er vedhæftet.");
    await look(page, "application-signed");
    await page.getByRole("button", { name: "Opret adgangen" }).click();
    await said(page, /^Adgangen er oprettet/);
    await page.getByRole("link", { name: owner.name }).click();
    const row = page.locator("section", { has: page.getByRole("heading", { name: "Andre, der har adgang" }) }).locator("li", { hasText: helper.name });
    await expect(row).toContainText("Læseadgang");
    await look(page, "citizen-access");
    await row.getByRole("link", { name: "Fjern adgangen" }).click();
    await look(page, "remove");
    await page.getByRole("button", { name: "Fjern adgangen" }).click();
    await said(page, /^Adgangen er fjernet/);
    await expect(row).toHaveCount(0);
  });

  test(`REG-02 REG-03 an exemption by power of attorney, four eyes, paper, and its end, on a ${size}`, async ({ browser }) => {
    const who = citizen(6 + n);
    const page = await at(browser, clerks()[0], options);
    await open(page, who, "Fritagelse for Digital Post");
    await page.getByRole("link", { name: "Søg om fritagelse" }).click();
    await expect(page.locator("main")).toContainText("Post fra private virksomheder er ikke med"); // REG-03
    await page.getByLabel("Sproglige vanskeligheder").check();
    await page.getByLabel("En anden med fuldmagt").check();
    await look(page, "exemption");
    await page.getByRole("button", { name: "Lav blanketten" }).click();
    await expect(page.locator(".dp-sum")).toContainText("Skriv navnet på den, der har fuldmagt");
    await page.getByLabel("Navn på den, der har fuldmagt").fill("Datter Prøvesen");
    await page.getByRole("button", { name: "Lav blanketten" }).click();
    await page.locator("input[type=file]").setInputFiles(signed);
    await page.getByRole("button", { name: "Vedhæft" }).click();
    await expect(page.getByText("En anden medarbejder end dig skal godkende")).toBeVisible();
    await expect(page.getByRole("button", { name: "Godkend fritagelsen" })).toHaveCount(0);
    await look(page, "four-eyes");
    await page.goto(counter() + "/venter");
    await expect(page.getByText("En kollega skal godkende").first()).toBeVisible();

    const colleague = await at(browser, clerks()[1], options);
    await expect(colleague.getByText(/venter på, at en anden medarbejder godkender/)).toBeVisible();
    await colleague.goto(counter() + "/venter");
    await look(colleague, "waits");
    await colleague.getByRole("button", { name: "Åbn og vurdér" }).last().click();
    await expect(colleague.locator("main")).toContainText(who.name);
    await colleague.getByRole("button", { name: "Godkend fritagelsen" }).click();
    await said(colleague, /^Fritagelsen er godkendt/);
    await look(colleague, "decided");
    const decision = await pdf(colleague, "Afgørelse på dansk");
    if (process.env.SHOTS) (await import("node:fs")).writeFileSync(process.env.SHOTS + "/decision-da.pdf", decision);

    await expect(async () => {
      const printed = await arrived(browser, local.outside.print);
      expect(printed.some((l) => l.name === who.name && l.title === "Du er fritaget for Digital Post")).toBe(true);
    }).toPass();
    const outside = await (await browser.newContext(options)).newPage();
    await outside.goto(local.outside.print);
    await outside.getByRole("link", { name: "Du er fritaget for Digital Post" }).first().click();
    await look(outside, "printed");

    await page.goto(counter() + "/");
    await open(page, who, "Fritagelse for Digital Post");
    await expect(page.getByText("Fritaget, får papir")).toBeVisible();
    await look(page, "exempt");
    await page.getByRole("link", { name: "Ophæv fritagelsen" }).click();
    await page.getByRole("button", { name: "Ophæv fritagelsen" }).click();
    await said(page, "Borgeren er tilmeldt Digital Post.");
    await expect(page.getByText("Får Digital Post")).toBeVisible();
  });

  test(`MBX-20 support answers the contact form, on a ${size}`, async ({ browser }) => {
    const writer = await (await browser.newContext(options)).newPage();
    await writer.goto(local.web.borger + "/kontakt");
    await writer.locator("input[type=radio]").first().check();
    await writer.getByLabel("Navn").fill("Bo Bruger");
    await writer.getByLabel("E-mail").fill("bo@eksempel.dk");
    await writer.getByLabel("Emne").fill("Hvor er mit brev " + size);
    await writer.getByLabel("Besked").fill("Jeg kan ikke finde det.");
    await writer.getByRole("button", { name: "Send" }).click();
    await expect(writer).toHaveURL(/kontakt\/.+/);

    const page = await at(browser, supporter(), options);
    await expect(page).toHaveURL(counter() + "/henvendelser");
    await look(page, "inquiries");
    await page.getByRole("link", { name: "Se Hvor er mit brev " + size }).click();
    await expect(page.getByText("Jeg kan ikke finde det.")).toHaveCount(0);
    await look(page, "inquiry-closed");
    await page.getByRole("button", { name: "Læs og besvar" }).click();
    await expect(page.getByText("Jeg kan ikke finde det.")).toBeVisible();
    await page.getByRole("button", { name: "Send svar" }).click();
    await expect(page.locator(".dp-sum")).toContainText("Skriv et svar");
    await look(page, "inquiry");
    await page.getByLabel("Dit svar").fill("Se i arkivet.");
    await page.getByRole("button", { name: "Send svar" }).click();
    await said(page, /^Svaret på/);
    await page.goto(counter() + "/henvendelser?vis=besvaret");
    await expect(page.getByRole("listitem").filter({ hasText: "Hvor er mit brev " + size })).toContainText("Besvaret");
    await expect(async () => {
      const mails = await arrived(browser, local.outside.mail);
      expect(mails.some((m) => m.to === "bo@eksempel.dk" && m.text.includes("Se i arkivet."))).toBe(true);
    }).toPass();
    await page.goto(counter() + "/sag/00000000-0000-4000-8000-000000000000");
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Hjælp en borger"); // no citizens for support
  });
}
