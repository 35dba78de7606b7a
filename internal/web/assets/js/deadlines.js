// The deadlines follow what is marked done, and a calendar's link is copied by a press.
import { each, visit } from "./core/page.js";
import { toast } from "./core/toast.js";

each("[data-copy]", (button) => {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand("copy");
    }
    toast(button.dataset.copied);
  });
});

document.addEventListener("said", async () => {
  if (!document.querySelector("[data-things]")) return;
  const toast = document.querySelector(".dp-toast");
  await visit(location.href, ["app"], { focusOn: () => document.querySelector("main h1") });
  if (toast) document.getElementById("status").after(toast);
});
