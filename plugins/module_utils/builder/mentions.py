# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a source tree mentions of the system: headers, libraries and tools, and the kinds of sources that it compiles.

Only the text is read and nothing is run. Whatever a build may see is mentioned; a mention that is idle does no harm.
"""
import os
import re

from .evidence import aside, cannot_compile, compiled, kinds_of_name, kinds_of_script, may_hold_sources
from .includes import clean, included, join_lines

SCHEMA = 1
MAX_FILE = 64 << 20  # bytes; what we have not read we can't judge

_LIKE_C = re.compile(r".*\.(c|cc|cpp|cxx|c\+\+|C|m|mm|cu|cuh|h|hh|hpp|hxx|H|inc|inl|ipp|tcc|tpl|tpp|def|S|s|asm|i|y|yy|ypp|l|ll|lpp|rl|re"
                     r"|[fF]|for|[fF]90|pyf|src)(\.in|\.tp)?$")
_CYTHON = re.compile(r".*\.(pyx|pxd|pxi)(\.in|\.tp)?$")
_SCRIPT = re.compile(r"(pyproject|hatch|[Cc]argo)\.(toml|lock)|(setup|site)\.cfg.*|build\.rs|configure|[Mm]akefile.*|GNUmakefile.*"
                     r"|CMakeLists\.txt|meson\.build|meson[._]options(\.txt)?|SCons\w+|wscript"
                     r"|.*\.(cmake|ac|am|m4|mk|gyp|gypi|pri|pro|sh|in|bazel|pyf)$")
_SCRIPT_PYTHON = re.compile(r"(?i)(.*/)?[^/]*(setup|build|config|compil|distutils|backend|hook|version)[^/]*\.py$")
_PROSE = re.compile(r"(MANIFEST|requirements.*)\.in$|(?i:readme|changes|changelog|news|todo|install|licen[sc]e|copying)([.-]|$)")
_NOT_READ = {".git", ".hg", "doc", "docs", "__pycache__"}
_COMMENT = re.compile(r"(?m)^[ \t]*(#|dnl\b).*$")
_HEADER = re.compile(r"\w[\w./+-]*\.(?:h|hh|hpp|hxx|H)\b")
_WORD = re.compile(r"[A-Za-z0-9][\w.+-]*")
_LINKED = re.compile(r"(?<![\w-])-l([A-Za-z0-9][\w.+-]*)")
_LIBRARY_END = re.compile(r"\.(so|a|pc)(\.[0-9.]+)?$")
_IMPORT = re.compile(r"(?m)^[ \t]*(?:from[ \t]+\.*([\w.]+)[ \t]+)?import[ \t]+([\w., \t()]+)")
_EXTERN = re.compile(r"""extern\s+from\s+["']<?([^"'<>]+)>?["']""")


def mentions(tree):
    """Return what the sources in the folder ``tree`` mention, as JSON.

    ``kinds``: of what is compiled (see evidence), nothing when the tree is pure; ``headers`` and ``own``: names of headers, those
    apart that the tree itself has; ``words``: lower-case words of the build scripts; ``doubt``: why a build may see more, or "".
    """
    found = _Reader(tree)
    try:
        if not cannot_compile(tree):
            found.read()
    except OSError as error:
        found.doubt = "{0} can't be read: {1}".format(error.filename, error.strerror)
    return found.result()


class _Reader:
    """Reads what a build reads of ``tree``, and keeps what it mentions."""

    def __init__(self, tree):
        self.tree = tree
        self.paths = []
        self.kinds, self.headers, self.words, self.imports = set(), set(), set(), set()
        self.doubt = ""

    def read(self):
        """Read all that a build reads, and what setup.py imports."""
        for folder, folders, names in os.walk(self.tree, onerror=_give_up):
            folders[:] = sorted(name for name in folders if name not in _NOT_READ and not name.endswith((".egg-info", ".dist-info")))
            self.paths += [os.path.relpath(os.path.join(folder, name), self.tree).replace(os.sep, "/") for name in sorted(names)]
        for path in self.paths:
            self._look_at(path)
        for path in self.paths:
            if path.endswith(".py") and "/" in path and self.imports & set(path[:-3].replace("/__init__", "").split("/")[-1:]):
                self._read_script(path, self._text(path))
        packed = [path for path in self.paths if may_hold_sources(path)]
        if packed and not self.doubt:
            self.doubt = "{0} may hold sources".format(packed[0])

    def result(self):
        """Return the mentions; of a pure tree there are none."""
        kinds = compiled(self.kinds)
        if not kinds:
            self.headers, self.words = set(), set()
        tails = {"/".join(parts[start:]) for parts in (path.split("/") for path in self.paths) for start in range(len(parts))}
        return {"schema": SCHEMA, "kinds": sorted(kinds), "headers": sorted(self.headers - tails), "own": sorted(self.headers & tails),
                "words": sorted(self.words), "doubt": self.doubt if kinds or "can't be read" in self.doubt else ""}

    def _look_at(self, path):
        folder, _slash, name = path.rpartition("/")
        self.kinds |= kinds_of_name(name)
        if _PROSE.match(name):
            return
        if name.endswith(".py"):
            self._read_python(path, self._text(path))
        elif _CYTHON.match(name):
            self._read_cython(self._text(path))
        elif name.endswith(".rs") and name != "build.rs":
            self.words.update(word.lower() for word in re.findall(r'link\([^)]*\bname\s*=\s*"([^"]+)"', self._text(path)))
        else:
            if _SCRIPT.match(name):
                self._read_script(path, self._text(path))
            if _LIKE_C.match(name):
                self._read_c(self._text(path), folder)

    def _read_c(self, text, folder):
        for target, quoted in included(text):
            # what lies beside the file that includes it in quotes is what the compiler finds first
            if not (quoted and os.path.isfile(os.path.join(self.tree, folder, target))):
                self.headers.add(clean(target))

    def _read_cython(self, text):
        self._read_c_in(text)
        self.headers.update(clean(target) for target in _EXTERN.findall(text) if target != "*")
        for line in re.findall(r"(?m)^[ \t]*#[ \t]*distutils:(.*)$", text):
            self._read_words(line)
        if re.search(r"c\+\+|\blibcpp\b", text):
            self.kinds.add("c++")

    def _read_python(self, path, text):
        at_top = "/" not in path
        if "set_source" in text and re.search(r"\bset_source\b", text) and "ffi" in text and not aside(path):  # cffi: the sources are a text in this file
            self.kinds.add("c")
            at_top = True
        if at_top or _SCRIPT_PYTHON.match(path) and not aside(path):
            self._read_script(path, text, tells_kinds=at_top)
        else:
            self._read_c_in(text)
        if path == "setup.py":
            for module, names in _IMPORT.findall(text):
                self.imports.update(re.findall(r"\w+", module.rpartition(".")[2] + " " + names))

    def _read_script(self, path, text, tells_kinds=True):
        self._read_c_in(text)
        text = _COMMENT.sub("", join_lines(text))
        name = path.rpartition("/")[2]
        if tells_kinds:
            self.kinds |= kinds_of_script(name, text)
        self.headers.update(clean(token) for token in _HEADER.findall(text))
        self._read_words(text, split=name.lower().startswith("cargo"))

    def _read_words(self, text, split=False):
        """Add the words; those of Cargo's files are split too, because a crate for the library x is called x-sys."""
        for word in set(_WORD.findall(text)) | set(_LINKED.findall(text)):
            word = _LIBRARY_END.sub("", word.lower().rstrip(".-+"))
            self.words.update([word, *word.split("-")] if split else [word])
        self.words.discard("")

    def _read_c_in(self, text):
        """Add what C that is written into another language includes."""
        if "include" in text:  # most Python files: told much faster than by looking for a line
            self.headers.update(clean(target) for target, _quoted in included(text, directives=r"include"))

    def _text(self, path):
        full = os.path.join(self.tree, path)
        if not os.path.isfile(full):  # a link to nowhere
            return ""
        if os.stat(full).st_size > MAX_FILE:
            self.doubt = self.doubt or "{0} is too large to be read".format(path)
            return ""
        with open(full, encoding="utf-8", errors="replace") as stream:
            return stream.read()


def _give_up(error):
    raise error
