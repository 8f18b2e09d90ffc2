# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole road: a web application with C extensions answers on hosts without a compiler."""
import json
import urllib.request

import pytest

from tests.testinfra.playing import SCRATCH

testinfra_hosts = ["ssh://web01", "ssh://web02"]
CURRENT = "/opt/wheelhouse-shop/apps/shop-test/current"
ADDRESSES = {"web01": "10.213.72.11", "web02": "10.213.72.12"}


@pytest.fixture(scope="module")
def manifest():
    (path,) = (SCRATCH / "default/wheelhouse/releases/shop-test").glob("*.json")
    return json.loads(path.read_text())


def test_it_shows_rows_of_the_database(host):
    name = host.check_output("hostname")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    page = opener.open(f"http://{ADDRESSES[name]}:8078/", timeout=20).read().decode()
    assert page.count("<tr>") == 3 and "Wheel bearing" in page and f'<p id="host">{name}</p>' in page
    assert f"{CURRENT.replace('current', 'releases')}/" in page  # where the driver was loaded from


def test_the_driver_was_compiled_and_not_here(host, manifest):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == "mysqlclient"]
    assert wheel["filename"].endswith("-cp311-cp311-linux_x86_64.whl")
    assert host.run("gcc --version").rc == 127
    assert host.run(f"ls {CURRENT}/lib/python3.11/site-packages/MySQLdb/_mysql.cpython-311-x86_64-linux-gnu.so").succeeded


def test_a_published_wheel_was_turned_down_and_another_taken(manifest):
    wheels = {wheel["name"]: wheel for wheel in manifest["wheels"]}
    assert wheels["markupsafe"]["source"]["filename"].endswith(".tar.gz")
    assert wheels["sqlalchemy"]["source"]["sha256"] == wheels["sqlalchemy"]["sha256"]


def test_the_projects_own_tree_is_a_wheel_too(host, manifest):
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["name"] == "shop"]
    assert wheel["source"].get("project") == manifest["project"]
    assert host.run(f"ls {CURRENT}/lib/python3.11/site-packages/shop/templates/page.html").succeeded


def test_exactly_what_the_manifest_lists_is_installed(host, manifest):
    code = "import importlib.metadata as m, json; print(json.dumps(sorted([d.name.lower().replace('_', '-'), d.version] for d in m.distributions())))"
    found = json.loads(host.check_output(f"{CURRENT}/bin/python -c %s", code))
    assert found == sorted([wheel["name"], wheel["version"]] for wheel in manifest["wheels"])


def test_only_the_deploy_root_was_written(host):
    newer = "find / -xdev -newer /opt/wheelhouse-shop/apps/shop-test/releases -type f -regextype posix-extended -not -regex "
    ignored = "'/(proc|sys|run|dev|tmp|home|root|opt/wheelhouse.*|var/(cache|log|tmp|lib/(sudo|systemd)))/.*'"
    assert host.check_output(newer + ignored) == ""
