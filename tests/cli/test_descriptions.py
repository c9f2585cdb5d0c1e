#!/usr/bin/env python3
"""Tries what toksync writes about its own command line: completion in the real shells, and the manual pages.

  tests/cli/test_descriptions.py FOLDER     FOLDER holds toksync; exit code 1 when something is wrong

Bash is asked by calling the function that it would call, fish by its own `complete -C`, zsh by typing into one on a
terminal. The pages go through mandoc and groff with every warning on.
"""

import os
import pty
import re
import select
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from complaints import Complaints

PATIENCE = 60
# What is typed, and what it may become; one word where the shell must fill it in.
CASES = (
    ("toksync ru", {"run"}),
    ("toksync jobs res", {"resolve"}),
    ("toksync --db x.db stat", {"status"}),
    ("toksync run --summ", {"--summary-file"}),
    ("toksync run --log-format j", {"json"}),
    ("toksync --log-format=j", {"json"}),
    ("toksync jobs list --status amb", {"ambiguous"}),
    ("toksync jobs resolve --as not", {"not-charged"}),
    ("toksync run --keyword-set jobs --no-c", {"--no-color"}),
    ("toksync validate --verb", {"--verbose"}),
    ("toksync completion fi", {"fish"}),
    ("toksync run nigh", {"nightly.toml"}),
    ("toksync db backup nigh", {"nightly.toml"}),
    ("toksync run --db nightly.toml nigh", {"nightly.toml"}),
    ("toksync init fold", {"folder"}),
)
LISTS = (
    ("toksync jobs ", {"list", "show", "resolve", "cancel"}),
    ("toksync run --log-format ", {"text", "json"}),
    ("toksync run --max", {"--max-credits", "--max-duration", "--max-attempts"}),
    ("toksync run --max-credits ", set()),
)


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE, **options)
    return done.stdout + done.stderr


def bash_offers(folder, line):
    words = re.findall(r"=|[^ =]+", line) + ([""] if line.endswith((" ", "=")) else [])
    script = (f"source {folder}/toksync.bash; COMP_WORDS=({' '.join(map(shlex.quote, words))}); "
              f'COMP_CWORD={len(words) - 1}; _toksync; printf "%s\\n" "${{COMPREPLY[@]}}"')
    return set(output_of("bash", "--norc", "-c", script, cwd=folder).split())


def fish_offers(folder, line):
    script = f"source {folder}/toksync.fish; complete -C {shlex.quote(line)}"
    lines = output_of("fish", "--no-config", "-c", script, cwd=folder, env=os.environ | {"HOME": str(folder)})
    offers = {offer.split("\t")[0].rstrip("/") for offer in lines.splitlines()}
    return {offer.rpartition("=")[2] if offer.startswith("--") else offer for offer in offers}


class Zsh:
    """One on a terminal, with a key that prints what stands on the line."""

    SETUP = ("PS1=; unsetopt beep; fpath=({folder} $fpath); autoload -Uz compinit; compinit -D -u; "
             "zstyle ':completion:*' menu no; show() {{ print -r -- \"<<$BUFFER>>\"; BUFFER=; }}; zle -N show; "
             "bindkey '^X' show; bindkey '^I' complete-word; print RE''ADY\n")

    def __init__(self, folder):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], os.environ | {"TERM": "vt100", "HOME": str(folder)})
        self.seen = ""
        self.type(self.SETUP.format(folder=folder))
        self.read_until("READY")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while not (match := re.search(pattern, self.seen)):
            ready = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise TimeoutError(f"zsh says nothing more than: {self.seen!r}")
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        self.seen = self.seen[match.end():]
        return match

    def completed(self, line):
        self.type(f"{line}\t\x18")
        return self.read_until("<<(.*?)>>").group(1).strip().rstrip("/=")

    def close(self):
        self.type("exit\n")
        os.waitpid(self.child, 0)
        os.close(self.terminal)


def check_completion(complaints, folder):
    zsh = Zsh(folder)
    for line, expected in CASES:
        complaints.expect(f"bash, {line}", bash_offers(folder, line), expected)
        complaints.expect(f"fish, {line}", fish_offers(folder, line), expected)
        begin = line[:max(line.rfind(" "), line.rfind("=")) + 1]
        complaints.expect(f"zsh, {line}", zsh.completed(line), begin + next(iter(expected)))
    zsh.close()
    for line, expected in LISTS:
        complaints.expect(f"bash, {line}", bash_offers(folder, line), expected)
        complaints.expect(f"fish, {line}", fish_offers(folder, line), expected)


def helps(toksync, *command):
    """Every command with its --help, however deep."""
    text = output_of(toksync, *command, "--help")
    yield command, text
    for name in re.findall(r"^  ([a-z]+) +[A-Z]", text.partition("\nFlags")[0], re.MULTILINE):
        yield from helps(toksync, *command, name)


def check_everything_is_offered(complaints, folder, toksync):
    for command, text in helps(toksync):
        line = " ".join(("toksync", *command))
        flags = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", text, re.MULTILINE))
        if command:
            flags.discard("--version")
        complaints.expect(f"bash, flags of {line}", bash_offers(folder, line + " --"), flags)
        complaints.expect(f"fish, flags of {line}", fish_offers(folder, line + " --"), flags)


def check_manual(complaints, folder, toksync):
    pages = {}
    for page, name in (("toksync", "toksync.1"), ("pipeline", "toksync-pipeline.5")):
        path = folder / name
        path.write_text(output_of(toksync, "manual", page), encoding="utf-8")
        # A page of a build has no date of its own.
        lint = [line for line in output_of("mandoc", "-T", "lint", "-W", "warning", path).splitlines()
                if "missing date" not in line]
        complaints.expect(f"mandoc, {name}", lint, [])
        complaints.expect(f"groff, {name}", output_of("groff", "-man", "-ww", "-z", "-K", "utf8", "-T", "utf8", path), "")
        pages[page] = re.sub(r"\\f[BIR]", "", path.read_text(encoding="utf-8")).replace("\\-", "-")
    for command, text in helps(toksync):
        for word in re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE) + [" ".join(("toksync", *command))]:
            if word not in pages["toksync"] and not (word == "--help" or text.count("COMMAND")):
                complaints.expect("toksync(1) tells", f"nothing of {word}", word)
    for key in ("api_key_file", "webhook", "min_audience_score", "keyword_sets"):
        if key not in pages["pipeline"]:
            complaints.expect("toksync-pipeline(5) tells", f"nothing of {key}", key)


def main():
    toksync = Path(sys.argv[1]).resolve() / "toksync"
    complaints = Complaints()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nightly.toml").touch()
        (folder / "folder").mkdir()
        for shell, file in (("bash", "toksync.bash"), ("zsh", "_toksync"), ("fish", "toksync.fish")):
            (folder / file).write_text(output_of(toksync, "completion", shell), encoding="utf-8")
        check_completion(complaints, folder)
        check_everything_is_offered(complaints, folder, toksync)
        check_manual(complaints, folder, toksync)
    print(f"{complaints.count} wrong" if complaints.count else "completion and manual pages are right")
    return 1 if complaints.count else 0


if __name__ == "__main__":
    sys.exit(main())
