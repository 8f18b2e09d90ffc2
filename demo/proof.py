# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof: the page with its rows, where the compiled driver lies, and what the hosts that serve it do not have."""
import html.parser
import shlex
import subprocess
import urllib.request

from tests.bed import access, definition

ROWS = 3
PORT = 8000
# what a production host is asked to do, and what its shell or the kernel says to that
REFUSED = {
    "gcc": "gcc: not found",
    "pip": "pip: not found",
    "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 5)'": "Network is unreachable",
}


class ProofError(Exception):
    """Something is not as promised."""


class Page(html.parser.HTMLParser):
    """The shop's page: ``rows``, and the texts of the elements that have an id."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.texts, self._place = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Remember where the text that follows belongs to."""
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        self._place = "cell" if tag == "td" else dict(attrs).get("id")

    def handle_endtag(self, tag):
        """The text after an element is nobody's."""
        self._place = None

    def handle_data(self, data):
        """Keep the text of cells and of named elements."""
        if self._place == "cell":
            self.rows[-1][-1] += data
        elif self._place:
            self.texts[self._place] = data


def check_page(host):
    """Fetch the host's page; return what it shows."""
    url = f"http://{host.address}:{PORT}/"
    try:
        # the host is beside us: no proxy lies between
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        page = Page(opener.open(url, timeout=20).read().decode())
    except OSError as error:
        raise ProofError(f"{url} does not answer: {error}") from error
    if len(page.rows) != ROWS or page.texts.get("host") != host.name:
        raise ProofError(f"{url} shows {len(page.rows)} rows in place of {ROWS}, and says it is {page.texts.get('host')}")
    return url, page


def check_refused(host, command, expected):
    """Have the host try something that it cannot; return the last line of what it answers."""
    done = subprocess.run(["ssh", "-F", str(access.CONFIGURATION), host.name, f"exec sh -c {shlex.quote(command)}"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    answer = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
    if done.returncode == 0 or expected not in answer:
        raise ProofError(f"{host.name} should not be able to do this: {command}\n{answer}")
    return answer


def show():
    """Check everything on every production host, printing what is found."""
    for host in definition.load().hosts.values():
        if host.image.name != "prod":
            continue
        url, page = check_page(host)
        print(f"  {url}")
        for row in page.rows:
            print(f"      {row[0]}  {row[1]:20} {row[2]:>8}")
        print(f"      {page.texts['driver']}")
        for command, expected in REFUSED.items():
            print(f"  {host.name}$ {command}\n      {check_refused(host, command, expected)}")
