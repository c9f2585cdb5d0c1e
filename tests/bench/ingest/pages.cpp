#include "pages.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace toksync::bench {
namespace {

/// SplitMix64: the same numbers on every machine, and any creator's without those before.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0x1234567ULL) {}
  std::uint64_t next() {
    auto z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  template <typename Value, std::size_t Count>
  Value pick(const std::array<Value, Count>& values) {
    return values.at(below(Count));
  }

 private:
  std::uint64_t state_;
};

constexpr std::array<std::string_view, 12> kGivenNames{"Ada",  "Bruno", "Chidi",     "Dörte", "Élise",    "Farid",
                                                       "Gift", "Håkon", "I\\u00f1i", "Jun",   "Kateřina", "Lê"};
constexpr std::array<std::string_view, 12> kFamilyNames{"Abara", "Brandt",  "Costa",   "Dvořák", "Eriksen", "Ferrer",
                                                        "Gupta", "Hoffman", "Ivanova", "Joshi",  "Køhler",  "Løvås"};
constexpr std::array<std::string_view, 8> kPlaces{"Bergen, NO", "Lagos, NG", "Zürich, CH", "São Paulo, BR",
                                                  "Austin, TX", "Leeds, UK", "Kraków, PL", "Pune, IN"};
// As the API writes them: some escaped, some not.
constexpr std::array<std::string_view, 24> kBioWords{"I write about",
                                                     "logistics",
                                                     "and \\\"boring\\\" SaaS",
                                                     "\\n",
                                                     "🚀",
                                                     "\\ud83d\\udca1",
                                                     "growth",
                                                     "caf\\u00e9 owner",
                                                     "ex-Stripe",
                                                     "→ newsletter:",
                                                     "https:\\/\\/a.example\\/n",
                                                     "B2B",
                                                     "R\\u0026D",
                                                     "for founders",
                                                     "👩‍💻",
                                                     "\\t",
                                                     "leadership",
                                                     "10 años",
                                                     "C:\\\\dev",
                                                     "supply chain",
                                                     "mother of two",
                                                     "AI & data",
                                                     "📈 since 2009",
                                                     "speaker"};
constexpr std::array<std::string_view, 16> kCategories{
    "logistics", "saas",          "marketing", "sales",    "leadership", "hr",     "finance", "design",
    "data",      "ai \\u0026 ml", "growth",    "startups", "security",   "health", "energy",  "education"};
constexpr std::array<std::string_view, 8> kAudiences{"founders",  "engineers", "CMOs",      "recruiters",
                                                     "investors", "students",  "operators", "product managers"};
constexpr std::array<std::string_view, 6> kLanguages{"en", "de", "no", "es", "pt", "fr"};

template <std::size_t Count>
std::string list_of(Dice& dice, const std::array<std::string_view, Count>& words, std::uint64_t most) {
  const auto first = dice.below(Count);
  const auto count = 1 + dice.below(most);
  std::string list = "[";
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) list += ',';
    list.append("\"").append(words.at((first + i) % Count)).append("\"");
  }
  return list + "]";
}

/// 100 to 300 bytes as they are written.
std::string bio(Dice& dice) {
  const auto length = 100 + dice.below(190);
  std::string text;
  while (text.size() < length) text.append(text.empty() ? "" : " ").append(dice.pick(kBioWords));
  return text;
}

/// The metrics of a creator, moved by the news; one time in ten one of them is hidden.
std::string metrics(Dice& person, Dice& dice, std::uint64_t news) {
  const auto followers = 1000 + person.below(200'000) + 37 * news;
  const auto views = dice.below(10) == 0 ? std::string("null") : std::to_string(200 + person.below(9000) + news);
  return fmt::format(
      R"({{"followers_count":{},"engagement_rate":{}.{},"avg_posts_per_month":{},"avg_views_per_post":{},)"
      R"("shares_per_post":{},"comments_per_post":{}.5,"reactions_per_post":{}}})",
      followers, person.below(9), 1 + person.below(9), 1 + person.below(30), views, person.below(40), person.below(90),
      person.below(900) + news);
}

struct Appearance {
  std::uint64_t creator = 0;
  bool is_again = false;
};

/// Every tenth record is of somebody who was new on some page before. Nobody stands on a page twice.
Appearance appearance(int page, int position) {
  constexpr std::uint64_t kNewPerPage = kCreatorsPerPage / 10 * 9;
  const auto row = static_cast<std::uint64_t>(page - 1);
  const auto column = static_cast<std::uint64_t>(position);
  if (position % 10 < 9) return {row * kNewPerPage + column - column / 10, false};
  // The first page has nobody to repeat.
  if (page == 1) return {1'000'000'000 + column, false};
  return {Dice(row).below(row) * kNewPerPage + column / 10 * 9, true};
}

std::string uuid_of(std::uint64_t creator) {
  Dice dice(creator + 0x5EED);
  const auto high = dice.next();
  const auto low = dice.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU, high & 0xFFFU,
                     0x8000U | (low >> 50U), low & 0xFFFFFFFFFFFFULL);
}

std::string record(const Appearance& who, int page, int rank) {
  Dice person(who.creator);
  const auto id = uuid_of(who.creator);
  const auto given = person.pick(kGivenNames);
  const auto family = person.pick(kFamilyNames);
  const auto text = bio(person);
  const auto place = person.below(20) == 0 ? std::string("null") : fmt::format("\"{}\"", person.pick(kPlaces));
  const auto categories = list_of(person, kCategories, 3);
  const auto audiences = list_of(person, kAudiences, 2);
  const auto languages = list_of(person, kLanguages, 2);
  // One in twenty of those who come again is told another list of languages.
  Dice other(static_cast<std::uint64_t>(page) * 131U + who.creator);
  const bool moved = who.is_again && other.below(20) == 0;
  return fmt::format(
      R"({{"id":"{0}","name":"{1} {2}","bio":"{3}","location":{4},"avatar_url":"https://cdn.example/avatars/{0}.jpg",)"
      R"("content_categories":{5},"target_audiences":{6},"languages":{7},"platform":"linkedin","handle":"creator-{8}",)"
      R"("profile_url":"https://www.linkedin.com/in/creator-{8}/","metrics":{9},)"
      R"("updated_at":"2026-05-{10:02}T11:04:{11:02}Z","score":{12}.{13},"match_rank":{14},"is_enriched":{15}}})",
      id, given, family, text, place, categories, audiences, moved ? R"(["ja","en"])" : languages, who.creator,
      metrics(person, other, who.is_again ? static_cast<std::uint64_t>(page) : 0), 1 + other.below(28), other.below(60),
      other.below(100), 1 + other.below(9), rank, person.below(8) == 0 ? "true" : "false");
}

std::string page_text(int page) {
  std::string text = R"({"success":true,"data":{"creators":[)";
  for (int position = 0; position < kCreatorsPerPage; ++position) {
    if (position > 0) text += ',';
    text += record(appearance(page, position), page, (page - 1) * kCreatorsPerPage + position + 1);
  }
  return text.append(
      fmt::format(R"(]}},"meta":{{"request_id":"req_{:06}","search_mode":"balanced","has_more":true}}}})", page));
}

}  // namespace

std::filesystem::path Pages::file(int page) const { return folder / fmt::format("page-{:05}.json", page); }

std::string Pages::read(int page) const {
  std::ifstream input(file(page), std::ios::binary | std::ios::ate);
  std::string text(input ? static_cast<std::size_t>(input.tellg()) : 0, '\0');
  input.seekg(0);
  if (!input.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw std::runtime_error("cannot read " + file(page).string());
  }
  return text;
}

WallTime Pages::received_at(int page) { return WallTime{Milliseconds{1'780'272'000'000 + 1000LL * page}}; }

Pages write_pages(const std::filesystem::path& folder, int creators) {
  std::filesystem::create_directories(folder);
  Pages pages{folder, creators / kCreatorsPerPage};
  for (int page = 1; page <= pages.count; ++page) {
    std::ofstream output(pages.file(page), std::ios::binary);
    output << page_text(page);
    if (!output.flush()) throw std::runtime_error("cannot write " + pages.file(page).string());
  }
  return pages;
}

}  // namespace toksync::bench
