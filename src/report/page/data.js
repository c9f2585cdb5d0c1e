// The JSON document that `toksync report` put into the page, as objects that belong together.

const report = JSON.parse(find("data").textContent);

/** A relation's rows as objects. A relation that is not there has none. */
function rowsOf(name) {
  const relation = report.relations?.[name];
  if (!relation) return [];
  return relation.rows.map((row) => Object.fromEntries(relation.columns.map((column, i) => [column, row[i]])));
}

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  return groups;
}

/** A list that stands as JSON in a column. */
function listOf(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) ? list.map((item) => (typeof item === "string" ? item : JSON.stringify(item))) : [];
  } catch {
    return [];
  }
}

const ofCreator = (row) => row.creator;
const ofAnalysis = (row) => row.analysis;
/** Scores belong to a creator within a keyword set. */
const ofEntry = (row) => `${row.creator} ${row.keyword_set}`;
const newest = (rows, keyOf) => new Map(rows.map((row) => [keyOf(row), row]));

const evidence = {
  content: newest(rowsOf("content"), ofEntry),
  posts: grouped(rowsOf("posts"), ofAnalysis),
  audience: newest(rowsOf("audience"), ofEntry),
  companies: grouped(rowsOf("companies"), ofAnalysis),
  titles: grouped(rowsOf("titles"), ofAnalysis),
  engagers: grouped(rowsOf("engagers"), ofAnalysis),
  leaders: newest(rowsOf("thought_leaders"), ofEntry),
  found: grouped(rowsOf("hit_posts"), ofEntry),
  history: grouped(rowsOf("history"), ofCreator),
};

/** The shortlist; each creator with its tags, and the texts by which it is found and put in order. */
function readCreators() {
  const tags = grouped(rowsOf("tags"), ofCreator);
  return rowsOf("shortlist").map((row) => {
    const own = Object.fromEntries((tags.get(row.creator) ?? []).map((tag) => [tag.kind, listOf(tag.values)]));
    const creator = {
      ...row,
      label: row.name || row.handle || row.creator_id,
      categories: own.content_category ?? [],
      audiences: own.target_audience ?? [],
      languages: own.language ?? [],
    };
    creator.haystack = [row.name, row.handle, row.location, row.bio, ...Object.values(own).flat()]
      .filter(known).join("\n").toLowerCase();
    return creator;
  });
}

const creators = readCreators();
const keywordSets = [...new Set(creators.map((creator) => creator.keyword_set))];
