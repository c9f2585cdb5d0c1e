// Fish takes one line for each thing there is, with the condition under which it is offered.
#include <set>

#include <fmt/format.h>

#include "cli/completion.hpp"

namespace toksync::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// A function that prints the command given so far: "jobs list".
std::string find_command(const CommandView& program) {
  std::set<std::string> with_value;
  std::string paths, aliases;
  for (const auto* const command : all_commands(program)) {
    for (const auto& flag : command->flags) {
      if (!flag.type.empty()) with_value.insert(flag.name);
    }
    if (command->path.empty()) continue;
    paths += " " + quoted(command->path);
    for (const auto& alias : command->aliases) {
      aliases += fmt::format("            case {}\n                set path {}\n", alias, command->name);
    }
  }
  return fmt::format(R"(function __toksync_command
    set -l path
    set -l is_value 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case {}
                set is_value 1
                continue
        end
        switch (string join ' ' -- $path $word)
            case{}
                set -a path $word
{}        end
    end
    string join ' ' -- $path
end
)",
                     fmt::join(with_value, " "), paths, aliases);
}

std::string value_of(const std::string& type, const std::vector<std::string>& words) {
  if (!words.empty()) return fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(words, " "))));
  if (type == "FILE" || type == "PIPELINE") return " -r -F";
  if (type == "DIR") return " -x -a '(__fish_complete_directories)'";
  return type.empty() ? "" : " -x";
}

std::string lines_of(const CommandView& command) {
  const auto line = fmt::format("complete -c toksync -n 'test \"$(__toksync_command)\" = \"{}\"'", command.path);
  std::string text;
  for (const auto& below : command.commands) {
    text += fmt::format("{} -a {} -d {}\n", line, below.name, quoted(first_line(below.description)));
  }
  for (const auto& flag : command.flags) {
    // Those of the program go with every command.
    const bool is_common = command.path.empty() && !flag.variable.empty();
    text += fmt::format("{} -l {}{} -d {}\n", is_common ? "complete -c toksync" : line, flag.name.substr(2),
                        value_of(flag.type, flag.words), quoted(flag.description));
  }
  for (const auto& argument : command.arguments) {
    const auto offered = value_of(argument.name, argument.words);
    const auto values = offered.find(" -a ");
    if (offered == " -r -F") text += line + " -F\n";
    if (values != std::string::npos) text += line + offered.substr(values) + "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandView& program) {
  auto text = "# fish completion for toksync, made by: toksync completion fish\n" + find_command(program) +
              "\ncomplete -c toksync -f\n";
  for (const auto* const command : all_commands(program)) text += lines_of(*command);
  return text;
}

}  // namespace toksync::cli
