# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os
import subprocess
import sys

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper import main
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils import payload


@pytest.mark.parametrize("name", sorted(main.OPERATIONS))
def test_every_operation_is_there(name, tmp_path):
    with pytest.raises(TypeError, match="argument"):  # it was found, and wants more, or less
        main.OPERATIONS[name](str(tmp_path), nonsense=1)


def test_a_folder_below_a_home_is_that_of_who_runs_it(tmp_path):
    call = {"op": "index", "root": "~/wheelhouse"}
    ran = subprocess.run(payload.command(sys.executable), input=payload.request("keeper", [call]), shell=True, capture_output=True, check=False,
                         env={**os.environ, "HOME": str(tmp_path)}, umask=0o077)
    assert payload.read_reply("python3", ran.returncode, ran.stdout.decode(), ran.stderr.decode()) == [{"changed": True}]
    assert (tmp_path / "wheelhouse/simple/index.html").stat().st_mode & 0o777 == 0o644, "a web server may hand it out"
