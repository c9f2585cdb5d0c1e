// The command line as plain values, read off the parser itself, so that what is told about commands and flags elsewhere
// cannot differ from what is parsed. Used for shell completion and the manual page.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace toksync::cli {

struct FlagView {
  std::string name;                ///< "--db"
  std::string type;                ///< "FILE"; empty: takes no value
  std::vector<std::string> words;  ///< when not empty, the only values
  std::string description, variable;
  bool may_repeat = false;
};

struct ArgumentView {
  std::string name;  ///< "PIPELINE"
  std::string description;
  std::vector<std::string> words;
  bool is_required = false, may_repeat = false;
};

struct CommandView {
  std::string path;  ///< "jobs list"; empty for the program itself
  std::string name;
  std::vector<std::string> aliases;
  std::string group, description, footer;
  std::vector<FlagView> flags;  ///< its own; those of the program go with every command
  std::vector<ArgumentView> arguments;
  std::vector<CommandView> commands;
};

[[nodiscard]] CommandView view_of(CLI::App& app);

/// The command and all below it, the command first.
[[nodiscard]] std::vector<const CommandView*> all_commands(const CommandView& command);

/// The words that a check allows, as its name carries them, and back.
[[nodiscard]] std::string joined_words(const std::vector<std::string>& words);
[[nodiscard]] std::vector<std::string> split_words(const std::string& joined);

}  // namespace toksync::cli
