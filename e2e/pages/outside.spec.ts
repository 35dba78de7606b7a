// The world outside: what was sent out of Digital Post.
import { pages } from "../pages.mjs";
import { expect } from "@playwright/test";
import { createConnection } from "node:net";
import { local } from "../person.mjs";

/** Hands an e-mail to the server that stands for all others. */
async function mail(to, subject) {
  const [host, port] = local.outside.smtp.split(":");
  const socket = createConnection(Number(port), host);
  const lines = [
    "EHLO test", "MAIL FROM:<r.test@retur.digitalpost.localhost>", `RCPT TO:<${to}>`, "DATA",
    [
      'From: "Signe via Digital Post" <no-reply@digitalpost.localhost>', `To: <${to}>`, `Subject: ${subject}`, "MIME-Version: 1.0",
      "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain; charset=utf-8", "",
      "Signe har sendt dig et brev fra sin Digital Post.", "", "--b", "Content-Type: application/pdf", 'Content-Disposition: attachment; filename="brev.pdf"', "",
      "%PDF-1.7", "--b--", ".",
    ].join("\r\n"),
    "QUIT",
  ];
  await new Promise((done, fail) => {
    socket.on("error", fail).on("close", done);
    socket.on("data", (answer) => {
      const last = answer.toString().trimEnd().split("\r\n").at(-1);
      if (/^[45]/.test(last)) fail(new Error(last));
      if (/^\d{3} /.test(last) && lines.length) socket.write(lines.shift() + "\r\n");
    });
  });
}

pages({
  "60-outside": async (page) => {
    await mail("bent@example.org", "Signe har sendt dig et brev");
    await page.goto(local.outside.mail);
    await expect(page.getByRole("link", { name: /Signe har sendt dig et brev/ }).first()).toBeVisible();
  },
  "61-outside-email": async (page) => {
    await mail("bent@example.org", "Signe har sendt dig et brev");
    await page.goto(local.outside.mail);
    await page.getByRole("link", { name: /Signe har sendt dig et brev/ }).first().click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Signe har sendt dig et brev");
    await expect(page.getByRole("link", { name: /brev.pdf/ })).toBeVisible();
  },
});
