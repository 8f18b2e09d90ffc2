# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts get what they lack themselves, from nginx on a host that has nothing but the wheelhouse's files."""
import json
import re
import shlex
import subprocess

import pytest

from tests.testinfra.hosts import everything_in, on
from tests.testinfra.playing import REPOSITORY, SCRATCH, play, release_with

ROOT = "/opt/wheelhouse-pulled"
SERVED = "/srv/wheelhouse-test"
LOG = "/var/log/nginx/wheelhouse-test.log"
SITE = f"server {{ listen 8088; root {SERVED}; access_log {LOG}; }}\n"
WHEELHOUSE = SCRATCH / "deploy/wheelhouse"
STORE = on("store01")
WEBS = {"web01": "10.213.72.11", "web02": "10.213.72.12"}


@pytest.fixture(name="manifest")
def fixture_manifest():
    return release_with("deploy", "alpha", greeting="1.0", tally="1.0")[0]


@pytest.fixture(scope="module", name="site")
def fixture_site():
    """nginx hands out the files of the wheelhouse, which came there by themselves, without Ansible."""
    STORE.check_output(f"mkdir -p {SERVED} && printf %s {shlex.quote(SITE)} > /etc/nginx/conf.d/wheelhouse-test.conf")
    STORE.check_output("systemctl reload nginx")
    yield
    STORE.check_output(f"rm -rf {SERVED} /etc/nginx/conf.d/wheelhouse-test.conf && systemctl reload nginx && rm -f {LOG}")


@pytest.fixture(name="asked")
def fixture_asked(site):
    """The web server has every file and an empty log, the hosts have nothing; return a function that tells what was asked for."""
    ssh = ["ssh", "-F", str(REPOSITORY / ".cache/bed/ssh_config"), "store01"]
    with subprocess.Popen(["tar", "-C", WHEELHOUSE, "-c", "wheels", "bytecode"], stdout=subprocess.PIPE) as tar:
        subprocess.run([*ssh, f"sudo tar -C {SERVED} --no-same-owner -x"], stdin=tar.stdout, check=True)
    STORE.check_output(f"truncate -s 0 {LOG}")
    for name in WEBS:
        on(name).check_output(f"rm -rf {ROOT}")

    def read():
        rows = re.findall(r'^(\S+) .*?"GET (\S+) HTTP/1.1" (\d+) (\d+)', STORE.check_output(f"cat {LOG}"), re.MULTILINE)
        return {(address, path, int(status)) for address, path, status, _size in rows}
    yield read
    for name in WEBS:
        on(name).check_output(f"rm -rf {ROOT}")


def deploy(*options, **variables):
    release = release_with("deploy", "alpha", greeting="1.0", tally="1.0")[1]
    return play("deploy", "deploy", *options, wheelhouse_release=release, deploy_root=ROOT, deploy_services=[], deploy_health="",
                **{"deploy_source": "pull", **THROUGH_PROXY, **variables})


#: The hosts know no name server: the web server is its own proxy, by address, and sees the whole URL.
THROUGH_PROXY = {"deploy_wheelhouse_url": "http://store01.example.org:8088/",
                 "deploy_environment": {"http_proxy": "http://10.213.72.22:8088"}}
DIRECT = {"deploy_wheelhouse_url": "http://10.213.72.22:8088", "deploy_environment": {}}


def files_of(manifest):
    for wheel in manifest["wheels"]:
        yield f"/wheels/{wheel['sha256']}/{wheel['filename']}"
        if wheel["bytecode"]:
            yield f"/bytecode/{wheel['bytecode']['sha256']}.zip"


def test_each_host_gets_all_of_it_once(asked, manifest):
    done = deploy(**DIRECT).succeeded()
    assert "pulling 3 files" in done.output and "sending" not in done.output
    assert asked() == {(address, path, 200) for address in WEBS.values() for path in files_of(manifest)}
    for name in WEBS:
        assert on(name).check_output(f"{ROOT}/apps/alpha/current/bin/greeting") == "greeting 1.0"
        assert on(name).check_output(f"ls {ROOT}/incoming {ROOT}/tmp") == f"{ROOT}/incoming:\n\n{ROOT}/tmp:"
    STORE.check_output(f"truncate -s 0 {LOG}")
    assert deploy(**DIRECT).succeeded().changed == 0 and asked() == set()


def test_through_a_proxy(asked, manifest):
    deploy("--limit", "web01").succeeded()
    assert {path for _address, path, _status in asked()} == {"http://store01.example.org:8088" + path for path in files_of(manifest)}


@pytest.fixture(name="authority")
def fixture_authority(asked, tmp_path):
    """The web server speaks TLS with a certificate of an authority that no host knows; return the path of the authority's own on web01."""
    def make(name, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                        "-out", f"{name}.pem", *more], cwd=tmp_path, check=True, capture_output=True)
    make("ours")
    make("server", "-CA", "ours.pem", "-CAkey", "ours.key", "-addext", "subjectAltName=IP:10.213.72.22", "-addext", "basicConstraints=critical,CA:FALSE")
    config = "/etc/nginx/conf.d/wheelhouse-test-tls"
    for kind in ("pem", "key"):
        STORE.check_output(f"printf %s {shlex.quote((tmp_path / f'server.{kind}').read_text())} > {config}.{kind}")
    site = SITE.replace("8088;", f"8443 ssl; ssl_certificate {config}.pem; ssl_certificate_key {config}.key;")
    STORE.check_output(f"printf %s {shlex.quote(site)} > {config}.conf && systemctl reload nginx")
    on("web01").check_output(f"printf %s {shlex.quote((tmp_path / 'ours.pem').read_text())} > /etc/wheelhouse-test.pem")
    yield "/etc/wheelhouse-test.pem"
    STORE.check_output(f"rm {config}.*; systemctl reload nginx")
    on("web01").check_output("rm /etc/wheelhouse-test.pem")


def test_a_certificate_of_an_authority_of_ones_own(asked, authority, manifest):
    tls = {"deploy_wheelhouse_url": "https://10.213.72.22:8443"}
    deploy("--limit", "web01", **tls, deploy_environment={}).failed("10.213.72.22:8443", "certificate", "deploy_environment")
    assert asked() == set() and not on("web01").file(f"{ROOT}/apps").exists
    deploy("--limit", "web01", **tls, deploy_environment={"SSL_CERT_FILE": authority}).succeeded()
    assert {path for _address, path, _status in asked()} == set(files_of(manifest))
    assert on("web01").check_output(f"{ROOT}/apps/alpha/current/bin/greeting") == "greeting 1.0"


def test_it_goes_on_where_an_earlier_run_broke_off(asked, manifest):
    wheel = next(wheel for wheel in manifest["wheels"] if wheel["name"] == "tally")
    path = f"wheels/{wheel['sha256']}/{wheel['filename']}"
    half = (WHEELHOUSE / path).read_bytes()[:500]
    on("web01").check_output(f"install -d -m 711 {ROOT}/incoming")
    subprocess.run(["ssh", "-F", str(REPOSITORY / ".cache/bed/ssh_config"), "web01", f"sudo tee {ROOT}/incoming/{wheel['sha256']}.part"],
                   input=half, stdout=subprocess.DEVNULL, check=True)
    deploy("--limit", "web01", **DIRECT).succeeded()
    assert [status for _address, asked_for, status in asked() if asked_for == "/" + path] == [206]
    assert on("web01").check_output(f"{ROOT}/apps/alpha/current/bin/python -c 'import tally; print(tally.one())'") == "1"


def test_all_that_the_web_server_lacks_or_altered_is_told_at_once(asked, manifest):
    altered, absent = [f"wheels/{wheel['sha256']}/{wheel['filename']}" for wheel in manifest["wheels"]]
    STORE.check_output(f"printf x >> {SERVED}/{altered} && rm {SERVED}/{absent}")
    done = deploy("--limit", "web01", **DIRECT).failed(
        "not everything could be had from http://10.213.72.22:8088", altered, "not what its name says", absent, "HTTP 404",
        "deploy_wheelhouse_url is to be the top of the wheelhouse")
    assert done.recap["web01"]["failed"] == 1 and not on("web01").file(f"{ROOT}/apps").exists
    assert on("web01").check_output(f"ls {ROOT}/wheels") == ""
    deploy("--limit", "web01", deploy_source="push").succeeded()  # and the other way is still there


def test_a_server_that_is_down(asked):
    deploy("--limit", "web01", deploy_wheelhouse_url="http://10.213.72.22:8089/", deploy_environment={}).failed(
        "http://10.213.72.22:8089 does not answer", "refused", "deploy_environment")
    assert not on("web01").file(f"{ROOT}/apps").exists


@pytest.mark.parametrize("url", ["", "store01/wheelhouse", "ftp://store01/"])
def test_a_url_that_is_none(asked, url):
    before = everything_in(on("web01"), ROOT)
    deploy("--limit", "web01", deploy_wheelhouse_url=url).failed("not the URL of a web server", "set deploy_wheelhouse_url")
    assert everything_in(on("web01"), ROOT) == before


WATCHER = "while sleep 0.02; do cat /proc/[0-9]*/cmdline 2>/dev/null; done > "


@pytest.fixture(name="seen")
def fixture_seen(tmp_path):
    """Return a function that tells all command lines since, of the controller and of a host."""
    there = "/root/seen-command-lines"
    on("web01").run("systemctl stop watch-commands")
    on("web01").check_output(f"systemd-run --unit=watch-commands --collect sh -c {shlex.quote(WATCHER + there)}")
    with subprocess.Popen(["sh", "-c", WATCHER + str(tmp_path / "seen")]) as here:
        yield lambda: [text.replace("\0", " ") for text in ((tmp_path / "seen").read_text(errors="replace"), on("web01").file(there).content_string)]
        here.kill()
    on("web01").run(f"systemctl stop watch-commands; rm {there}")


def test_no_secret_is_shown(asked, seen, tmp_path):
    """In no output, no list of processes, no file of the host and no journal: of a web server, a proxy, a health check."""
    secrets = {"deploy_wheelhouse_url": "http://user:hushhush@10.213.72.22:8088/nowhere",
               "deploy_environment": {"https_proxy": "http://user:sesame@proxy.example.org"}}
    unwell = {"deploy_source": "push", "deploy_health": "http://user:whisper@127.0.0.1:1/", "deploy_health_timeout": 1}
    output = ""
    for variables, reason in ((secrets, "HTTP 404"), ({**secrets, **unwell}, "does not answer")):
        (tmp_path / "secrets.json").write_text(json.dumps({"deploy_source": "pull", "deploy_health": "", "deploy_services": [], **variables}))
        output += play("deploy", "deploy", "--limit", "web01", "-vvvvv", "-e", f"@{tmp_path}/secrets.json", deploy_root=ROOT,
                       wheelhouse_release=release_with("deploy", "alpha", greeting="1.0", tally="1.0")[1]).failed(reason).output
    assert all(letter.isprintable() or letter == "\n" for letter in output)
    here, there = seen()
    assert "ansible-playbook" in here and "sys.stdin.buffer" in there, "command lines were seen"
    for secret in ("hushhush", "sesame", "whisper"):
        assert secret not in output and secret not in here and secret not in there
        assert on("web01").run(f"grep -rlF {secret} {ROOT} /tmp /var/tmp /home/*/.ansible /etc/systemd").stdout == ""
        assert on("web01").run(f"journalctl --no-pager --since=-10min | grep -F {secret} | grep -vF 'grep -'").stdout == ""
