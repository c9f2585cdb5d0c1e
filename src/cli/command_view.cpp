#include "cli/command_view.hpp"

#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace toksync::cli {
namespace {

/// Those of a check that one_of made; a check without a name lists none.
std::vector<std::string> words_of(CLI::Option& option) {
  try {
    return split_words(option.get_validator(0)->get_name());
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

bool takes_many(const CLI::Option& option) { return option.get_expected_max() > 1; }

FlagView flag_view(CLI::Option& option) {
  return {.name = "--" + option.get_lnames().front(),
          .type = option.get_type_size() == 0 ? "" : option.get_type_name(),
          .words = words_of(option),
          .description = option.get_description(),
          .variable = option.get_envname(),
          .may_repeat = takes_many(option)};
}

ArgumentView argument_view(CLI::Option& option) {
  return {.name = option.get_name(true),
          .description = option.get_description(),
          .words = words_of(option),
          .is_required = option.get_required(),
          .may_repeat = takes_many(option)};
}

CommandView view_below(CLI::App& app, const std::string& path) {
  CommandView view{.path = path,
                   .name = app.get_name(),
                   .aliases = app.get_aliases(),
                   .group = app.get_group(),
                   .description = app.get_description(),
                   .footer = app.get_footer()};
  for (auto* const option : app.get_options([](CLI::Option*) { return true; })) {
    if (option->nonpositional()) {
      view.flags.push_back(flag_view(*option));
    } else {
      view.arguments.push_back(argument_view(*option));
    }
  }
  for (auto* const command : app.get_subcommands([](CLI::App*) { return true; })) {
    // Without a group it is no command for people.
    if (command->get_group().empty()) continue;
    view.commands.push_back(
        view_below(*command, path.empty() ? command->get_name() : path + " " + command->get_name()));
  }
  return view;
}

}  // namespace

CommandView view_of(CLI::App& app) { return view_below(app, ""); }

std::vector<const CommandView*> all_commands(const CommandView& command) {
  std::vector<const CommandView*> all{&command};
  for (const auto& below : command.commands) {
    for (const auto* const one : all_commands(below)) all.push_back(one);
  }
  return all;
}

std::string joined_words(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, "|")); }

std::vector<std::string> split_words(const std::string& joined) {
  std::vector<std::string> words;
  std::istringstream stream{joined};
  for (std::string word; std::getline(stream, word, '|');) words.push_back(word);
  return words;
}

}  // namespace toksync::cli
