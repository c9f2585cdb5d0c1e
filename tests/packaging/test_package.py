#!/usr/bin/env python3
"""Installs with cmake; builds the Debian package, installs it, uses what it brought, and removes it.

  tests/packaging/test_package.py BUILD     BUILD is a build folder in which everything is built; exit code 1 when
                                            something is wrong, 77 when the user may not install (not root)

It is installed into a folder with a dpkg database of its own, so that the machine stays as it is. What the package
depends on has to be installed on the machine: the program of the package is run.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE = 300
SKIPPED = 77
DOCUMENTS = "usr/share/doc/toksync"
EXPECTED = {
    "usr/bin/toksync", "usr/bin/toksta-sandbox",
    "usr/lib/systemd/system/toksync@.service", "usr/lib/systemd/system/toksync@.timer",
    "usr/share/bash-completion/completions/toksync", "usr/share/zsh/vendor-completions/_toksync",
    "usr/share/fish/vendor_completions.d/toksync.fish",
    "usr/share/man/man1/toksync.1.gz", "usr/share/man/man5/toksync-pipeline.5.gz",
    *(f"{DOCUMENTS}/{name}" for name in (
        "copyright", "README.md", "CHANGELOG.md", "examples/cron/toksync", "examples/cron/nightly.sh",
        "examples/pipelines/demo.toml", "examples/pipelines/nightly.toml", "examples/pipelines/backfill.toml",
        "examples/pipelines/partner.toml", "examples/pipelines/tokportal.toml", "examples/pipelines/toktra.toml",
        "licences/cli11", "licences/nlohmann-json", "licences/tomlplusplus", "licences/expected",
        "licences/sqlitecpp")),
}


class Complaints:
    def __init__(self):
        self.count = 0

    def expect(self, what, actual, expected):
        if actual != expected:
            self.count += 1
            print(f"{what}: {actual}, not {expected}")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE, **options).stdout


def files_below(root):
    """What there is, without dpkg's own books."""
    books = (root / "var/lib/dpkg", root / "var/log")
    return {str(path.relative_to(root)) for path in root.rglob("*")
            if not path.is_dir() and not any(path.is_relative_to(book) for book in books)}


def build_package(folder, build):
    run("cpack", "-G", "DEB", "-B", folder, "--config", build / "CPackConfig.cmake")
    packages = list(folder.glob("*.deb"))
    if len(packages) != 1:
        raise RuntimeError(f"cpack made {packages}")
    return packages[0]


def check_plain_install(complaints, build, folder):
    """What `cmake --install` puts below /usr/local: the same but for where zsh looks."""
    run("cmake", "--install", build, "--prefix", folder, "--strip")
    expected = {name.removeprefix("usr/").replace("vendor-completions", "site-functions") for name in EXPECTED}
    complaints.expect("files that cmake --install lacks, and has beside", files_below(folder) ^ expected, set())
    complaints.expect("version", run(folder / "bin/toksync", "--version").split()[0], "toksync")


def check_control(complaints, package):
    field = lambda name: run("dpkg-deb", "--field", package, name).strip()
    complaints.expect("package", field("Package"), "toksync")
    complaints.expect("file name", package.name, f"toksync_{field('Version')}_{field('Architecture')}.deb")
    complaints.expect("a summary and a text", len(field("Description").splitlines()) > 3, True)
    needed = [re.match(r"[\w.+-]+", alternative.strip()).group() for alternative in field("Depends").split(",")]
    for library in ("libc6", "libcurl4", "libsqlite3-0", "libstdc++6", "libssl3"):
        complaints.expect(f"depends on {library}", library in needed, True)
    here = set(re.findall(r"[\w.+-]{2,}", run("dpkg-query", "--show", "--showformat=${Package} ${Provides}\n")))
    complaints.expect("packages that are needed and not here", set(needed) - here, set())


def check_owners_and_modes(complaints, root, names):
    for name in names:
        info = (root / name).lstat()
        programs = name.startswith("usr/bin/") or name.endswith(".sh")
        complaints.expect(f"owner of {name}", (info.st_uid, info.st_gid), (0, 0))
        complaints.expect(f"mode of {name}", oct(info.st_mode & 0o7777), oct(0o755 if programs else 0o644))


def check_use(complaints, root, folder):
    toksync = root / "usr/bin/toksync"
    complaints.expect("version", run(toksync, "--version").split()[0], "toksync")
    for shell, place in (("bash", "usr/share/bash-completion/completions/toksync"),
                         ("zsh", "usr/share/zsh/vendor-completions/_toksync"),
                         ("fish", "usr/share/fish/vendor_completions.d/toksync.fish")):
        complaints.expect(f"completion for {shell}", (root / place).read_text(encoding="utf-8"),
                          run(toksync, "completion", shell))
    for page, place in (("toksync", "man1/toksync.1.gz"), ("pipeline", "man5/toksync-pipeline.5.gz")):
        text = gzip.decompress((root / "usr/share/man" / place).read_bytes()).decode()
        complaints.expect(f"manual page {place}", text, run(toksync, "manual", page))
    for pipeline in sorted((root / DOCUMENTS / "examples/pipelines").iterdir()):
        complaints.expect(f"check of {pipeline.name}", "ok" in run(toksync, "check", pipeline), True)
    complaints.expect("licence", "MIT" in (root / DOCUMENTS / "copyright").read_text(encoding="utf-8"), True)
    run(toksync, "init", folder / "started")


def main():
    build = Path(sys.argv[1]).resolve()
    complaints = Complaints()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_plain_install(complaints, build, folder / "local")
        if os.geteuid() != 0 and not complaints.count:
            print("skipped: installing the package needs root")
            return SKIPPED
        package = build_package(folder / "cpack", build)
        check_control(complaints, package)
        root = folder / "root"
        for part in ("updates", "info", "triggers"):
            (root / "var/lib/dpkg" / part).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        dpkg = ("dpkg", f"--root={root}", "--force-depends", "--no-debsig")
        run(*dpkg, "--install", package)
        brought = files_below(root)
        complaints.expect("missing files", EXPECTED - brought, set())
        complaints.expect("unexpected files", brought - EXPECTED, set())
        check_owners_and_modes(complaints, root, brought)
        check_use(complaints, root, folder)
        run(*dpkg, "--purge", "toksync")
        complaints.expect("what stays behind", files_below(root), set())
        complaints.expect("folders that stay behind", sorted(path.name for path in root.iterdir()), ["var"])
    print(f"{complaints.count} wrong" if complaints.count else "the package is right")
    return 1 if complaints.count else 0


if __name__ == "__main__":
    sys.exit(main())
