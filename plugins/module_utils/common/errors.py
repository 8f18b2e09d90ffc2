# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one family of errors.

They are raised deep, cross the wire as a dictionary, and become the text of a failed task once, at the top.
"""


class WheelhouseError(Exception):
    """Something failed, and we know what.

    ``message`` says what failed and why, ``hint`` what to do about it, ``package`` which package it is about,
    ``log`` holds the last lines of the output that shows the cause.
    """

    def __init__(self, message, hint="", package="", log=""):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.package = package
        self.log = log

    def __str__(self):
        return render([self.as_dict()])

    def as_dict(self):
        """Return a dictionary of strings that JSON can carry."""
        return {"message": self.message, "hint": self.hint, "package": self.package, "log": self.log}


class Blocked(WheelhouseError):
    """Several reasons not to go on, all found before anything was changed.

    ``reasons`` is a list of dictionaries as ``WheelhouseError.as_dict`` makes them.
    """

    def __init__(self, message, reasons):
        super().__init__(message)
        self.reasons = list(reasons)

    def __str__(self):
        return "{0}:\n{1}".format(self.message, render(self.reasons, bullet="- "))

    def as_dict(self):
        return dict(super().as_dict(), reasons=self.reasons)


def from_dict(found):
    """Make the error again that ``as_dict`` described."""
    if found.get("reasons") is not None:
        return Blocked(found["message"], found["reasons"])
    return WheelhouseError(found["message"], found.get("hint", ""), found.get("package", ""), found.get("log", ""))


def render(reasons, bullet=""):
    """Return the reasons as text for a person, each followed by what to do and by its log, if any."""
    lines = []
    indent = " " * len(bullet)
    for reason in reasons:
        subject = "{0}: ".format(reason["package"]) if reason.get("package") else ""
        lines.append("{0}{1}{2}".format(bullet, subject, reason["message"]))
        if reason.get("hint"):
            lines.append("{0}  -> {1}".format(indent, reason["hint"]))
        if reason.get("log"):
            lines.extend("{0}  | {1}".format(indent, line) for line in reason["log"].rstrip("\n").split("\n"))
    return "\n".join(lines)
