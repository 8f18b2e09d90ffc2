# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import os

import pytest

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.below import Elsewhere
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.discard import discard
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.agent.layout import Layout


def test_a_link_goes_and_not_where_it_leads(root, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("")
    os.makedirs(os.path.join(root, "wheels"))
    link = os.path.join(root, "wheels", "link")
    os.symlink(str(tmp_path / "outside"), link)
    with pytest.raises(Elsewhere):
        discard(Layout(root), os.path.join(link, "file"))
    discard(Layout(root), link)
    assert not os.path.lexists(link) and (tmp_path / "outside/file").exists()
