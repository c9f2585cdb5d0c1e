// What the run did, what it cost, and what is left to do.

const outcomes = {
  succeeded: ["good", "Done"],
  partial: ["warn", "Done in part"],
  running: ["warn", "Running when this was written, or ended without a word"],
  stopped: ["warn", "Stopped"],
  interrupted: ["warn", "Interrupted"],
  abandoned: ["warn", "Abandoned"],
  failed: ["bad", "Failed"],
};

function sentenceOf(run) {
  const done = new Map();
  for (const stage of run.stages) done.set(stage.stage, (done.get(stage.stage) ?? 0) + stage.items_done);
  const words = [
    ["search", "creator found", "creators found"],
    ["enrich", "profile enriched", "profiles enriched"],
    ["content_match", "content match", "content matches"],
    ["audience_match", "audience match", "audience matches"],
    ["thought_leaders", "thought-leader search", "thought-leader searches"],
  ];
  return words.filter(([stage]) => done.has(stage)).map(([stage, one, many]) => plural(done.get(stage), one, many))
    .join(", ");
}

function figure(name, value, remark = "") {
  return element("div", {}, element("dt", {}, name),
    element("dd", {}, element("span", {class: "value"}, value),
      remark ? element("span", {class: "remark"}, remark) : null));
}

function figuresOf(run) {
  const summary = rowsOf("runs").find((row) => row.run_id === run.run_id) ?? {};
  const failed = run.failures.reduce((sum, failure) => sum + failure.count, 0);
  const drift = run.usage_drift ?? 0;
  const credits = [
    known(summary.credits_estimated) ? `${asCount(summary.credits_estimated)} estimated` : "",
    run.credits_open > 0 ? `${asCount(run.credits_open)} more reserved and open` : "",
    drift ? `the account says ${asCount(Math.abs(drift))} ${drift > 0 ? "more" : "less"}` : "",
  ];
  const figures = [figure("Credits charged", asCount(run.credits_charged), credits.filter(Boolean).join("; "))];
  const found = summary.creators_found;
  if (known(found)) {
    figures.push(figure("Creators found", asCount(found), "each counted once"));
  }
  figures.push(figure("Jobs failed", asCount(failed), failed ? "see below" : ""));
  if (run.jobs.ambiguous > 0) {
    figures.push(figure("Ambiguous", asCount(run.jobs.ambiguous), `${asCount(run.jobs.ambiguous_credits)} credits`));
  }
  const time = run.time;
  if (time) {
    const least = known(time.ratio) ? `at least ${asDuration(time.least_seconds)}` : "";
    figures.push(figure("Time", asDuration(time.active_seconds), least));
  }
  const needed = time?.requests_needed ? `at least ${asCount(time.requests_needed)}` : "";
  figures.push(figure("Requests", asCount(run.requests), needed));
  return figures;
}

function stageTable(run) {
  const sum = (name) => asCount(run.stages.reduce((total, stage) => total + stage[name], 0));
  const rows = run.stages.map((stage) => [
    stage.keyword_set, asWords(stage.stage), asWords(stage.status), asCount(stage.items_done),
    asCount(stage.items_total), asCount(stage.items_failed), asCount(stage.credits_charged),
    asCount(stage.credits_open), stage.status === "succeeded" ? "" : stage.error ?? "",
  ]);
  return table("Every stage of every keyword set in this run",
    ["Keyword set", "Stage", "Status", "#Done", "#Of", "#Failed", "#Charged", "#Open", "Why"], rows,
    ["Total", "", "", "", "", sum("items_failed"), sum("credits_charged"), sum("credits_open"), ""]);
}

function failureTable(run) {
  const rows = run.failures.map((failure) => [
    failure.keyword_set, asWords(failure.stage), asCount(failure.count), failure.error_code, failure.error_message,
    failure.request_id,
  ]);
  return table("Jobs that failed, by what the API said",
    ["Keyword set", "Stage", "#Failed", "Code", "Message", "Request"], rows);
}

function earlierRuns(run) {
  const rows = rowsOf("runs").filter((row) => row.run_id !== run.run_id).map((row) => [
    row.run_id, asTime(row.started_at), asWords(row.status), asCount(row.creators_found),
    asCount(row.credits_charged), asCount(row.jobs_failed), asDuration(row.active_seconds),
  ]);
  if (rows.length === 0) return null;
  return disclosure("Other runs of this pipeline", table("The newest first",
    ["Run", "Started (UTC)", "Status", "#Creators", "#Credits", "#Failed", "#Time"], rows));
}

function disclosure(title, content) {
  return element("details", {}, element("summary", {}, title), scroller(title, content));
}

function todo(run) {
  if (run.next_steps.length === 0) return [];
  const steps = run.next_steps.map((step) => element("li", {}, step.reason, element("code", {}, step.command)));
  return [element("h3", {}, "Left to do"), element("ul", {}, steps)];
}

function showRun() {
  const run = report.run;
  find("run").hidden = false;
  find("run-title").textContent = run.run_id === rowsOf("runs")[0]?.run_id ? "The last run" : "The run";
  const [kind, words] = outcomes[run.status] ?? ["warn", asWords(run.status)];
  const code = run.exit_code ? `, exit code ${run.exit_code}` : "";
  find("run-outcome").append(
    element("span", {class: `outcome ${kind}`}, words + code), known(sentenceOf(run)) ? `: ${sentenceOf(run)}.` : ".",
    element("br"),
    element("span", {class: "muted"}, `Run ${run.run_id}, started ${asTime(run.started_at)}`,
      known(run.finished_at) ? `, ended ${asTime(run.finished_at)} UTC` : " UTC"));
  if (run.error) find("run-outcome").append(element("br"), `Why: ${run.error}`);
  find("run-figures").append(...figuresOf(run));
  find("run-todo").append(...todo(run));
  const tables = [disclosure("Stages of the run", stageTable(run))];
  if (run.failures.length > 0) tables.push(disclosure("What failed", failureTable(run)));
  tables.push(earlierRuns(run));
  find("run-tables").append(...tables.filter(Boolean));
}

/** Why there is no shortlist, and what to do about it. */
function showEmpty() {
  find("empty").hidden = false;
  const command = (text) => element("p", {}, element("code", {}, text));
  if (!report.run) {
    find("empty-title").textContent = "Nothing has been run yet";
    find("empty-text").append(
      element("p", {}, `${report.database} holds no run of a pipeline. This page shows what a run finds and costs; make one, then write the page again:`),
      ...report.commands.map(command));
    return;
  }
  const searches = report.run.stages.filter((stage) => stage.stage === "search");
  find("empty-title").textContent = "No shortlist yet";
  const text = find("empty-text");
  if (searches.length === 0) {
    text.append(element("p", {}, "No search of this pipeline has begun: the run ended before it, or its search is switched off. What the run says of it stands below."));
  } else if (searches.some((stage) => stage.status !== "succeeded")) {
    text.append(element("p", {}, "The search has not brought creators so far:"),
      element("ul", {}, searches.map((stage) =>
        element("li", {}, `${stage.keyword_set}: ${asWords(stage.status)}${stage.error ? `, ${stage.error}` : ""}`))));
  } else {
    text.append(element("p", {}, "The search went well and found nobody. Its keywords or its filters are too narrow: fewer filters, a lower min_followers or mode = \"broad\" find more."));
  }
}
