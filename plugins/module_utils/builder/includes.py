# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a C-like text includes, read without a preprocessor: every branch of every condition counts."""
import re

_DIRECTIVES = r"include|include_next|import|if|ifdef|elif|define|error|pragma"
_TARGET = re.compile(r"""<([^<>"'\s]+)>|"([^<>"'\s]+)\"""")
_ANY_NAME = re.compile(r"[ \t]*[#%][ \t]*(include|import)|.*\b__has_include")
_HEADER = re.compile(r".*\.(h|hh|hpp|hxx|h\+\+|H|inc|ipp|tcc|tpp|def)$")


def is_header(name):
    """Tell whether ``name`` ends as headers do."""
    return bool(_HEADER.match(name))


def join_lines(text):
    """Return ``text`` with the lines joined that end in a backslash."""
    return text.replace("\\\r\n", " ").replace("\\\n", " ")


def clean(target):
    """Return the target of an include without the steps upwards that it begins with."""
    return re.sub(r"^(\.{0,2}/+)+", "", target.replace("\\", "/"))


def included(text, directives=_DIRECTIVES):
    """Yield ``(target, quoted)`` for all that ``text`` includes, or may include by way of a macro or ``__has_include``."""
    text = join_lines(text)
    if not re.search(r"[#%][ \t]*(?:" + directives + r")\b", text):
        return  # most Python files: told much faster than line by line
    for line in re.findall(r"(?m)^[ \t]*[#%][ \t]*(?:" + directives + r")\b[^\n]*", text):
        any_name = _ANY_NAME.match(line)
        for target, in_quotes in _TARGET.findall(line):
            if any_name or is_header(target or in_quotes):
                yield target or in_quotes, bool(in_quotes)
