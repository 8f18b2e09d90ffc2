# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An index that asks for a password, and a second one with another: the passwords stay out of every file, every output and every command line."""
import pytest

from tests.testinfra.playing import SCRATCH, play, requirements

testinfra_hosts = ["ssh://build01"]
ROOT = "/var/lib/wheelhouse-private"
PASSWORD, ESCAPED, EXTRA = "s3cret-p@ss/w%rd", "s3cret-p%40ss%2Fw%25rd", "0ther-t0ken"

SERVER = '''
import base64, functools, http.server, sys, threading
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization") == self.server.wanted:
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic")
        self.end_headers()
    do_HEAD = do_GET
for port, login in ((8097, sys.argv[1]), (8098, sys.argv[2])):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory="/srv/test-index"))
    server.wanted = "Basic " + login
    threading.Thread(target=server.serve_forever).start()
'''
WATCHER = "while sleep 0.02; do cat /proc/[0-9]*/cmdline 2>/dev/null; done > /root/seen-command-lines"


@pytest.fixture
def indexes(host):
    """Serve the test index twice with passwords, which only their hashes and base64 forms name on the host; watch command lines meanwhile."""
    logins = [host.run("printf %s | base64 -w0", f"user:{PASSWORD}").stdout, host.run("printf %s | base64 -w0", f"token:{EXTRA}").stdout]
    host.run("systemctl stop private-index watch-commands")
    host.run_expect([0], "printf %s > /root/private-index.py", SERVER)
    host.run_expect([0], f"systemd-run --unit=private-index --collect python3 /root/private-index.py {' '.join(logins)}")
    host.run_expect([0], "systemd-run --unit=watch-commands --collect sh -c %s", WATCHER)
    yield {"UV_DEFAULT_INDEX": f"http://user:{ESCAPED}@127.0.0.1:8097/simple/", "UV_INDEX": f"company=http://token:{EXTRA}@127.0.0.1:8098/simple/"}
    host.run("systemctl stop private-index watch-commands")


def test_passwords_are_said_nowhere(host, indexes):
    path = requirements("build", "private", "greeting==1.0", "tally")
    wheelhouse = SCRATCH / "build/private/wheelhouse"
    arguments = {"wheelhouse_app": "private", "wheelhouse_requirements": path, "wheelhouse_dir": str(wheelhouse), "build_environment": indexes,
                 "build_root": ROOT}
    # the tools come from the usual index
    host.check_output(f"rm -rf {ROOT} && mkdir {ROOT} && ln -s /var/lib/wheelhouse-test/tools {ROOT}/tools")
    output = "".join(play("build", playbook, "-vvv", **arguments).succeeded().output for playbook in ("build", "fetch"))
    assert "2/2" in output, "both were compiled"
    wrong = {name: url.replace(ESCAPED, "wr0ng-" + ESCAPED).replace(EXTRA, "wr0ng-" + EXTRA) for name, url in indexes.items()}
    output += play("build", "lock", "-vvv", **{**arguments, "build_environment": wrong}, build_upgrade=[":all:"]).failed("401").output
    host.run("systemctl stop watch-commands")
    seen = host.file("/root/seen-command-lines").content.decode(errors="replace").replace("\0", " ")
    assert " pip compile " in seen, "command lines were seen"
    for secret in (PASSWORD, ESCAPED, EXTRA):
        assert secret not in output
        assert secret not in seen
        assert host.run("grep -rlF %s %s /tmp /var/tmp /var/log/syslog /root/.ansible", secret, ROOT).stdout == ""
        for found in [*wheelhouse.rglob("*"), *(SCRATCH / "build/private").glob("*")]:
            assert not found.is_file() or secret.encode() not in found.read_bytes(), found
    host.run(f"rm -rf {ROOT} /root/seen-command-lines /root/private-index.py")
