// The plots. Each is a figure with a caption, a picture whose label tells what it shows, and the same numbers as a
// table; or the reason why there is nothing to plot.

const stageColours = {
  search: "search", enrich: "enrich", content_match: "content", audience_match: "audience", thought_leaders: "leaders",
};
const lineColours = ["content", "audience", "enrich", "leaders", "bad", "search"];
const drawn = new Map();

/** `plot`: {title, subtitle, none} or {title, subtitle, label, config, rows: {columns, rows}}. */
function showPlot(id, plot) {
  const figure = find(id);
  const isOpen = figure.querySelector("details")?.open ?? false;
  drawn.get(id)?.destroy();
  drawn.delete(id);
  const caption = element("figcaption", {}, plot.title, element("span", {}, plot.subtitle));
  if (plot.none) {
    figure.replaceChildren(caption, element("p", {class: "none"}, plot.none));
    return;
  }
  const canvas = element("canvas", {role: "img", "aria-label": `${plot.title}. ${plot.label}`});
  const rows = element("details", {open: isOpen}, element("summary", {}, "The numbers"),
    scroller(`The numbers of: ${plot.title}`, table(plot.label, plot.rows.columns, plot.rows.rows)));
  figure.replaceChildren(caption, element("div", {class: "canvas"}, canvas), rows);
  drawn.set(id, new Chart(canvas, plot.config));
}

function axis(title, more = {}) {
  return {
    title: {display: Boolean(title), text: title, color: colour("muted")},
    grid: {color: colour("grid"), borderColor: colour("line")},
    ticks: {color: colour("muted"), ...more.ticks},
    ...Object.fromEntries(Object.entries(more).filter(([name]) => name !== "ticks")),
  };
}

function config(type, data, scales, options = {}) {
  const {legend = true, key = {}, tooltip = {}, ...rest} = options;
  return {
    type,
    data,
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      scales,
      plugins: {
        legend: {display: legend, position: "bottom", labels: {color: colour("text"), boxWidth: 12, boxHeight: 12, padding: 10, ...key}},
        tooltip: {callbacks: tooltip},
      },
      ...rest,
    },
  };
}

function scorePlot() {
  const title = "How the scores are spread";
  const bins = Array.from({length: 10}, (_, i) => (i === 9 ? "90–100" : `${i * 10}–${i * 10 + 9}`));
  const series = [["content_score", "Content", "content"], ["audience_score", "Audience", "audience"]]
    .map(([key, label, name]) => {
      const counts = bins.map(() => 0);
      const scores = view.matching.map((creator) => creator[key]).filter(known);
      for (const score of scores) counts[Math.max(0, Math.min(9, Math.floor(score / 10)))] += 1;
      return {label, counts, name, total: scores.length};
    })
    .filter((one) => one.total > 0);
  const subtitle = "Creators by score";
  if (series.length === 0) {
    return {title, subtitle, none: hasScores ? "None of the creators chosen has a score."
      : "There are no scores: a pipeline with [content_match] or [audience_match] buys them."};
  }
  const datasets = series.map(({label, counts, name}) =>
    ({label, data: counts, backgroundColor: colour(name), maxBarThickness: 26, categoryPercentage: 0.85, barPercentage: 0.95}));
  return {
    title, subtitle,
    label: series.map(({label, total}) => `${label}: ${plural(total, "creator")} with a score`).join("; "),
    config: config("bar", {labels: bins, datasets}, {
      x: axis("Score, by tens", {grid: {display: false}, ticks: {callback: (i) => i * 10, maxRotation: 0}}),
      y: axis("Creators", {ticks: {precision: 0}}),
    }),
    rows: {columns: ["Score", ...series.map(({label}) => `#${label}`)],
      rows: bins.map((bin, i) => [bin, ...series.map(({counts}) => asCount(counts[i]))])},
  };
}

const reaches = [[0, "under 5,000"], [5000, "5,000 to 20,000"], [20000, "20,000 to 100,000"], [100000, "100,000 to 500,000"], [500000, "500,000 and more"]];

function fitByReach(points) {
  return reaches.map(([least, words], i) => {
    const most = reaches[i + 1]?.[0] ?? Infinity;
    const own = points.filter((creator) => creator.followers_count >= least && creator.followers_count < most);
    const mean = own.reduce((sum, creator) => sum + creator.combined_score, 0) / own.length;
    return [words, asCount(own.length), own.length ? asScore(mean) : ""];
  });
}

/** On a logarithmic axis only 1, 2 and 5 times a power of ten, or the labels run into each other. */
function reachTick(value) {
  const digit = Math.round(value / 10 ** Math.floor(Math.log10(value)));
  return [1, 2, 5].includes(digit) ? asShort(value) : "";
}

function fitPlot() {
  const title = "Followers against fit";
  // The plotting library takes points without parsing them when they stand in the order of x.
  const points = view.matching.filter((creator) => known(creator.combined_score) && creator.followers_count > 0)
    .sort((a, b) => a.followers_count - b.followers_count);
  if (points.length === 0) {
    return {title, subtitle: "", none: hasScores ? "None of the creators chosen has a score and a number of followers."
      : "Fit is made of the content and audience scores, and there are none."};
  }
  const data = points.map((creator) => ({x: creator.followers_count, y: creator.combined_score}));
  const most = points.length > 1000 ? 2 : 3.5;
  return {
    title, subtitle: "A point opens its creator",
    label: `${plural(points.length, "creator")}; by number of followers:`,
    config: config("scatter",
      {datasets: [{data, backgroundColor: colour("content") + "b0", radius: most, hoverRadius: 6, borderWidth: 0}]},
      {x: axis("Followers", {type: "logarithmic", ticks: {callback: reachTick, maxRotation: 0, autoSkipPadding: 12}}), y: axis("Fit")},
      {legend: false, parsing: false,
        onClick: (_event, hits) => hits.length > 0 && goTo(points[hits[0].index]),
        tooltip: {label: ({dataIndex}) => {
          const creator = points[dataIndex];
          return `${creator.label}: fit ${asScore(creator.combined_score)}, ${asCount(creator.followers_count)} followers`;
        }}}),
    rows: {columns: ["Followers", "#Creators", "#Mean fit"], rows: fitByReach(points)},
  };
}

function growthPlot() {
  const title = "How the best grow";
  const subtitle = "Followers since the first count shown, in percent";
  const seen = new Set();
  const best = [...view.matching].sort((a, b) => (b.combined_score ?? -1) - (a.combined_score ?? -1) || a.rank - b.rank)
    .filter((creator) => !seen.has(creator.creator) && seen.add(creator.creator))
    .map((creator) => ({creator, counts: evidence.history.get(creator.creator) ?? []}))
    .filter(({counts}) => counts.length > 1 && counts[0].followers_count > 0)
    .slice(0, lineColours.length);
  if (best.length === 0) {
    return {title, subtitle, none: "Nothing to compare yet: a creator's followers are counted at each run, and no change since the first count is known of the best of those chosen."};
  }
  const change = (counts, i) => (100 * (counts[i].followers_count - counts[0].followers_count)) / counts[0].followers_count;
  const datasets = best.map(({creator, counts}, place) => ({
    label: shortened(creator.label),
    data: counts.map((count, i) => ({x: Date.parse(count.observed_at), y: change(counts, i)})),
    borderColor: colour(lineColours[place]), backgroundColor: colour(lineColours[place]),
    borderDash: place % 2 ? [5, 3] : [], borderWidth: 2, pointRadius: 0, pointHitRadius: 8, pointStyle: "line",
  }));
  const times = datasets.flatMap(({data}) => [data[0].x, data.at(-1).x]);
  const day = (time) => new Date(time).toISOString().slice(5, 10);
  return {
    title, subtitle,
    label: `The best ${plural(best.length, "creator")} of whom more than one count is known`,
    config: config("line", {datasets},
      {x: axis("", {type: "linear", min: Math.min(...times), max: Math.max(...times), ticks: {callback: day, maxTicksLimit: 6, maxRotation: 0}}), y: axis("", {ticks: {callback: (value) => `${asRate(value)} %`}})},
      {parsing: false, key: {usePointStyle: true, boxWidth: 26}, tooltip: {
        title: (items) => asDay(new Date(items[0].parsed.x).toISOString()),
        label: ({dataset, parsed}) => `${dataset.label}: ${parsed.y > 0 ? "+" : ""}${asRate(parsed.y)} %`,
      }}),
    rows: {columns: ["Creator", "Since", "#Followers then", "#Followers now", "#Change in %"],
      rows: best.map(({creator, counts}) => [creator.label, asDay(counts[0].observed_at), asCount(counts[0].followers_count),
        asCount(counts.at(-1).followers_count), asRate(change(counts, counts.length - 1))])},
  };
}

/** Every day from the first to the last, also those without a charge. */
function daysOf(rows) {
  const days = [];
  const last = Date.parse(rows.at(-1).day);
  for (let time = Date.parse(rows[0].day); time <= last; time += 86400000) days.push(new Date(time).toISOString().slice(0, 10));
  return days;
}

function creditsPlot() {
  const title = "Credits by stage and day";
  const subtitle = "Charged for this pipeline, days in UTC";
  const rows = rowsOf("credits").filter((row) => row.charged > 0);
  if (rows.length === 0) return {title, subtitle, none: "Nothing was charged for this pipeline yet."};
  const days = daysOf(rows);
  const sums = new Map();
  for (const {stage, day, charged} of rows) sums.set(`${stage} ${day}`, (sums.get(`${stage} ${day}`) ?? 0) + charged);
  const stages = Object.keys(stageColours).filter((stage) => rows.some((row) => row.stage === stage));
  const charged = (stage, day) => sums.get(`${stage} ${day}`) ?? 0;
  const datasets = stages.map((stage) => ({
    label: asWords(stage), data: days.map((day) => charged(stage, day)), backgroundColor: colour(stageColours[stage]), maxBarThickness: 44,
  }));
  const spent = days.filter((day) => stages.some((stage) => charged(stage, day) > 0));
  const total = rows.reduce((sum, row) => sum + row.charged, 0);
  return {
    title, subtitle,
    label: `${plural(total, "credit")} on ${plural(spent.length, "day")}, ${days[0]} to ${days.at(-1)}`,
    config: config("bar", {labels: days, datasets},
      {x: axis("", {stacked: true, grid: {display: false}, ticks: {maxRotation: 0, autoSkipPadding: 14}}),
        y: axis("Credits", {stacked: true, ticks: {precision: 0}})}, {interaction: {mode: "index"}}),
    rows: {columns: ["Day", ...stages.map((stage) => `#${asWords(stage)}`), "#Total"],
      rows: spent.reverse().map((day) => [day, ...stages.map((stage) => asCount(charged(stage, day))),
        asCount(stages.reduce((sum, stage) => sum + charged(stage, day), 0))])},
  };
}

function showShortlistPlots() {
  showPlot("plot-scores", scorePlot());
  showPlot("plot-fit", fitPlot());
  showPlot("plot-growth", growthPlot());
}

const plotting = {isDue: false};

/** Once a frame at most, after the table, however fast somebody types. */
function schedulePlots() {
  if (plotting.isDue) return;
  plotting.isDue = true;
  requestAnimationFrame(() => {
    plotting.isDue = false;
    showShortlistPlots();
  });
}

function showAllPlots() {
  if (report.run) showPlot("plot-credits", creditsPlot());
  if (creators.length > 0) showShortlistPlots();
}
