# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
import http.server
import threading
import types

import pytest

from demo import proof

PAGE = """<table>
  <tr><td>1</td><td>Hex key set</td><td>7.90</td></tr>
  <tr><td>2</td><td>Nut &amp; bolt</td><td>0.50</td></tr>
  <tr><td>3</td><td>Brass compass</td><td>34.00</td></tr>
</table><p id="host">web01</p><p id="driver">/opt/driver.so</p>"""


def test_rows_and_named_texts_are_read():
    page = proof.Page(PAGE)
    assert page.rows[0] == ["1", "Hex key set", "7.90"]
    assert page.rows[1][1] == "Nut & bolt"
    assert page.texts == {"host": "web01", "driver": "/opt/driver.so"}


@pytest.mark.parametrize("name, page, wrong", [
    ("web01", PAGE, ""),
    ("web02", PAGE, "says it is web01"),
    ("web01", PAGE.replace("<tr><td>3", "<p><td>3"), "2 rows in place of 3"),
])
def test_a_page_is_held_against_what_was_promised(monkeypatch, name, page, wrong):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    monkeypatch.setattr(proof, "PORT", server.server_port)
    host = types.SimpleNamespace(name=name, address="127.0.0.1")
    if wrong:
        with pytest.raises(proof.ProofError, match=wrong):
            proof.check_page(host)
    else:
        assert len(proof.check_page(host)[1].rows) == 3
    server.server_close()


def test_silence_is_no_proof(monkeypatch):
    monkeypatch.setattr(proof, "PORT", 9)
    with pytest.raises(proof.ProofError, match="does not answer"):
        proof.check_page(types.SimpleNamespace(name="web01", address="127.0.0.1"))
