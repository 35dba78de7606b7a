// Says that there is no connection, for as long as there is none.
const { offline } = document.body.dataset;
let bar;

function look() {
  if (navigator.onLine) {
    bar?.remove();
    bar = undefined;
  } else if (!bar && offline) {
    bar = document.createElement("div");
    bar.className = "dp-offline";
    bar.setAttribute("role", "alert");
    bar.textContent = offline;
    document.querySelector("header").after(bar);
  }
}

addEventListener("offline", look);
addEventListener("online", look);
look();
