#include "report/relations.hpp"

namespace toksync::report {
namespace {

using Json = nlohmann::ordered_json;

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const auto& value) const { return value; }
};

Json to_json(const store::Relation& relation) {
  auto rows = Json::array();
  for (const auto& row : relation.rows) {
    auto& values = rows.emplace_back(Json::array());
    for (const auto& value : row) values.push_back(std::visit(ToJson{}, value));
  }
  return {{"columns", relation.columns}, {"rows", std::move(rows)}};
}

}  // namespace

nlohmann::ordered_json to_json(const store::NamedRelations& relations) {
  auto document = Json::object();
  for (const auto& [name, relation] : relations) document[name] = to_json(relation);
  return document;
}

}  // namespace toksync::report
