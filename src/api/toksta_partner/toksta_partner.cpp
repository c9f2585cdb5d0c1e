#include "api/toksta_partner/toksta_partner.hpp"

#include "api/toksta/envelope.hpp"
#include "api/toksta/prices.hpp"
#include "api/toksta_partner/decode.hpp"
#include "api/toksta_partner/requests.hpp"

namespace toksync::api::toksta_partner {
namespace {

// Typical prices; each partner has its own, which `[prices]` of the pipeline tells. The contract names one price for
// content match and one for audience match: that these do not depend on posts and depth is an assumption.
PriceTable typical_prices() {
  PriceTable prices;
  for (const auto item : {PriceItem::enrich, PriceItem::content_match_10, PriceItem::content_match_20,
                          PriceItem::content_match_30, PriceItem::audience_match_quick_scan,
                          PriceItem::audience_match_deep_dive, PriceItem::audience_match_comprehensive}) {
    prices.set(item, 2);
  }
  prices.set(PriceItem::creator_search, 0);
  prices.set(PriceItem::discovery_search, 0);
  prices.set(PriceItem::thought_leaders_broad, 2);
  prices.set(PriceItem::thought_leaders_balanced, 3);
  prices.set(PriceItem::thought_leaders_strict, 4);
  return prices;
}

class TokstaPartnerProvider final : public toksta::EnvelopeProvider {
 public:
  using EnvelopeProvider::EnvelopeProvider;

  [[nodiscard]] std::string_view name() const override { return "toksta-partner"; }

  // A job's document is not held back until the job has ended: the contract tells of no wait there.
  [[nodiscard]] Ways ways() const override {
    return {.reads_by_start = true, .finds_by_creator = false, .longest_hold = Seconds{0}};
  }

  [[nodiscard]] tl::expected<StoredRecord, std::string> decode_record(RecordKind kind,
                                                                      std::string_view raw_json) const override {
    return toksta_partner::decode_record(kind, raw_json);
  }

  [[nodiscard]] PriceTable prices() const override { return typical_prices(); }

  // The keys of the operations are taken to be those of v1.
  [[nodiscard]] std::optional<StageName> family_of_operation(std::string_view operation) const override {
    return toksta::family_of_operation(operation);
  }

 private:
  [[nodiscard]] toksta::Message message_of(const Call& call) const override {
    return toksta_partner::message_for(call);
  }
  [[nodiscard]] toksta::Decoded payload_of_content(const Call& call, const toksta::Content& content) const override {
    return toksta_partner::decode_content(call, content);
  }
  [[nodiscard]] std::optional<Payload> nothing_found(const Call& call) const override { return no_such_job(call); }
};

}  // namespace

std::unique_ptr<Provider> make_toksta_partner_provider(ProviderOptions options) {
  return std::make_unique<TokstaPartnerProvider>(std::move(options));
}

}  // namespace toksync::api::toksta_partner
