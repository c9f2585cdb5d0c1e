// Bash asks one function, which finds out where in the command line it is.
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/completion.hpp"

namespace toksync::cli {
namespace {

constexpr std::string_view kHead = R"(# bash completion for toksync, made by: toksync completion bash
_toksync() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=toksync i
  # "--flag=value" arrives as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
)";

std::string quoted(const std::string& path) { return path.empty() ? "toksync" : fmt::format("\"toksync {}\"", path); }

std::string offer(const std::vector<std::string>& words) {
  return fmt::format(R"(mapfile -t COMPREPLY < <(compgen -W "{}" -- "$word"))", fmt::join(words, " "));
}

/// What completes a value or an argument of that type; empty when nothing can be known.
std::string completer(const std::string& type, const std::vector<std::string>& words) {
  if (!words.empty()) return offer(words);
  if (type == "FILE" || type == "PIPELINE") {
    return R"(compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"))";
  }
  if (type == "DIR") {
    return R"(compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word"))";
  }
  return "";
}

/// Flags with a value, by what completes it.
std::map<std::string, std::set<std::string>> flags_by_completer(const CommandView& program) {
  std::map<std::string, std::set<std::string>> flags;
  for (const auto* const command : all_commands(program)) {
    for (const auto& flag : command->flags) {
      if (!flag.type.empty()) flags[completer(flag.type, flag.words)].insert(flag.name);
    }
  }
  return flags;
}

std::string find_command(const CommandView& program) {
  std::set<std::string> with_value;
  for (const auto& [_, names] : flags_by_completer(program)) with_value.insert(names.begin(), names.end());
  auto text = fmt::format(
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${{COMP_WORDS[i]}} in\n      {})\n"
      "        [[ ${{COMP_WORDS[i + 1]}} != = ]] || ((i++))\n        ((i++))\n        continue ;;\n"
      "    esac\n    case \"$command ${{COMP_WORDS[i]}}\" in\n",
      fmt::join(with_value, " | "));
  for (const auto* const command : all_commands(program)) {
    if (command->path.empty()) continue;
    auto names = quoted(command->path);
    const auto parent = command->path.substr(0, command->path.size() - command->name.size());
    for (const auto& alias : command->aliases) names += " | " + quoted(parent + alias);
    text += fmt::format("      {}) command={} ;;\n", names, quoted(command->path));
  }
  return text + "    esac\n  done\n";
}

std::string complete_values(const CommandView& program) {
  std::string text = "  case $previous in\n";
  for (const auto& [use, flags] : flags_by_completer(program)) {
    text += fmt::format("    {})\n", fmt::join(flags, " | "));
    text += use.empty() ? "      return ;;\n" : fmt::format("      {}\n      return ;;\n", use);
  }
  return text + "  esac\n";
}

std::vector<std::string> flag_names(const CommandView& program, const CommandView& command) {
  std::vector<std::string> names;
  for (const auto& flag : command.flags) names.push_back(flag.name);
  for (const auto& flag : program.flags) {
    if (&program != &command && !flag.variable.empty()) names.push_back(flag.name);
  }
  return names;
}

std::string complete_flags(const CommandView& program) {
  std::string text = "  if [[ $word == -* ]]; then\n    case $command in\n";
  for (const auto* const command : all_commands(program)) {
    text += fmt::format("      {}) {} ;;\n", quoted(command->path), offer(flag_names(program, *command)));
  }
  return text + "    esac\n    return\n  fi\n";
}

std::string complete_words(const CommandView& program) {
  std::string text = "  case $command in\n";
  for (const auto* const command : all_commands(program)) {
    std::vector<std::string> names;
    for (const auto& below : command->commands) names.push_back(below.name);
    std::string use;
    if (!names.empty()) use = offer(names);
    if (use.empty() && !command->arguments.empty()) {
      use = completer(command->arguments.front().name, command->arguments.front().words);
    }
    if (!use.empty()) text += fmt::format("    {}) {} ;;\n", quoted(command->path), use);
  }
  return text + "  esac\n";
}

}  // namespace

std::string bash_completion(const CommandView& program) {
  return std::string{kHead} + find_command(program) + complete_values(program) + complete_flags(program) +
         complete_words(program) + "}\ncomplete -F _toksync toksync\n";
}

}  // namespace toksync::cli
