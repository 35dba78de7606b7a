// A calendar's link is copied by a press.
import { each } from "./core/page.js";
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
