# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import time

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder import uv
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.uv import complaint
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError


@pytest.mark.parametrize("output, message, hint", [
    ("error: No solution found when resolving dependencies\n  cause: Because x was not found in the package registry and you require x, "
     "we can conclude that your requirements are unsatisfiable.", "Because x was not found", "requirements"),
    ("error: Couldn't parse requirement in `/w/a.in` at position 0\n  cause: no such comparison operator",
     "in `a.in` at position 0: no such", "requirements"),
    ("error: Failed to fetch: https://i/\n  cause: error sending request\n  cause: client error (Connect)\n  cause: Connection refused",
     "Failed to fetch: https://i/: Connection refused", "UV_DEFAULT_INDEX"),
    ("warning: old\nerror: it broke", "it broke", "requirements"),
    ("", "uv failed", "requirements"),
    ("error: No solution found when resolving dependencies\n  cause: Because x was not found in the package registry and you require x\n\n"
     "hint: An index URL (http://u:p@h/s) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)",
     "An index URL (http://h/s) could not be queried", "%-escapes"),
    ("error: No solution found\n  cause: Because there are no versions of x\n\nhint: `x` was filtered by `exclude-newer` to only include packages "
     "uploaded before 2024-01-01T00:00:00Z. The latest version satisfying the requirement is v1.0. Consider", "does not say when x was", "PEP 700"),
    ("error: No solution found\n  cause: Because there are no versions of x\n\nhint: `x` was filtered by `exclude-newer` to only include packages "
     "uploaded before 2024-01-01T00:00:00Z. The latest version satisfying the requirement is v1.0, published at 2025-01-01T00:00:00Z. Consider",
     "Because there are no versions of x", "build_cooldown leaves nothing"),
    ("error: Git executable not found. Ensure that Git is installed and available.", "Git executable not found", "add git to build_packages"),
])
def test_what_uv_says_made_short(output, message, hint):
    found = complaint(output, "locking", "/w")
    assert found.message.startswith("locking: ") and message in found.message and hint in found.hint
    assert "warning" not in found.log


@pytest.mark.parametrize("url", ["https://u:s3cret@[zz]/simple", "https://u:s3cret@a_b c/simple"])
def test_what_uv_repeats_of_its_environment(tmp_path, url):
    with pytest.raises(WheelhouseError, match="invalid value") as caught:
        uv.Uv(str(tmp_path / "cache"), {"UV_DEFAULT_INDEX": url}).run("pip", "compile", "-", stdin="app", cwd=str(tmp_path), doing="locking")
    assert "s3cret" not in str(caught.value)


def test_an_index_that_never_comes_to_an_end(index, tmp_path, monkeypatch):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        try:
            for _number in range(200):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass  # the other side has had enough
    monkeypatch.setattr(uv, "LIMIT", 1)
    index.answers["/simple/app/"] = [drip]
    started = time.monotonic()
    with pytest.raises(WheelhouseError, match="locking: uv was not done after 1 s"):
        uv.Uv(str(tmp_path / "cache"), index.environment).run("pip", "compile", "-", stdin="app", cwd=str(tmp_path), doing="locking")
    assert time.monotonic() - started < 5
