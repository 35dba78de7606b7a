// Writing: MBX-03, MBX-04, MBX-05, as people do it.
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { accessible, data, local, logIn, person } from "./person.mjs";

/** The first authority of the demo, whose recipient system a script can fetch for. */
const town = () => local.recipientSystem.name;

/** What an authority's system fetches: the letters that wait for it. */
function fetched(system = local.recipientSystem) {
  const curl = (path) => execFileSync("curl", ["-sS", "--cacert", local.ca, "--cert", system.cert, "--key", system.key, "-u", `${system.id}:${system.apiKey}`, local.api + path]).toString();
  return JSON.parse(curl("/memos/?size=100")).content.map((id) => curl("/memos/" + id));
}

async function begin(page, words, category) {
  await page.goto(local.web.borger + "/ny");
  await page.getByRole("searchbox", { name: "Søg efter en myndighed" }).fill(words);
  await page.getByRole("radio", { name: town() }).check();
  if (category) await page.getByLabel("Vælg kategori").selectOption({ label: category });
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Skriv din besked");
}

// MBX-03, SYS-13
test("a citizen writes to a category of a municipality, with a file, and its system gets the letter", async ({ page }, info) => {
  await logIn(page, person("registered", 0));
  await begin(page, town().slice(0, 6));
  await accessible(page);
  await page.getByLabel("Emne").fill("Plads i børnehave");
  await page.getByRole("textbox", { name: "Besked" }).fill("Kære kommune");
  await page.getByRole("textbox", { name: "Besked" }).press("End");
  await expect(page.getByText(/^Kladde gemt kl\./)).toBeVisible();
  const file = info.outputPath("Erklæring.txt");
  writeFileSync(file, "Jeg erklærer");
  await page.setInputFiles("#fil", file);
  await expect(page.getByText(/vedhæftet/)).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".dp-toast")).toContainText(`Din besked er sendt til ${town()}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Plads i børnehave");
  const letters = fetched();
  const mine = letters.find((xml) => xml.includes("Plads i børnehave"));
  expect(mine).toContain(Buffer.from("Jeg erklærer").toString("base64"));
});

test("a draft is saved as one types, goes on elsewhere, and nobody's words are lost", async ({ page, browser }) => {
  const who = person("registered", 0);
  await logIn(page, who);
  await begin(page, town());
  const address = page.url();
  await page.getByLabel("Emne").fill("Fra telefonen");
  await expect(page.getByText(/^Kladde gemt kl\./)).toBeVisible();
  await expect.poll(async () => (await page.evaluate(async (url) => (await fetch(url)).text(), address)).includes("Fra telefonen")).toBe(true);

  const other = await (await browser.newContext()).newPage();
  await logIn(other, who);
  await other.goto(address);
  await expect(other.getByLabel("Emne")).toHaveValue("Fra telefonen");
  await other.getByLabel("Emne").fill("Fra computeren");
  await expect.poll(async () => (await page.evaluate(async (url) => (await fetch(url)).text(), address)).includes("Fra computeren")).toBe(true);

  await page.getByRole("textbox", { name: "Besked" }).fill("Min egen tekst");
  await expect(page.getByRole("alert")).toContainText("En anden har ændret kladden imens");
  await expect(page.getByRole("textbox", { name: "Besked" })).toContainText("Min egen tekst");
  await accessible(page);
  await page.getByRole("button", { name: "Kassér kladde" }).click();
  await expect(page.locator(".dp-toast")).toContainText("Kladden ligger i Slettet post.");
});

// MBX-03
test("who sends while the draft is being saved has sent what they wrote", async ({ page }) => {
  await logIn(page, person("registered", 0));
  await begin(page, town());
  await page.evaluate(() => { // the answer to a save comes when it is let go
    const real = window.fetch;
    window.fetch = async (...asked) => {
      const answer = await real(...asked);
      await new Promise((go) => ((window as any).letGo = go));
      return answer;
    };
  });
  await page.getByLabel("Emne").fill("Sendt i en fart");
  await page.getByRole("textbox", { name: "Besked" }).fill("Jeg skrev og trykkede.");
  await page.waitForFunction(() => (window as any).letGo);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.evaluate(() => (window as any).letGo()).catch(() => {}); // the page may be gone
  await expect(page.locator(".dp-toast")).toContainText(`Din besked er sendt til ${town()}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sendt i en fart");
});

// MBX-04, SND-04
test("a letter that takes answers is answered, by keyboard alone", async ({ page }) => {
  await logIn(page, person("registered", 0));
  for (const link of await page.locator(".dp-item a").evaluateAll((all) => all.map((a) => a.href))) {
    await page.goto(link.replace(/\?.*/, "") + "/besvar");
    if ((await page.getByRole("heading", { level: 1 }).textContent()) === "Besvar") break;
  }
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Besvar");
  await accessible(page);
  await page.getByRole("textbox", { name: "Besked" }).focus();
  await page.keyboard.type("Ja tak til pladsen.");
  await expect(page).toHaveURL(/\/ny\//); // it is stored once there is something to store
  await page.getByRole("button", { name: "Send", exact: true }).press("Enter");
  await expect(page.locator(".dp-toast")).toContainText("Din besked er sendt til");
});

// MBX-05
test("a letter is forwarded to an authority and, after a warning, by e-mail", async ({ page }) => {
  await logIn(page, person("registered", 0));
  const letter = (await page.locator(".dp-item:not(.is-unread) a").first().getAttribute("href")).replace(/\?.*/, "");
  await page.goto(local.web.borger + letter);
  const title = await page.getByRole("heading", { level: 1 }).textContent();
  await page.goto(local.web.borger + letter + "/videresend");
  await accessible(page);
  await page.getByRole("radio", { name: "En e-mailadresse" }).check();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await expect(page.getByText("E-mail er ikke krypteret").first()).toBeVisible();
  await page.getByLabel("E-mailadresser").fill("datter.example.dk");
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await expect(page.getByRole("alert")).toContainText("E-mailadressen mangler @");
  await page.getByLabel("E-mailadresser").fill("datter@example.dk");
  await accessible(page);
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await page.getByLabel("Din bemærkning").fill("Se lige her");
  await accessible(page);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".dp-toast")).toContainText("Din besked er sendt til datter@example.dk");
  await page.goto(local.web.borger + letter + "/videresend");
  await page.getByRole("radio", { name: "En myndighed" }).check();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await page.getByRole("searchbox", { name: "Søg efter en myndighed" }).fill(town());
  await page.getByRole("radio", { name: town() }).check();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".dp-toast")).toContainText(`Din besked er sendt til ${town()}`);
  expect(fetched().some((xml) => xml.includes("ForwardData") && xml.includes(title))).toBe(true);
});

test("it works without JavaScript, and a form that is wrong keeps what was written", async ({ browser }, info) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await logIn(page, person("registered", 1));
  await page.goto(local.web.borger + "/ny");
  await page.getByRole("searchbox", { name: "Søg efter en myndighed" }).fill(town());
  await page.getByRole("button", { name: "Søg" }).last().click();
  await page.getByRole("radio", { name: town() }).check();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await expect(page.getByLabel("Vælg kategori")).toBeVisible();
  await page.getByRole("button", { name: "Fortsæt" }).click();
  await page.getByLabel("Besked").fill("Uden emne");
  const file = info.outputPath("bilag.pdf");
  writeFileSync(file, "%PDF-1.4\n%%EOF\n");
  await page.setInputFiles("#fil", file);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("Skriv et emne");
  await expect(page.getByLabel("Besked")).toHaveValue("Uden emne");
  await expect(page.getByText("bilag.pdf")).toBeVisible();
  await page.getByLabel("Emne").fill("Med emne");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".dp-toast")).toContainText("Din besked er sendt til");
});

test("a file of a kind that cannot be sent is refused beside the others", async ({ page }, info) => {
  await logIn(page, person("registered", 0));
  await begin(page, town());
  const [bad, good] = [info.outputPath("program.exe"), info.outputPath("godt.txt")];
  writeFileSync(bad, "MZ");
  writeFileSync(good, "tekst");
  await page.setInputFiles("#fil", [bad, good]);
  await expect(page.locator(".dp-files").getByText("Filtypen kan ikke sendes.")).toBeVisible();
  await expect(page.locator(".dp-files .is-ok")).toContainText("godt.txt");
  await accessible(page);
});

test("a file goes on where a lost connection broke it off", async ({ page, context }, info) => {
  await logIn(page, person("registered", 0));
  await begin(page, town());
  const file = info.outputPath("stor.txt");
  writeFileSync(file, "æøå ".repeat(500_000));
  let puts = 0;
  await page.route("**/filer/*", async (route) => {
    if (route.request().method() !== "PUT" || ++puts !== 3) return route.continue();
    await context.setOffline(true);
    await route.abort();
    await context.setOffline(false);
  });
  await page.setInputFiles("#fil", file);
  await expect(page.locator(".dp-files .is-ok")).toContainText("stor.txt", { timeout: 30_000 });
  expect(puts).toBeGreaterThan(3);
});
