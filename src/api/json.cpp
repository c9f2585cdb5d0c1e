#include "api/json.hpp"

#include <charconv>
#include <cmath>

#include <simdjson.h>

namespace toksync::api {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kDeepest = 128;
constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::string_view kSpace = " \t\r\n";

enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The grammar of a number; simdjson looks at the numbers that are asked for only.
bool is_number(std::string_view token) {
  const auto digits = [&token] {
    const auto count = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(count);
    return count;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  const bool has_leading_zero = token.starts_with('0');
  const auto whole = digits();
  if (whole == 0 || (has_leading_zero && whole > 1)) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return token.empty();
}

OptionalNumber to_number(std::string_view token) {
  double value = 0;
  const auto* const end = token.data() + token.size();
  const auto [rest, problem] = std::from_chars(token.data(), end, value);
  if (problem != std::errc{} || rest != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

OptionalCount to_count(std::string_view token) {
  std::int64_t whole = 0;
  const auto* const end = token.data() + token.size();
  const auto [rest, problem] = std::from_chars(token.data(), end, whole);
  if (problem == std::errc{} && rest == end) return whole;
  const auto number = to_number(token);
  if (!number || std::fabs(*number) >= 9.2e18) return std::nullopt;
  return std::llround(*number);
}

}  // namespace

// One node a value, in the order of the text; a container's first child follows it directly.
struct JsonNode {
  Kind kind = Kind::null;
  std::uint32_t next = kNone;
  bool has_children = false;
  std::string_view name;  // of the member that this value is
  std::string_view raw;
  std::string_view text;  // a string's content
};

// The views of the nodes point into `body`, and into the parser for the contents of strings.
struct JsonTree {
  simdjson::padded_string body;
  ondemand::parser parser;
  std::vector<JsonNode> nodes;

  [[nodiscard]] simdjson::error_code build();

 private:
  using Error = simdjson::error_code;
  [[nodiscard]] Error add(ondemand::value value, std::string_view name, int depth);
  [[nodiscard]] Error fill_array(std::uint32_t self, ondemand::array& array, int depth);
  [[nodiscard]] Error fill_object(std::uint32_t self, ondemand::object& object, int depth);
  [[nodiscard]] Error fill_scalar(std::uint32_t self, ondemand::value& value, ondemand::json_type type);
  [[nodiscard]] Error fill_literal(std::uint32_t self);
  void link_child(std::uint32_t self, std::uint32_t& previous, std::uint32_t child);
  void close(std::uint32_t self, std::uint32_t last_child);
};

simdjson::error_code JsonTree::build() {
  nodes.clear();
  ondemand::document document;
  if (const auto error = parser.iterate(body).get(document)) return error;
  nodes.push_back({});
  nodes[0].raw = trimmed({body.data(), body.size()});
  const auto whole = nodes[0].raw;
  ondemand::array array;
  ondemand::object object;
  if (whole.starts_with('[')) {
    if (const auto error = document.get_array().get(array)) return error;
    if (const auto error = fill_array(0, array, 0)) return error;
  } else {
    if (const auto error = document.get_object().get(object)) return error;
    if (const auto error = fill_object(0, object, 0)) return error;
  }
  return nodes[0].raw.size() == whole.size() ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

simdjson::error_code JsonTree::add(ondemand::value value, std::string_view name, int depth) {
  if (depth > kDeepest) return simdjson::DEPTH_ERROR;
  const auto self = static_cast<std::uint32_t>(nodes.size());
  nodes.push_back({});
  nodes[self].name = name;
  nodes[self].raw = trimmed(value.raw_json_token());
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    const auto error = value.get_array().get(array);
    return error != simdjson::SUCCESS ? error : fill_array(self, array, depth);
  }
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    const auto error = value.get_object().get(object);
    return error != simdjson::SUCCESS ? error : fill_object(self, object, depth);
  }
  return fill_scalar(self, value, type);
}

simdjson::error_code JsonTree::fill_array(std::uint32_t self, ondemand::array& array, int depth) {
  nodes[self].kind = Kind::array;
  std::uint32_t last = kNone;
  for (auto element : array) {
    ondemand::value child;
    if (const auto error = element.get(child)) return error;
    const auto index = static_cast<std::uint32_t>(nodes.size());
    if (const auto error = add(child, {}, depth + 1)) return error;
    link_child(self, last, index);
  }
  close(self, last);
  return simdjson::SUCCESS;
}

simdjson::error_code JsonTree::fill_object(std::uint32_t self, ondemand::object& object, int depth) {
  nodes[self].kind = Kind::object;
  std::uint32_t last = kNone;
  for (auto element : object) {
    ondemand::field field;
    if (const auto error = std::move(element).get(field)) return error;
    std::string_view name;
    if (const auto error = field.unescaped_key().get(name)) return error;
    const auto index = static_cast<std::uint32_t>(nodes.size());
    if (const auto error = add(field.value(), name, depth + 1)) return error;
    link_child(self, last, index);
  }
  close(self, last);
  return simdjson::SUCCESS;
}

simdjson::error_code JsonTree::fill_scalar(std::uint32_t self, ondemand::value& value, ondemand::json_type type) {
  if (type == ondemand::json_type::string) {
    nodes[self].kind = Kind::text;
    return value.get_string().get(nodes[self].text);
  }
  if (type == ondemand::json_type::number) {
    nodes[self].kind = Kind::number;
    return is_number(nodes[self].raw) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
  }
  return fill_literal(self);
}

simdjson::error_code JsonTree::fill_literal(std::uint32_t self) {
  const auto token = nodes[self].raw;
  if (token == "null") return simdjson::SUCCESS;
  nodes[self].kind = Kind::boolean;
  return token == "true" || token == "false" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
}

void JsonTree::link_child(std::uint32_t self, std::uint32_t& previous, std::uint32_t child) {
  if (previous == kNone) {
    nodes[self].has_children = true;
  } else {
    nodes[previous].next = child;
  }
  previous = child;
}

// Between the last child, or the opening bracket, and the closing one stands nothing but white space.
void JsonTree::close(std::uint32_t self, std::uint32_t last_child) {
  const auto* const begin = nodes[self].raw.data();
  const auto* const inner_end =
      last_child == kNone ? begin + 1 : nodes[last_child].raw.data() + nodes[last_child].raw.size();
  const std::string_view rest(inner_end, static_cast<std::size_t>(body.data() + body.size() - inner_end));
  const auto bracket = rest.find_first_not_of(kSpace);
  nodes[self].raw = {begin, static_cast<std::size_t>(inner_end - begin) + bracket + 1};
}

bool JsonValue::is_known() const { return tree_ != nullptr && tree_->nodes[node_].kind != Kind::null; }
bool JsonValue::is_object() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::object; }
bool JsonValue::is_array() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::array; }
bool JsonValue::is_text() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::text; }
std::string_view JsonValue::raw() const { return tree_ == nullptr ? std::string_view{} : tree_->nodes[node_].raw; }

JsonValue JsonValue::operator[](std::string_view name) const {
  if (!is_object() || !tree_->nodes[node_].has_children) return {};
  for (auto child = node_ + 1; child != kNone; child = tree_->nodes[child].next) {
    if (tree_->nodes[child].name == name) return {*tree_, child};
  }
  return {};
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> items;
  if (!is_array() || !tree_->nodes[node_].has_children) return items;
  for (auto child = node_ + 1; child != kNone; child = tree_->nodes[child].next) items.emplace_back(*tree_, child);
  return items;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::members() const {
  std::vector<std::pair<std::string_view, JsonValue>> members;
  if (!is_object() || !tree_->nodes[node_].has_children) return members;
  for (auto child = node_ + 1; child != kNone; child = tree_->nodes[child].next) {
    members.emplace_back(tree_->nodes[child].name, JsonValue(*tree_, child));
  }
  return members;
}

OptionalText JsonValue::text() const {
  if (tree_ == nullptr) return std::nullopt;
  const auto& node = tree_->nodes[node_];
  if (node.kind == Kind::text) return std::string(node.text);
  if (node.kind == Kind::number) return std::string(node.raw);
  return std::nullopt;
}

OptionalNumber JsonValue::number() const {
  const auto token = text();
  return token ? to_number(trimmed(*token)) : std::nullopt;
}

OptionalCount JsonValue::count() const {
  const auto token = text();
  return token ? to_count(trimmed(*token)) : std::nullopt;
}

std::optional<bool> JsonValue::boolean() const {
  if (tree_ == nullptr) return std::nullopt;
  const auto& node = tree_->nodes[node_];
  const auto word = node.kind == Kind::text ? trimmed(node.text) : node.raw;
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

JsonDocument::JsonDocument(std::unique_ptr<const JsonTree> tree) : tree_(std::move(tree)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonValue JsonDocument::root() const { return {*tree_, 0}; }

Expected<JsonDocument> JsonDocument::parse(std::string_view body) {
  auto tree = std::make_unique<JsonTree>();
  tree->body = simdjson::padded_string(body);
  auto error = tree->build();
  if (error != simdjson::SUCCESS && error != simdjson::DEPTH_ERROR) {
    tree->body = simdjson::padded_string(mended_json(body));
    error = tree->build();
  }
  if (error != simdjson::SUCCESS) return unexpected(ErrorKind::internal, "read JSON", simdjson::error_message(error));
  return JsonDocument(std::move(tree));
}

}  // namespace toksync::api
