// What is known of one creator, shown on demand: profile, the posts that prove the content score, those by which
// the search found them, who the audience is, and what the thought-leader search says.

function facts(pairs) {
  const shown = pairs.filter(([, value]) => known(value));
  return element("dl", {class: "facts"},
    shown.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

const block = (title, ...content) => element("section", {}, element("h3", {}, title), ...content);
const missing = (text) => element("p", {class: "muted"}, text);

function profile(creator) {
  return block("Profile",
    known(creator.bio) ? element("p", {class: "bio"}, creator.bio) : null,
    facts([
      ["Link", known(creator.profile_url) ? link(creator.profile_url, creator.profile_url) : null],
      ["Location", creator.location],
      ["Writes about", creator.categories.join(", ")],
      ["For", creator.audiences.join(", ")],
      ["Languages", creator.languages.join(", ")],
      ["Per post", perPost(creator)],
      ["Enriched", asDay(creator.enriched_at)],
      ["First seen", asDay(creator.first_seen_at)],
      ["Growth since", asChange(creator.growth_since_first_seen)],
      ["Id", element("code", {}, creator.creator_id)],
    ]));
}

function perPost(creator) {
  const counts = [["views", creator.avg_views_per_post], ["reactions", creator.reactions_per_post],
    ["comments", creator.comments_per_post], ["shares", creator.shares_per_post]];
  return counts.filter(([, value]) => known(value)).map(([name, value]) => `${asScore(value)} ${name}`).join(", ");
}

function post(row) {
  const title = known(row.title) ? row.title : "Untitled post";
  const about = [known(row.match_score) ? `score ${asScore(row.match_score)}` : "", asDay(row.posted_date),
    asWords(row.content_type), listOf(row.keyword_matches).join(", ")];
  return element("li", {}, link(row.post_url, title),
    element("div", {class: "muted"}, about.filter(Boolean).join(" · ")),
    known(row.match_reason) ? element("div", {class: "reason"}, row.match_reason) : null);
}

function content(creator) {
  const analysis = evidence.content.get(ofEntry(creator));
  if (!analysis) return block("Posts", missing("No content match was bought for this creator and keyword set."));
  const posts = evidence.posts.get(analysis.analysis) ?? [];
  const analyzed = known(analysis.total_posts_analyzed) ? ` of ${plural(analysis.total_posts_analyzed, "post")}` : "";
  return block("Posts that make the content score",
    facts([
      ["Score", `${asScore(analysis.match_score)} ${analysis.content_fit_label ?? ""}`],
      ["Matching", known(analysis.matching_posts_count) ? asCount(analysis.matching_posts_count) + analyzed : ""],
      ["Analyzed", asDay(analysis.completed_at)],
    ]),
    posts.length > 0 ? element("ul", {class: "posts"}, posts.map(post))
      : missing("No posts were kept; evidence_posts in [content_match] says how many are."));
}

/** The posts behind the hit of the search; nothing when none were fetched. */
function found(creator) {
  const posts = evidence.found.get(ofEntry(creator)) ?? [];
  if (posts.length === 0) return null;
  return block("Posts by which the search found them",
    element("ul", {class: "posts"}, posts.map((row) => {
      const about = [asDay(row.posted_at), listOf(row.keyword_matches).join(", "),
        known(row.reactions) ? plural(row.reactions, "reaction") : ""];
      return element("li", {}, link(row.post_url, known(row.snippet) ? row.snippet : "Untitled post"),
        element("div", {class: "muted"}, about.filter(Boolean).join(" · ")));
    })));
}

/** Counts with bars, the longest as wide as the room. */
function bars(caption, rows) {
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map((row) => row.count ?? 0), 1);
  return element("table", {class: "bars"}, element("caption", {}, caption),
    element("tbody", {}, rows.map((row) => {
      const bar = element("span");
      bar.style.setProperty("--share", (row.count ?? 0) / most);
      return element("tr", {}, element("th", {scope: "row"}, row.label), element("td", {class: "bar"}, bar),
        element("td", {class: "number"}, asCount(row.count)));
    })));
}

function audience(creator) {
  const analysis = evidence.audience.get(ofEntry(creator));
  if (!analysis) return block("Audience", missing("No audience match was bought for this creator and keyword set."));
  const of = (name) => evidence[name].get(analysis.analysis) ?? [];
  const analyzed = known(analysis.total_engagers_analyzed) ? ` of ${asCount(analysis.total_engagers_analyzed)}` : "";
  const people = of("engagers");
  return block("Audience",
    facts([
      ["Score", asScore(analysis.match_score)],
      ["Matching", known(analysis.matching_engagers_count)
        ? `${asCount(analysis.matching_engagers_count)}${analyzed} people who engage` : ""],
      ["Companies", asCount(analysis.unique_companies)],
      ["Analyzed", asDay(analysis.completed_at)],
    ]),
    known(analysis.audience_summary) ? element("p", {}, analysis.audience_summary) : null,
    bars("Titles they hold", of("titles").map((row) => ({label: row.title, count: row.count}))),
    bars("Companies they work for", of("companies").map((row) => ({label: row.name, count: row.count}))),
    people.length > 0 ? element("details", {}, element("summary", {}, `${plural(people.length, "person", "people")} who engage`),
      element("ul", {class: "posts"}, people.map((person) => element("li", {}, link(person.linkedin_url, person.name ?? "Unnamed"),
        element("div", {class: "muted"},
          [person.job_title, person.company, known(person.engagement_count) ? plural(person.engagement_count, "engagement") : ""]
            .filter(known).join(" · ")))))) : null);
}

function leader(creator) {
  const found = evidence.leaders.get(ofEntry(creator));
  if (!found) return null;
  const analyzed = known(found.posts_analyzed) ? ` of ${asCount(found.posts_analyzed)}` : "";
  return block("Thought leader",
    facts([
      ["Verdict", asWords(found.status)],
      ["Score", asScore(found.score)],
      ["Relevance", asScore(found.relevance_score)],
      ["Content", asScore(found.content_match_score)],
      ["Posts", known(found.matching_posts) ? `${asCount(found.matching_posts)}${analyzed} match` : ""],
    ]),
    known(found.reasoning) ? element("p", {}, found.reasoning) : null);
}

const detailsOf = (creator) =>
  element("div", {class: "detail-grid"}, profile(creator), content(creator), found(creator), audience(creator), leader(creator));
