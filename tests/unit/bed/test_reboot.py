# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import time

import pytest

from tests.bed import reboot


@pytest.mark.parametrize("age, stale", [(0, False), (time.time() - reboot._started() + 60, True)])
def test_notes_older_than_the_machines_start_are_stale(monkeypatch, tmp_path, age, stale):
    alive = tmp_path / "alive"
    alive.touch()
    os.utime(alive, (time.time() - age,) * 2)
    monkeypatch.setattr(reboot, "ALIVE", alive)
    assert reboot.is_stale() is stale


def test_without_notes_nothing_is_stale(monkeypatch, tmp_path):
    monkeypatch.setattr(reboot, "ALIVE", tmp_path / "alive")
    assert not reboot.is_stale()


def test_forgetting_empties_the_folders_and_bears_their_absence(monkeypatch, tmp_path):
    (tmp_path / "libpod").mkdir()
    (tmp_path / "libpod/alive").touch()
    monkeypatch.setattr(reboot, "FOLDERS", (str(tmp_path / "libpod"), str(tmp_path / "containers")))
    reboot.forget()
    assert list(tmp_path.iterdir()) == []


def test_a_process_started_before_now():
    assert 0 <= time.time() - reboot._started(os.getpid()) < 24 * 3600
