#include "cli/help_formatter.hpp"

#include <string>

#include <fmt/format.h>

namespace toksync::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string describe_commands(const CLI::App* app) {
  std::string out;
  std::string group;
  for (const auto* const command : app->get_subcommands({})) {
    if (command->get_group() != group) {
      group = command->get_group();
      out += fmt::format("\n{}:\n", group);
    }
    out += fmt::format("  {:<10} {}\n", command->get_name(), first_line(command->get_description()));
  }
  return out;
}

const CLI::App* top_of(const CLI::App* app) {
  while (app->get_parent() != nullptr) app = app->get_parent();
  return app;
}

/// Description, usage, commands, arguments, flags, flags of every command, then examples and exit codes.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(28);
    label("Positionals", "Arguments");
  }

  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode /*mode*/) const override {
    const auto* const top = top_of(app);
    const auto is_flag = [](const CLI::Option* option) { return option->nonpositional(); };
    const auto is_common = [&](const CLI::Option* option) {
      return is_flag(option) && (app == top || option->check_lname("db") || !option->get_envname().empty());
    };
    auto out = app->get_description() + "\n\n" + make_usage(app, std::move(name)) + describe_commands(app);
    out += make_positionals(app);
    if (app != top) out += make_group("Flags", false, app->get_options(is_flag));
    out += make_group(app == top ? "Flags" : "Flags of every command", false, top->get_options(is_common));
    return out + "\n" + make_footer(app);
  }

  [[nodiscard]] std::string make_usage(const CLI::App* app, std::string name) const override {
    auto usage = fmt::format("Usage: {}{} [FLAGS]", name, app->get_subcommands({}).empty() ? "" : " COMMAND");
    for (const auto* const option : app->get_options([](const CLI::Option* one) { return one->get_positional(); })) {
      usage += " " + make_option_usage(option);
    }
    return usage + "\n";
  }

  [[nodiscard]] std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    const auto name = CLI::Formatter::make_option_name(option, is_positional);
    return name == "-h,--help" ? "-h, --help" : name;
  }

  [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override {
    const bool takes_value = option->get_type_size() != 0 && option->nonpositional();
    return takes_value ? " " + option->get_type_name() : std::string{};
  }

  [[nodiscard]] std::string make_option_desc(const CLI::Option* option) const override {
    if (option->get_envname().empty()) return option->get_description();
    return fmt::format("{} [{}]", option->get_description(), option->get_envname());
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> make_help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace toksync::cli
