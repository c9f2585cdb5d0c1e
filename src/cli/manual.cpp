#include "cli/manual.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/exit_codes.hpp"
#include "pipeline/format.hpp"

namespace toksync::cli {
namespace {

constexpr std::string_view kDescription =
    R"(toksync reads a pipeline file, searches for creators through a credit-metered API, buys profiles and analyses of the
ones that the file selects, and puts everything into one SQLite database.
It can be stopped anywhere and goes on where it was.
Nothing is paid for twice, and no budget of the file is passed.)";

constexpr std::string_view kFiles = R"(.TP
.I pipeline.toml
What to look for, what to buy and what it may cost; described in
.BR toksync\-pipeline (5).
.TP
.I toksync.db
The database, readable with
.BR sqlite3 (1)
also while a run writes.
.TP
.I toksync.db.lock
Is locked while something writes. It may stay.
.TP
.I /etc/toksync/NAME.toml
What
.I toksync@NAME.timer
runs every night, with the key in
.IR /etc/toksync/NAME.key .
)";

/// Text for a page: no line of it is taken for a request, no character for an escape.
std::string text(std::string_view words) {
  std::string out;
  bool starts_line = true;
  for (const char c : words) {
    if (starts_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '^' || c == '~' || c == '`') {
      out += c == '^' ? "\\(ha" : (c == '~' ? "\\(ti" : "\\(ga");
    } else {
      out += c;
    }
    starts_line = c == '\n';
  }
  return out;
}

std::string as_it_is(std::string_view words) { return fmt::format(".PP\n.nf\n{}\n.fi\n", text(words)); }

std::string flags(const std::vector<FlagView>& all) {
  std::string out;
  for (const auto& flag : all) {
    if (flag.name == "--help") continue;
    const auto value = flag.type.empty() ? std::string{} : fmt::format(" \\fI{}\\fR", text(flag.type));
    out += fmt::format(".TP\n\\fB{}\\fR{}\n{}", text(flag.name), value, text(flag.description));
    out += flag.variable.empty() ? "\n" : fmt::format(" [{}]\n", text(flag.variable));
  }
  return out;
}

/// What follows flags in --help, without the exit codes, which the page tells once.
std::string footer(const std::string& words) {
  const auto end = words.find("\n\nExit codes:");
  const auto kept = words.substr(0, end);
  return kept.empty() ? kept : as_it_is(kept);
}

std::string exit_codes_of(const std::string& words) {
  const auto begin = words.find("Exit codes:\n");
  if (begin == std::string::npos) return {};
  std::string codes;
  for (const auto& [code, meaning] : kExitCodes) {
    if (words.find(fmt::format("\n  {:<4} {}", code, meaning), begin) == std::string::npos) continue;
    codes += fmt::format("{}{}", codes.empty() ? "" : ", ", code);
  }
  return fmt::format(".PP\nExit codes: {}.\n", codes);
}

std::string command_section(const CommandView& command) {
  auto usage = fmt::format("\\fBtoksync {}\\fR", text(command.path));
  if (!command.commands.empty()) return {};
  for (const auto& argument : command.arguments) {
    const auto name = fmt::format("\\fI{}\\fR{}", text(argument.name), argument.may_repeat ? "..." : "");
    usage += argument.is_required ? " " + name : fmt::format(" [{}]", name);
  }
  auto out = fmt::format(".SS {} [\\fIFLAGS\\fR]\n{}.\n", usage, text(command.description));
  for (const auto& argument : command.arguments) {
    out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", text(argument.name), text(argument.description));
  }
  return out + flags(command.flags) + footer(command.footer) + exit_codes_of(command.footer);
}

std::string heading(std::string_view name, int section, std::string_view what) {
  return fmt::format(".TH {} {} \"\" \"toksync {}\" \"{}\"\n.SH NAME\n", text(name), section, TOKSYNC_VERSION, what);
}

// --- toksync-pipeline(5) ---

std::string key_entry(const pipeline::KeySpec& spec) {
  const auto name = spec.key == "*" ? "NAME" : std::string{spec.key};
  auto out = fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", text(name), spec.required ? " (required)" : "", text(spec.meaning));
  if (spec.kind != pipeline::Kind::table || spec.key == "*") {
    out += fmt::format("Allowed: {}.\n", text(pipeline::allowed_values(spec)));
  }
  if (!spec.fallback.empty()) out += fmt::format("Default: {}.\n", text(spec.fallback));
  if (!spec.same_as.empty()) out += fmt::format("Its keys are those of [{}].\n", text(spec.same_as));
  if (!spec.search_kind.empty()) out += fmt::format("Only with kind = \"{}\".\n", text(spec.search_kind));
  return out;
}

std::string tables() {
  std::string out;
  std::string_view table = "\n";
  for (const auto& spec : pipeline::pipeline_format()) {
    if (spec.table != table) {
      auto name = std::string{spec.table};
      if (const auto star = name.find('*'); star != std::string::npos) name.replace(star, 1, "NAME");
      out += name.empty() ? ".SS At the top of the file\n" : fmt::format(".SS [{}]\n", text(name));
    }
    table = spec.table;
    out += key_entry(spec);
  }
  return out;
}

}  // namespace

std::string manual_page(const CommandView& program) {
  auto out = heading("TOKSYNC", 1, "User Commands") +
             "toksync \\- sync creator data from credit\\-metered APIs into SQLite\n" +
             ".SH SYNOPSIS\n\\fBtoksync\\fR \\fICOMMAND\\fR [\\fIFLAGS\\fR]\n.SH DESCRIPTION\n" + text(kDescription) +
             "\n.SH COMMANDS\n";
  for (const auto* const command : all_commands(program)) {
    if (!command->path.empty()) out += command_section(*command);
  }
  out += ".SH FLAGS OF EVERY COMMAND\n" + flags(program.flags);
  out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes) out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", code, text(meaning));
  out +=
      ".SH ENVIRONMENT\nEach flag can be set by the variable that its description names; a flag wins over its "
      "variable, the variable over the pipeline file.\n.TP\n\\fBTOKSTA_API_KEY\\fR\nThe API key, unless the pipeline "
      "names another variable or a file.\n.TP\n\\fBNO_COLOR\\fR\nNo colours, even on a terminal.\n";
  return out + ".SH FILES\n" + std::string{kFiles} +
         ".SH SEE ALSO\n.BR toksync\\-pipeline (5),\n.BR sqlite3 (1),\n.BR systemd.timer (5)\n";
}

std::string pipeline_manual_page() {
  return heading("TOKSYNC-PIPELINE", 5, "File Formats") +
         "toksync\\-pipeline \\- what toksync is to look for, buy and spend\n" +
         ".SH DESCRIPTION\nA pipeline file is TOML. An unknown key, a wrong type or a value out of range is an error "
         "that "
         "names its line and column; \\fBtoksync check\\fR tells all of them at once. Durations are an integer with s, "
         "m, "
         "h or d. ${NAME} inside a text is the environment variable NAME, $$ is a single $. An API key never stands in "
         "the file.\n.SH TABLES AND KEYS\n" +
         tables() + ".SH SEE ALSO\n.BR toksync (1)\n";
}

}  // namespace toksync::cli
