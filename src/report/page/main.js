// Puts the page together.

function showHeader() {
  if (report.run) {
    document.title = `${report.run.pipeline} · toksync report`;
    find("title").textContent = report.run.pipeline;
  }
  find("origin").textContent = `toksync report of ${report.database}, written ${asTime(report.written_at)} UTC`;
}

/** Plots in the colours of the page's mode; on paper dark on white, and with the tables of the run open. */
function followColours() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showAllPlots);
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("#run-tables details:not([open])")];
    for (const one of opened) one.open = true;
    document.documentElement.classList.add("printing");
    showAllPlots();
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    document.documentElement.classList.remove("printing");
    showAllPlots();
  });
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
Chart.defaults.font.size = 12;
showHeader();
if (report.run) showRun();
if (creators.length === 0) showEmpty();
else prepareTable();
showAllPlots();
followColours();
