# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Git repositories on this machine, served as plain files ("dumb") and by git itself ("smart")."""
from __future__ import annotations

import gzip
import http.server
import os
import subprocess
import threading


class GitServer:
    """Serves the repositories below ``root``; with ``password`` only to who gives it to the user "user"."""

    def __init__(self, root, smart=True):
        self.root, self.smart, self.authorization, self.requests = root, smart, None, []
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            """Answers one request."""

            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(root))

            def do_GET(self):
                """Serve a file, or what git says."""
                server.requests.append(self.path)
                if server.authorization and self.headers.get("Authorization") != server.authorization:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", "Basic")
                    self.end_headers()
                elif server.smart:
                    self.ask_git()
                else:
                    super().do_GET()

            do_POST = do_GET

            def ask_git(self):
                """Hand the request to git's own CGI program."""
                path, _mark, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
                said = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, check=True, env={
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                    "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}).stdout
                head, _blank, rest = said.partition(b"\r\n\r\n")
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                self.send_response(int(fields.pop("Status", "200").split()[0]))
                for name, value in {**fields, "Content-Length": str(len(rest))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(rest)

            def log_message(self, *_arguments):
                """Keep quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def commit(self, name, files, message="a change", tag=""):
        """Commit ``files`` (texts by path; a text that begins with -> is a link) to the repository ``name``; return the commit's id."""
        folder = os.path.join(self.root, name)
        if not os.path.isdir(folder):
            git(None, "init", "--quiet", "--initial-branch=main", folder)
        for path, text in files.items():
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if text.startswith("->"):
                os.symlink(text[2:], full)
                continue
            with open(full, "w", encoding="utf-8") as stream:
                stream.write(text)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
        if tag:
            git(folder, "tag", tag)
        self.serve(name)
        return git(folder, "rev-parse", "HEAD")

    def serve(self, name):
        """Let a change of a repository be seen by who reads it as plain files."""
        git(os.path.join(self.root, name), "update-server-info")


def git(folder, *arguments):
    """Run git; return what it says."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "x"), ("EMAIL", "x@example.org"), ("DATE", "2026-01-02T03:04:05Z"))}
    return subprocess.run(["git", *(["-C", folder] if folder else []), "-c", "protocol.file.allow=always", *arguments], check=True, text=True,
                          capture_output=True, env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull}).stdout.strip()
