# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import dataclasses
import ipaddress
import subprocess
import sys

import pytest
import yaml

from tests.bed import definition

BED = definition.load()


def test_addresses_are_distinct_and_inside_their_networks():
    hosts = BED.hosts.values()
    assert len({host.address for host in hosts}) == len(hosts)
    for host in hosts:
        network = ipaddress.ip_network(host.network.subnet)
        assert ipaddress.ip_address(host.address) in list(network.hosts())[1:]  # the first one is the control node's


def test_what_hosts_refer_to_exists():
    for host in BED.hosts.values():
        assert set(host.knows) <= set(BED.hosts)
        assert not host.files or (definition.REPOSITORY / host.files).is_dir()


def test_the_demo_names_hosts_of_the_bed():
    groups = yaml.safe_load((definition.REPOSITORY / "inventories/demo/hosts.yml").read_text())
    assert {name for group in groups.values() for name in group["hosts"]} <= set(BED.hosts)


def test_production_has_no_way_out_and_no_compiler():
    for host in BED.hosts.values():
        if host.image.name == "prod":
            assert not host.network.way_out and not host.capabilities
            assert not {"gcc", "build-essential", "python3-pip", "python3-venv", "python3-dev"} & set(host.image.packages)


def test_a_fingerprint_changes_with_each_part():
    image = BED.images["prod"]
    other = dataclasses.replace(image, packages=[*image.packages, "less"])
    found = {definition.fingerprint(*parts) for parts in ([image], [other], [image, b"x"], [image, b"y"], [b"x", image], [[image.name]])}
    assert len(found) == 6
    assert definition.fingerprint(image, b"x") == definition.fingerprint(dataclasses.replace(image), b"x")


@pytest.mark.parametrize("arguments, said", [(["up", "nobody"], "no such host: nobody"), ([], "required: command")])
def test_a_wrong_command_is_explained(arguments, said):
    done = subprocess.run([sys.executable, "-m", "tests.bed", *arguments], cwd=definition.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and said in done.stderr
