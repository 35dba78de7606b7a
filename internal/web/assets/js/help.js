// An address that names an answer (#svar-frist) opens it.
function look() {
  const answer = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (answer?.tagName !== "DETAILS") return;
  answer.open = true;
  answer.scrollIntoView();
}

addEventListener("hashchange", look);
look();
