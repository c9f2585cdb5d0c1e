#include "api/json.hpp"

#include <charconv>
#include <cmath>

#include <simdjson.h>

namespace toksync::api {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kDeepest = 128;
constexpr std::uint32_t kNone = UINT32_MAX;
// A document that needed more does not leave its memory to the next.
constexpr std::size_t kLargestKept = std::size_t{4} * 1024 * 1024;

enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The grammar of a number; simdjson looks at the numbers that are asked for only.
bool is_number(std::string_view token) {
  const auto digits = [&token] {
    std::size_t count = 0;
    while (count < token.size() && token[count] >= '0' && token[count] <= '9') ++count;
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

// One node a value, in the order of the text; a container's first child follows it directly. simdjson reads no
// more than 4 GB, so that 32 bits are enough for places and sizes.
struct JsonNode {
  const char* name = nullptr;  // of the member that this value is
  const char* text = nullptr;  // a string's content
  std::uint32_t name_size = 0, text_size = 0;
  std::uint32_t raw_begin = 0, raw_size = 0;  // in the body
  std::uint32_t next = kNone;
  Kind kind = Kind::null;
  bool has_children = false;
};

// The views of the nodes point into `padded`, and into the parser for names and for strings with escapes.
struct JsonTree {
  std::string padded;  // the body, and the room behind it that simdjson asks for
  std::size_t size = 0;
  ondemand::parser parser;
  std::vector<JsonNode> nodes;

  [[nodiscard]] simdjson::error_code build(std::string_view body);
  [[nodiscard]] std::string_view raw(std::uint32_t node) const {
    return {padded.data() + nodes[node].raw_begin, nodes[node].raw_size};
  }
  [[nodiscard]] std::string_view text(std::uint32_t node) const { return {nodes[node].text, nodes[node].text_size}; }
  [[nodiscard]] std::string_view name(std::uint32_t node) const { return {nodes[node].name, nodes[node].name_size}; }

 private:
  using Error = simdjson::error_code;
  [[nodiscard]] Error add(ondemand::value value, std::string_view name, int depth);
  [[nodiscard]] Error fill_array(std::uint32_t self, ondemand::array& array, int depth);
  [[nodiscard]] Error fill_object(std::uint32_t self, ondemand::object& object, int depth);
  [[nodiscard]] Error fill_scalar(std::uint32_t self, ondemand::value& value, ondemand::json_type type);
  [[nodiscard]] Error fill_text(std::uint32_t self, ondemand::value& value);
  [[nodiscard]] Error fill_literal(std::uint32_t self);
  void link_child(std::uint32_t self, std::uint32_t& previous, std::uint32_t child);
  void close(std::uint32_t self, std::uint32_t last_child);
  void set_raw(std::uint32_t self, std::string_view raw);
  void set_text(std::uint32_t self, std::string_view text);
};

simdjson::error_code JsonTree::build(std::string_view body) {
  size = body.size();
  padded.assign(body).append(simdjson::SIMDJSON_PADDING, ' ');
  nodes.clear();
  ondemand::document document;
  if (const auto error = parser.iterate(padded.data(), size, padded.size()).get(document)) return error;
  nodes.push_back({});
  const auto whole = trimmed({padded.data(), size});
  set_raw(0, whole);
  ondemand::array array;
  ondemand::object object;
  if (whole.starts_with('[')) {
    if (const auto error = document.get_array().get(array)) return error;
    if (const auto error = fill_array(0, array, 0)) return error;
  } else {
    if (const auto error = document.get_object().get(object)) return error;
    if (const auto error = fill_object(0, object, 0)) return error;
  }
  return nodes[0].raw_size == whole.size() ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

simdjson::error_code JsonTree::add(ondemand::value value, std::string_view name, int depth) {
  if (depth > kDeepest) return simdjson::DEPTH_ERROR;
  const auto self = static_cast<std::uint32_t>(nodes.size());
  nodes.push_back({});
  nodes[self].name = name.data();
  nodes[self].name_size = static_cast<std::uint32_t>(name.size());
  set_raw(self, trimmed(value.raw_json_token()));
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
  if (type == ondemand::json_type::string) return fill_text(self, value);
  if (type == ondemand::json_type::number) {
    nodes[self].kind = Kind::number;
    return is_number(raw(self)) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
  }
  return fill_literal(self);
}

// Without an escape the content is what stands between the quotes; only escapes are checked and copied.
simdjson::error_code JsonTree::fill_text(std::uint32_t self, ondemand::value& value) {
  nodes[self].kind = Kind::text;
  const auto quoted = raw(self);
  if (quoted.size() >= 2 && quoted.back() == '"' && quoted.find('\\') == std::string_view::npos) {
    set_text(self, quoted.substr(1, quoted.size() - 2));
    return value.get_raw_json_string().error();
  }
  std::string_view text;
  const auto error = value.get_string().get(text);
  set_text(self, text);
  return error;
}

simdjson::error_code JsonTree::fill_literal(std::uint32_t self) {
  const auto token = raw(self);
  if (token == "null") return simdjson::SUCCESS;
  nodes[self].kind = Kind::boolean;
  return token == "true" || token == "false" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
}

void JsonTree::set_raw(std::uint32_t self, std::string_view raw) {
  nodes[self].raw_begin = raw.empty() ? 0 : static_cast<std::uint32_t>(raw.data() - padded.data());
  nodes[self].raw_size = static_cast<std::uint32_t>(raw.size());
}

void JsonTree::set_text(std::uint32_t self, std::string_view text) {
  nodes[self].text = text.data();
  nodes[self].text_size = static_cast<std::uint32_t>(text.size());
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
  const auto begin = nodes[self].raw_begin;
  auto bracket = last_child == kNone ? begin + 1 : nodes[last_child].raw_begin + nodes[last_child].raw_size;
  while (bracket + 1 < size && is_space(padded[bracket])) ++bracket;
  nodes[self].raw_size = bracket + 1 - begin;
}

bool JsonValue::is_known() const { return tree_ != nullptr && tree_->nodes[node_].kind != Kind::null; }
bool JsonValue::is_object() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::object; }
bool JsonValue::is_array() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::array; }
bool JsonValue::is_text() const { return tree_ != nullptr && tree_->nodes[node_].kind == Kind::text; }
std::string_view JsonValue::raw() const { return tree_ == nullptr ? std::string_view{} : tree_->raw(node_); }

JsonValue JsonValue::operator[](std::string_view name) const {
  if (!is_object() || !tree_->nodes[node_].has_children) return {};
  for (auto child = node_ + 1; child != kNone; child = tree_->nodes[child].next) {
    if (tree_->name(child) == name) return {*tree_, child};
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
    members.emplace_back(tree_->name(child), JsonValue(*tree_, child));
  }
  return members;
}

std::optional<std::string_view> JsonValue::token() const {
  if (tree_ == nullptr) return std::nullopt;
  const auto kind = tree_->nodes[node_].kind;
  if (kind == Kind::text) return tree_->text(node_);
  if (kind == Kind::number) return tree_->raw(node_);
  return std::nullopt;
}

OptionalText JsonValue::text() const {
  const auto token = this->token();
  return token ? OptionalText{*token} : std::nullopt;
}

OptionalNumber JsonValue::number() const {
  const auto token = this->token();
  return token ? to_number(trimmed(*token)) : std::nullopt;
}

OptionalCount JsonValue::count() const {
  const auto token = this->token();
  return token ? to_count(trimmed(*token)) : std::nullopt;
}

std::optional<bool> JsonValue::boolean() const {
  if (tree_ == nullptr) return std::nullopt;
  const bool is_text = tree_->nodes[node_].kind == Kind::text;
  const auto word = is_text ? trimmed(tree_->text(node_)) : tree_->raw(node_);
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

JsonMemory::JsonMemory() = default;
JsonMemory::~JsonMemory() = default;

std::unique_ptr<JsonTree> JsonMemory::take() {
  if (!spare_) return std::make_unique<JsonTree>();
  return std::move(spare_);
}

void JsonMemory::give_back(std::unique_ptr<JsonTree> tree) {
  if (tree->padded.capacity() <= kLargestKept && tree->nodes.capacity() * sizeof(JsonNode) <= kLargestKept) {
    spare_ = std::move(tree);
  }
}

JsonDocument::JsonDocument(std::unique_ptr<JsonTree> tree, JsonMemory* memory)
    : tree_(std::move(tree)), memory_(memory) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() {
  if (memory_ != nullptr && tree_) memory_->give_back(std::move(tree_));
}

JsonValue JsonDocument::root() const { return {*tree_, 0}; }

Expected<JsonDocument> JsonDocument::parse(std::string_view body, JsonMemory* memory) {
  auto tree = memory != nullptr ? memory->take() : std::make_unique<JsonTree>();
  auto error = tree->build(body);
  if (error != simdjson::SUCCESS && error != simdjson::DEPTH_ERROR) error = tree->build(mended_json(body));
  if (error != simdjson::SUCCESS) return unexpected(ErrorKind::internal, "read JSON", simdjson::error_message(error));
  return JsonDocument(std::move(tree), memory);
}

}  // namespace toksync::api
