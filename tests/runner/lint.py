# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ansible-lint over the whole repository, and a look that no rule is switched off; the profile is in ``.ansible-lint``."""
import re

from .outcome import REPORTS, REPOSITORY, TOOLS, Failure, Outcome, execute, tail

# what must not stand in any of our files; here it is only looked for
_SWITCHED_OFF = re.compile(r"#\s*noqa|^\s*(skip_list|warn_list|exclude_paths|mock_modules|mock_roles)\s*:", re.MULTILINE)
_LINTED = ("inventories", "meta", "molecule", "playbooks", "roles")


def run():
    """Return two tests: the linter's verdict, and that it was asked about everything."""
    found = Outcome()
    status, output = execute([TOOLS / "ansible-lint", "--offline", "--nocolor", "--strict", "--format", "pep8"], REPORTS / "lint.log")
    if status:
        found.failures.append(Failure("lint: ansible-lint", tail(output)))
    else:
        found.passed += 1
    files = [REPOSITORY / ".ansible-lint", *(path for folder in _LINTED for path in (REPOSITORY / folder).rglob("*.yml"))]
    skipping = [path for path in files if _SWITCHED_OFF.search(path.read_text(encoding="utf-8"))]
    skipping += [path for path in (REPOSITORY / ".ansible-lint-ignore",) if path.exists()]
    if skipping:
        names = ", ".join(str(path.relative_to(REPOSITORY)) for path in skipping)
        found.failures.append(Failure("lint: no rule is switched off", f"rules are switched off in {names}"))
    else:
        found.passed += 1
    return found
