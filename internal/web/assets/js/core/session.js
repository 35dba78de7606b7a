// Two minutes before log-out the page says so and offers to stay. Other pages of
// the same session count too: before it warns, the page asks how much is left.
const warnBefore = 120;
const { ends, endsText, endsStay } = document.body.dataset;
let warning;

// left asks how many seconds are left, 0 when the session is over. Asking by
// itself is no activity; the server knows it by the header.
async function left(byItself) {
  const answer = await fetch("/tilstede", { cache: "no-store", headers: byItself ? { Accept: "text/event-stream" } : {} });
  if (answer.status === 401) return 0;
  if (!answer.ok) return warnBefore / 2; // ask again soon
  return Number(await answer.text());
}

function wait(seconds) {
  setTimeout(look, Math.max(seconds, 1) * 1000);
}

async function look() {
  let seconds;
  try {
    seconds = await left(true);
  } catch {
    return wait(15); // offline
  }
  if (seconds <= 0) {
    location.assign("/?" + new URLSearchParams({ udloebet: "1", retur: location.pathname + location.search }));
  } else if (seconds > warnBefore) {
    hide();
    wait(seconds - warnBefore);
  } else {
    warn();
    wait(Math.min(seconds, 15));
  }
}

function warn() {
  if (warning) return;
  warning = document.createElement("div");
  warning.className = "dp-ends";
  warning.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = endsText;
  const stay = document.createElement("button");
  stay.className = "button button-primary";
  stay.textContent = endsStay;
  stay.addEventListener("click", async () => {
    if ((await left(false)) > 0) hide();
  });
  warning.append(text, stay);
  document.body.append(warning);
}

function hide() {
  warning?.remove();
  warning = undefined;
}

if (ends) wait(Number(ends) - warnBefore);
