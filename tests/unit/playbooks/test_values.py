# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that mean nothing to a host: put right where it is plain what was meant, or else refused before a host is asked."""
import pytest


def test_empty_names_and_blanks_do_not_matter(fleet):
    release = fleet.release(fleet.store.wheel(project=True))
    fleet.play("deploy", ["one"], wheelhouse_release=release, deploy_services="", deploy_smoke_imports=" ", deploy_health=" test -d / \n")
    assert (fleet.root("one") / "apps/shop/current").is_symlink()


NUMBERS = ["deploy_health_timeout is 0", "deploy_confirm_timeout is -5", "deploy_keep is 0"]  # the way back takes the least that they may be


@pytest.mark.parametrize("playbook, said", [("deploy", ["shop can't be deployed", *NUMBERS]), ("rollback", ["shop can't be rolled back"])])
def test_what_no_host_can_do_is_refused_at_once(fleet, playbook, said):
    release = fleet.release(fleet.store.wheel())
    done = fleet.try_to_play(playbook, ["one"], wheelhouse_release=release, deploy_health_timeout=0, deploy_confirm_timeout=-5, deploy_keep=0,
                             deploy_services=["two words"])
    for text in (*said, "'two words' is not the name of a systemd unit"):
        assert text in done.stdout, done.stdout
    assert done.recap["one"]["failed"] == 1 and not fleet.root("one").exists()


@pytest.mark.parametrize("values, said", [
    ({"deploy_root": "/opt/two:parts"}, "'/opt/two:parts' cannot be a deploy root"),
    ({"deploy_source": "pull", "deploy_wheelhouse_url": "http://[::1"}, "is not the URL of a web server to pull from")])
def test_what_can_not_be_a_place(fleet, values, said):
    done = fleet.try_to_play("deploy", ["one"], wheelhouse_release=fleet.release(fleet.store.wheel()), **values)
    assert done.recap["one"]["failed"] == 1 and said in done.stdout and "unexpected" not in done.stdout, done.stdout
