// Zsh has one function for each command, which describes its flags and arguments to _arguments.
#include <algorithm>

#include <fmt/format.h>

#include "cli/completion.hpp"

namespace toksync::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// For what stands between single quotes and, in _arguments and _describe, before or between marks of theirs.
std::string escaped(std::string_view text, std::string_view marks) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == '\\' || marks.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string function_of(const CommandView& command) {
  auto name = command.path.empty() ? std::string{"_toksync"} : "_toksync_" + command.path;
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string action(const std::string& type, const std::vector<std::string>& words) {
  if (!words.empty()) return fmt::format("({})", fmt::join(words, " "));
  if (type == "PIPELINE") return "_files -g \"*.toml(-.)\"";
  if (type == "FILE") return "_files";
  if (type == "DIR") return "_files -/";
  return " ";
}

std::string flag_spec(const FlagView& flag) {
  const auto* const repeats = flag.may_repeat ? "*" : "";
  const auto description = escaped(flag.description, "[]");
  if (flag.type.empty()) return fmt::format("    '{}{}[{}]' \\\n", repeats, flag.name, description);
  return fmt::format("    '{}{}=[{}]:{}:{}' \\\n", repeats, flag.name, description, escaped(flag.type, ":"),
                     action(flag.type, flag.words));
}

std::string flag_specs(const CommandView& program, const CommandView& command) {
  std::string text;
  for (const auto& flag : command.flags) text += flag_spec(flag);
  for (const auto& flag : program.flags) {
    if (&program != &command && !flag.variable.empty()) text += flag_spec(flag);
  }
  return text;
}

std::string leaf(const CommandView& program, const CommandView& command) {
  auto text = fmt::format("{}() {{\n  _arguments -S \\\n{}", function_of(command), flag_specs(program, command));
  for (const auto& argument : command.arguments) {
    text += fmt::format("    '{}:{}:{}' \\\n", argument.may_repeat ? "*" : (argument.is_required ? "1" : ":"),
                        escaped(argument.name, ":"), action(argument.name, argument.words));
  }
  return text + "    && return\n}\n\n";
}

std::string branch(const CommandView& program, const CommandView& command) {
  const auto name = function_of(command);
  auto text = fmt::format("{}() {{\n  local curcontext=$curcontext state line\n  local -a commands=(\n", name);
  for (const auto& below : command.commands) {
    text += fmt::format("    '{}:{}'\n", below.name, escaped(first_line(below.description), ":"));
  }
  text += fmt::format(
      "  )\n  _arguments -C -S \\\n{}    '(-)1:command:->command' \\\n    '(-)*::argument:->argument' && return\n"
      "  case $state in\n    command) _describe command commands ;;\n    argument)\n"
      "      case $words[1] in\n",
      flag_specs(program, command));
  for (const auto& below : command.commands) {
    auto names = below.name;
    for (const auto& alias : below.aliases) names += "|" + alias;
    text += fmt::format("        {}) {} ;;\n", names, function_of(below));
  }
  return text + "      esac ;;\n  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandView& program) {
  std::string text = "#compdef toksync\n# zsh completion for toksync, made by: toksync completion zsh\n\n";
  for (const auto* const command : all_commands(program)) {
    text += command->commands.empty() ? leaf(program, *command) : branch(program, *command);
  }
  // Found in fpath, the file is the function's body; otherwise it is sourced.
  return text + "if [[ $funcstack[1] == _toksync ]]; then\n  _toksync \"$@\"\nelse\n  compdef _toksync toksync\nfi\n";
}

}  // namespace toksync::cli
