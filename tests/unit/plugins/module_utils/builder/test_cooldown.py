# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import datetime

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.builder.cooldown import cooldown_arguments, cutoff_of
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError

NOW = datetime.datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=datetime.timezone.utc)
LOCK = '''lock-version = "1.0"
[[packages]]
name = "New.er"
version = "2.0"
sdist = { url = "https://example.org/n-2.0.tar.gz", upload-time = 2026-01-30T10:00:05Z }
wheels = [{ url = "https://example.org/n-2.0.whl", upload-time = 2026-01-30T12:00:05+01:00 }]
[[packages]]
name = "older"
version = "1.0"
wheels = [{ url = "https://example.org/o-1.0.whl", upload-time = 2025-01-30T11:00:00Z }]
[[packages]]
name = "undated"
version = "1.0"
sdist = { url = "https://example.org/u-1.0.tar.gz" }
'''


@pytest.mark.parametrize("text, expected", [
    ("7 days", "2026-01-24T12:00:00"), ("1 day", "2026-01-30T12:00:00"), ("36 hours", "2026-01-30T00:00:00"), ("2 Weeks", "2026-01-17T12:00:00"),
    ("7days", "2026-01-24T12:00:00"), ("2025-12-01", "2025-12-01T00:00:00"), ("0 days", "2026-01-31T12:00:00")])
def test_ages_and_dates(text, expected):
    assert cutoff_of(text, NOW).isoformat() == expected + "+00:00"


@pytest.mark.parametrize("text", ["7", "days", "-7 days", "7 years", "2026-02-31", "9999 weeks ago", "7.5 days", "a week", "7 days; x"])
def test_what_is_neither(text):
    with pytest.raises(WheelhouseError, match="build_cooldown") as caught:
        cutoff_of(text, NOW)
    assert "'7 days'" in caught.value.hint


def test_without_a_cooldown():
    assert cooldown_arguments("", LOCK) == [] and cooldown_arguments("  ") == []


@pytest.mark.parametrize("upgrade, kept", [((), True), (["other"], True), (["new-er"], False), (["new_er"], False), (True, False)])
def test_a_pin_that_is_too_young_stays_unless_it_is_given_up(upgrade, kept):
    found = cooldown_arguments("7 days", LOCK, upgrade, NOW)
    assert found[:2] == ["--exclude-newer", "2026-01-24T12:00:00Z"]
    assert found[2:] == (["--exclude-newer-package", "new-er=2026-01-30T11:00:06Z"] if kept else [])


def test_a_lock_that_is_nonsense_pins_nothing():
    assert cooldown_arguments("2025-12-01", "[nonsense") == ["--exclude-newer", "2025-12-01T00:00:00Z"]
