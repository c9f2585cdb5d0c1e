// DuckDB's read_json with upserts: with_duckdb.mjs PAGES COUNT DATABASE. The tables are those of a user of DuckDB,
// with text keys; a page is a transaction here as well. TOKSYNC_BENCH_NODE_MODULES names the folder of its packages.
// Prints the seconds, and the numbers of rows in the words of the program that compares.
import { createRequire } from 'node:module';

const { DuckDBInstance } = createRequire(`${process.env.TOKSYNC_BENCH_NODE_MODULES}/`)('@duckdb/node-api');
const [folder, count, path] = process.argv.slice(2);

const cast = { is_enriched: 'BOOLEAN', followers_count: 'BIGINT' };
const columns = ['platform', 'handle', 'name', 'bio', 'location', 'profile_url', 'avatar_url', 'is_enriched'];
const metrics = ['followers_count', 'engagement_rate', 'avg_posts_per_month', 'avg_views_per_post',
  'reactions_per_post', 'comments_per_post', 'shares_per_post'];
const types = `followers_count BIGINT, ${metrics.slice(1).map((name) => `${name} DOUBLE`).join(', ')}`;
const lists = { content_category: 'content_categories', target_audience: 'target_audiences', language: 'languages' };
const updated = [...columns, ...metrics, 'source_updated_at'];

const schema = `
CREATE TABLE creators (creator_id VARCHAR PRIMARY KEY, platform VARCHAR, handle VARCHAR, name VARCHAR, bio VARCHAR,
  location VARCHAR, profile_url VARCHAR, avatar_url VARCHAR, is_enriched BOOLEAN, ${types},
  source_updated_at VARCHAR, raw_json VARCHAR, first_seen_at VARCHAR, last_seen_at VARCHAR);
CREATE TABLE creator_tags (creator_id VARCHAR, kind VARCHAR, value VARCHAR, PRIMARY KEY (creator_id, kind, value));
CREATE TABLE creator_metrics (creator_id VARCHAR, observed_at VARCHAR, ${types});
CREATE TABLE search_hits (rank BIGINT PRIMARY KEY, creator_id VARCHAR UNIQUE, page BIGINT, score DOUBLE,
  match_rank DOUBLE);`;

// What a page holds, without duplicates of those who were there before.
const take = (file) => `
CREATE OR REPLACE TEMP TABLE record AS
SELECT position, raw, raw ->> 'id' AS creator_id, ${columns.map((name) => `(raw ->> '${name}')::${cast[name] ?? 'VARCHAR'} AS ${name}`).join(', ')},
       ${metrics.map((name) => `(raw ->> '$.metrics.${name}')::${cast[name] ?? 'DOUBLE'} AS ${name}`).join(', ')},
       raw ->> 'updated_at' AS source_updated_at,
       ${Object.values(lists).map((name) => `(raw -> '${name}')::VARCHAR[] AS ${name}`).join(', ')}
  FROM (SELECT unnest(data.creators) AS raw, generate_subscripts(data.creators, 1) AS position
          FROM read_json('${file}', columns = {data: 'STRUCT(creators JSON[])'}, maximum_object_size = 100000000));`;

const news = (seenAt) => `
CREATE OR REPLACE TEMP TABLE news AS
SELECT r.creator_id, c.creator_id IS NULL AS is_new,
       ${metrics.map((name) => `coalesce(r.${name}, c.${name}) AS ${name}`).join(', ')}
  FROM record r LEFT JOIN creators c USING (creator_id)
 WHERE c.creator_id IS NULL OR ${metrics.map((name) => `coalesce(r.${name}, c.${name}) IS DISTINCT FROM c.${name}`)
    .join(' OR ')};
INSERT INTO creator_metrics SELECT creator_id, '${seenAt}', ${metrics.join(', ')} FROM news;`;

const upsert = (seenAt) => `
INSERT INTO creators
SELECT creator_id, ${[...columns, ...metrics].join(', ')}, source_updated_at, raw, '${seenAt}', '${seenAt}'
  FROM record ORDER BY position
    ON CONFLICT (creator_id) DO UPDATE
   SET ${updated.map((name) => `${name} = coalesce(excluded.${name}, ${name})`).join(', ')},
       raw_json = excluded.raw_json, last_seen_at = excluded.last_seen_at;`;

// Tags that are the same stay: DuckDB cannot delete a key and insert it again in one transaction.
const tags = Object.entries(lists).map(([kind, name]) => `
DELETE FROM creator_tags t USING record r
 WHERE t.creator_id = r.creator_id AND t.kind = '${kind}' AND len(r.${name}) > 0
   AND NOT list_contains(r.${name}, t.value);
INSERT INTO creator_tags SELECT DISTINCT creator_id, '${kind}', unnest(${name}) FROM record ON CONFLICT DO NOTHING;`)
  .join('');

const hits = (page) => `
INSERT INTO search_hits
SELECT (SELECT coalesce(max(rank), 0) FROM search_hits) + row_number() OVER (ORDER BY position), creator_id, ${page},
       (raw ->> 'score')::DOUBLE, (raw ->> 'match_rank')::DOUBLE
  FROM record WHERE creator_id NOT IN (SELECT creator_id FROM search_hits);`;

const begin = performance.now();
const instance = await DuckDBInstance.create(path);
const connection = await instance.connect();
await connection.run(schema);
for (let page = 1; page <= Number(count); page += 1) {
  const file = `${folder}/page-${String(page).padStart(5, '0')}.json`;
  const seenAt = new Date((1_780_272_000 + page) * 1000).toISOString().replace('.000Z', 'Z');
  await connection.run(`BEGIN; ${take(file)} ${news(seenAt)} ${upsert(seenAt)} ${tags} ${hits(page)} COMMIT;`);
}
const rows = {};
for (const table of ['creators', 'creator_tags', 'creator_metrics', 'search_hits']) {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
  rows[table] = reader.getRows()[0][0];
}
connection.closeSync();
instance.closeSync();
console.log(`seconds ${((performance.now() - begin) / 1000).toFixed(4)}`);
console.log(`rows ${rows.creators} ${rows.creator_tags} ${rows.creator_metrics} ${rows.search_hits}`);
