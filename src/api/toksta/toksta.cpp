#include "api/toksta/toksta.hpp"

#include <utility>

#include "api/toksta/envelope.hpp"
#include "api/toksta/prices.hpp"

namespace toksync::api::toksta {
namespace {

class TokstaProvider final : public EnvelopeProvider {
 public:
  using EnvelopeProvider::EnvelopeProvider;

  [[nodiscard]] std::string_view name() const override { return "toksta"; }

  [[nodiscard]] tl::expected<StoredRecord, std::string> decode_record(RecordKind kind,
                                                                      std::string_view raw_json) const override {
    return toksta::decode_record(kind, raw_json);
  }

  [[nodiscard]] PriceTable prices() const override { return published_prices(); }

  [[nodiscard]] std::optional<StageName> family_of_operation(std::string_view operation) const override {
    return toksta::family_of_operation(operation);
  }

 private:
  [[nodiscard]] Message message_of(const Call& call) const override { return message_for(call); }
  [[nodiscard]] Decoded payload_of_content(const Call& call, const Content& content) const override {
    return decode_content(call, content);
  }
};

}  // namespace

std::unique_ptr<Provider> make_toksta_provider(ProviderOptions options) {
  return std::make_unique<TokstaProvider>(std::move(options));
}

}  // namespace toksync::api::toksta
