# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A production host without a way out, whose mirror of the distribution is a web server beside it: what a wheel needs is installed."""
import shlex
import subprocess

import pytest

from tests.testinfra.hosts import on
from tests.testinfra.playing import REPOSITORY, play, requirements

ROOT = "/opt/wheelhouse-test"
MIRROR = "/srv/mirror-test"
SITE = f"server {{ listen 8087; root {MIRROR}; }}\n"
SOURCE = "/etc/apt/sources.list.d/mirror-test.list"
RECOMMENDED = {"krb5-locales", "libldap-common", "libsasl2-modules"}
BUILD, STORE, WEB = on("build01"), on("store01"), on("web01")
NEEDED = "apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances libpq5 | grep '^[a-z]' | sort -u"


def ssh(name, command, **options):
    return subprocess.Popen(["ssh", "-F", REPOSITORY / ".cache/bed/ssh_config", name, f"sudo sh -c {shlex.quote(command)}"], **options)


@pytest.fixture(scope="module", name="needed")
def fixture_needed():
    """nginx serves libpq5, all that it depends on and what those recommend; return the names of those without which it can't be."""
    needed = set(BUILD.check_output(NEEDED).split())
    BUILD.check_output(f"rm -rf {MIRROR} && mkdir {MIRROR} && cd {MIRROR} && apt-get -q download {' '.join(sorted(needed | RECOMMENDED))} "
                       "&& dpkg-scanpackages . > Packages")
    STORE.check_output(f"rm -rf {MIRROR} && mkdir {MIRROR} && printf %s {shlex.quote(SITE)} > /etc/nginx/conf.d/mirror-test.conf")
    with ssh("build01", f"tar -C {MIRROR} -c .", stdout=subprocess.PIPE) as tar, ssh("store01", f"tar -C {MIRROR} -x", stdin=tar.stdout) as end:
        assert end.wait() == 0
    STORE.check_output("systemctl reload nginx")
    WEB.check_output(f"echo 'deb [trusted=yes] http://10.213.72.22:8087 ./' > {SOURCE}")
    before = packages()
    yield needed
    more = packages() - before
    purge = f" && dpkg --purge {' '.join(sorted(more))}" if more else ""
    WEB.check_output(f"rm -f {SOURCE} && rm -rf /var/lib/apt/lists/10.213.* {ROOT}/apps/database{purge}")
    STORE.check_output(f"rm -rf {MIRROR} /etc/nginx/conf.d/mirror-test.conf && systemctl reload nginx")
    BUILD.check_output(f"rm -rf {MIRROR}")


def packages():
    return set(WEB.check_output("dpkg-query --show --showformat '${Package} ${db:Status-Status}\\n' | sed -n 's/ installed$//p'").split())


def deploy(*options, **variables):
    path = requirements("deploy", "database", "psycopg2") if not variables.pop("locked", False) else str(
        REPOSITORY / ".cache/tests/molecule/deploy/database/requirements.in")
    return play("deploy", "deploy", "--limit", "build01,web01", *options, wheelhouse_app="database", wheelhouse_requirements=path,
                deploy_services=[], deploy_health="", deploy_smoke_imports=["psycopg2"], **variables)


def test_only_what_is_needed_is_installed(needed):
    before = packages()
    deploy().failed("psycopg2: the shared library libpq.so.5 is missing on this host", "install libpq5", "deploy_system_packages: install")
    assert packages() == before and not WEB.file(f"{ROOT}/apps/database/current").exists
    foreseen = deploy("--check", locked=True, deploy_system_packages="install").succeeded()
    assert foreseen.recap["web01"]["changed"] > 0 and packages() == before
    done = deploy(locked=True, deploy_system_packages="install").succeeded()
    assert "installing libpq5" in done.output
    more = packages() - before
    assert "libpq5" in more and more <= needed and not more & {*RECOMMENDED, "python3-apt"} and before <= packages()
    assert WEB.check_output(f"{ROOT}/apps/database/current/bin/python -c 'import psycopg2; print(psycopg2.__libpq_version__ >= 150000)'") == "True"
    assert deploy(locked=True, deploy_system_packages="install").succeeded().changed == 0
