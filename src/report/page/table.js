// The shortlist as a table: which creators pass the filters, in which order, and the page of them that is shown.

const columns = [
  {key: "label", title: "Creator", isText: true},
  {key: "keyword_set", title: "Keyword set", isText: true},
  {key: "combined_score", title: "Fit", show: asScore, isScore: true, hint: "Combined score"},
  {key: "content_score", title: "Content", show: asScore, isScore: true, hint: "How well the posts fit the keywords, 0 to 100"},
  {key: "audience_score", title: "Audience", show: asScore, isScore: true, hint: "How well the audience fits, 0 to 100"},
  {key: "thought_leader_score", title: "Leader", show: asScore, isScore: true, hint: "Thought-leader score, 0 to 100"},
  {key: "followers_count", title: "Followers", show: asCount},
  {key: "growth_30_days", title: "30 days", show: asChange, hint: "Followers won or lost in the last 30 days"},
  {key: "engagement_rate", title: "Engagement", show: asRate, hint: "Engagement rate in percent"},
  {key: "avg_posts_per_month", title: "Posts/month", show: asScore},
  {key: "rank", title: "Rank", show: asCount, isAscending: true, hint: "Position in the search"},
];

const hasScores = creators.some((creator) => known(creator.combined_score));
const view = {
  sort: hasScores ? "combined_score" : "rank",
  isAscending: !hasScores,
  page: 0,
  opened: new Set(),
  matching: [],
};

// Texts are compared once; after that their places are numbers.
for (const {key} of columns.filter((column) => column.isText)) {
  const texts = [...new Set(creators.map((creator) => creator[key]))].sort(new Intl.Collator("en", {numeric: true}).compare);
  const places = new Map(texts.map((text, place) => [text, place]));
  for (const creator of creators) creator[`${key}_place`] = places.get(creator[key]);
}

/** Columns of which something is known. The keyword set is one where several are shown. */
function shownColumns() {
  return columns.filter(({key}) => key === "keyword_set" ? keywordSets.length > 1 && find("filter-set").value === ""
    : creators.some((creator) => known(creator[key])));
}

function numberIn(id) {
  const field = find(id);
  return field.value === "" || Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber;
}

/** A creator whose value is unknown does not pass a bound on it. */
function within(value, least, most = null) {
  if (least === null && most === null) return true;
  return known(value) && (least === null || value >= least) && (most === null || value <= most);
}

function filtered() {
  const keywordSet = find("filter-set").value;
  const category = find("filter-category").value;
  const words = find("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const followers = [numberIn("filter-followers-min"), numberIn("filter-followers-max")];
  const content = numberIn("filter-content");
  const audience = numberIn("filter-audience");
  return creators.filter((creator) =>
    (keywordSet === "" || creator.keyword_set === keywordSet) &&
    (category === "" || creator.categories.includes(category)) &&
    within(creator.followers_count, ...followers) &&
    within(creator.content_score, content) && within(creator.audience_score, audience) &&
    words.every((word) => creator.haystack.includes(word)));
}

function sorted(list) {
  const key = columns.find((column) => column.key === view.sort).isText ? `${view.sort}_place` : view.sort;
  const sign = view.isAscending ? 1 : -1;
  return list.sort((one, other) => {
    const a = one[key];
    const b = other[key];
    // The unknown stands last in either order; the search's rank decides where nothing else does.
    if (!known(a) || !known(b)) return known(b) - known(a) || one.rank - other.rank;
    return sign * (a - b) || one.rank - other.rank;
  });
}

function headCell(column) {
  const isSorted = view.sort === column.key;
  const mark = element("span", {class: "mark", "aria-hidden": "true"}, isSorted ? (view.isAscending ? "▲" : "▼") : "");
  const button = element("button", {type: "button", title: column.hint ?? null, "data-sort": column.key},
    column.isText ? [column.title, mark] : [mark, column.title]);
  button.addEventListener("click", () => sortBy(column));
  return element("th", {
    scope: "col",
    class: column.isText ? "" : "number",
    "aria-sort": isSorted ? (view.isAscending ? "ascending" : "descending") : null,
  }, button);
}

function sortBy(column) {
  const isAgain = view.sort === column.key;
  view.isAscending = isAgain ? !view.isAscending : Boolean(column.isText || column.isAscending);
  view.sort = column.key;
  view.page = 0;
  view.matching = sorted(view.matching);
  showTable();
  find("creators-head").querySelector(`[data-sort="${column.key}"]`).focus();
}

function cell(creator, column) {
  const value = creator[column.key];
  if (column.isText) return element("td", {class: "plain"}, value);
  const made = element("td", {class: column.isScore ? "number score" : "number"}, column.show(value));
  if (column.isScore && known(value)) made.style.setProperty("--share", Math.max(0, Math.min(1, value / 100)));
  return made;
}

/** The creator's row, and the one with the details below it when it is open. */
function rowsOfCreator(creator, number, shown) {
  const key = ofEntry(creator);
  const isOpen = view.opened.has(key);
  const id = `details-${number}`;
  const button = element("button", {type: "button", "aria-expanded": String(isOpen), "aria-controls": isOpen ? id : null, "data-entry": key},
    creator.label);
  button.addEventListener("click", () => toggle(key));
  const about = [creator.handle ? `@${creator.handle}` : "", creator.location].filter(known).join(" · ");
  const name = element("th", {scope: "row", class: "name"}, button, about ? element("span", {class: "place"}, about) : null);
  const row = element("tr", {}, name, shown.slice(1).map((column) => cell(creator, column)));
  if (!isOpen) return [row];
  return [row, element("tr", {class: "details", id}, element("td", {colspan: String(shown.length)}, detailsOf(creator)))];
}

const buttonOf = (key) => find("creators-body").querySelector(`[data-entry="${CSS.escape(key)}"]`);

function toggle(key) {
  if (!view.opened.delete(key)) view.opened.add(key);
  showTable();
  buttonOf(key)?.focus();
}

/** Turns to the page of a creator, opens it and goes there. */
function goTo(creator) {
  view.opened.add(ofEntry(creator));
  view.page = Math.floor(view.matching.indexOf(creator) / pageSize());
  showTable();
  const button = buttonOf(ofEntry(creator));
  button?.focus({preventScroll: true});
  button?.scrollIntoView({block: "center"});
}

const pageSize = () => Number(find("page-size").value);

function showTable() {
  const shown = shownColumns();
  const size = pageSize();
  const pages = Math.max(1, Math.ceil(view.matching.length / size));
  view.page = Math.min(view.page, pages - 1);
  const first = view.page * size;
  const onPage = view.matching.slice(first, first + size);
  const order = columns.find((column) => column.key === view.sort).title;
  find("creators-caption").replaceChildren(
    `Creators by ${order.toLowerCase()}, ${view.isAscending ? "ascending" : "descending"}.`,
    element("span", {class: "screen"}, " A name opens the details, a heading sorts."));
  find("creators-head").replaceChildren(...shown.map(headCell));
  find("creators-body").replaceChildren(...onPage.flatMap((creator, i) => rowsOfCreator(creator, first + i, shown)));
  find("creators").hidden = onPage.length === 0;
  find("nobody").hidden = onPage.length > 0;
  find("pager").hidden = onPage.length === 0;
  find("page-text").textContent = `${asCount(first + 1)} to ${asCount(first + onPage.length)} of ${asCount(view.matching.length)}`;
  find("page-first").disabled = find("page-previous").disabled = view.page === 0;
  find("page-last").disabled = find("page-next").disabled = view.page >= pages - 1;
}

/** After a change of the filters: table, count and plots. */
function applyFilters() {
  view.page = 0;
  view.matching = sorted(filtered());
  const total = creators.filter((creator) => find("filter-set").value === "" || creator.keyword_set === find("filter-set").value);
  const left = cutSets();
  find("found").textContent = (view.matching.length === total.length ? plural(total.length, "creator")
    : `${asCount(view.matching.length)} of ${plural(total.length, "creator")}`) + (left ? `. ${left}` : "");
  showTable();
  schedulePlots();
}

/** Of keyword sets that found more than the page holds, how many it holds. */
function cutSets() {
  const chosen = find("filter-set").value;
  return keywordSets.filter((set) => chosen === "" || set === chosen).map((set) => {
    const own = creators.filter((creator) => creator.keyword_set === set);
    const found = own[0].found;
    return found > own.length ? `Of the ${asCount(found)} found for ${set}, the best ${asCount(own.length)} are here` : "";
  }).filter(Boolean).join(". ");
}

function clearFilters() {
  for (const field of find("filters").querySelectorAll("input, #filter-category")) field.value = "";
  applyFilters();
  find("filter-text").focus();
}

function fillSelect(id, all, values) {
  const options = values.map((value) => element("option", {value}, value));
  find(id).replaceChildren(...(all === null ? [] : [element("option", {value: ""}, all)]), ...options);
}

/** Of an older run, the list is that of the newest one. */
function tellHowOld() {
  const newest = rowsOf("runs")[0];
  if (newest && newest.run_id !== report.run.run_id) {
    find("shortlist-title").after(element("p", {class: "muted"}, `As it is now, after run ${newest.run_id}.`));
  }
}

function prepareTable() {
  find("shortlist").hidden = false;
  tellHowOld();
  fillSelect("filter-set", keywordSets.length > 1 ? `All ${keywordSets.length}` : null, keywordSets);
  const counts = new Map();
  for (const category of creators.flatMap((creator) => creator.categories)) counts.set(category, (counts.get(category) ?? 0) + 1);
  fillSelect("filter-category", "Any", [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, 200));
  find("filters").addEventListener("input", applyFilters);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    clearFilters();
  });
  find("nobody-clear").addEventListener("click", clearFilters);
  const turn = (id, target) => find(id).addEventListener("click", () => {
    view.page = target();
    showTable();
  });
  turn("page-first", () => 0);
  turn("page-previous", () => view.page - 1);
  turn("page-next", () => view.page + 1);
  turn("page-last", () => Number.MAX_SAFE_INTEGER);
  find("page-size").addEventListener("change", () => {
    view.page = 0;
    showTable();
  });
  applyFilters();
}
