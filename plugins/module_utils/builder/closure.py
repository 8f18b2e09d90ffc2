# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The closure: whatever a wheel of the set requires must be in the set, in a version that it accepts."""
from ..common.errors import Blocked, WheelhouseError
from .choose import count
from .third_party import packaging


def check_closure(facts):
    """Raise Blocked with every requirement that the set does not answer.

    ``facts`` is a list of dictionaries with ``name``, ``version`` and ``requires`` (the Requires-Dist texts, PEP 508). What is
    required only for an extra is left out: whether an extra is used shows in the lock, not in the wheel.
    """
    versions = {fact["name"]: fact["version"] for fact in facts}
    problems = []
    for fact in sorted(facts, key=lambda fact: fact["name"]):
        for text in fact["requires"]:
            problem = unanswered(text, versions)
            if problem:
                problems.append(WheelhouseError(
                    "version {0} requires {1}".format(fact["version"], problem), package=fact["name"],
                    hint="add it to the requirements and lock again").as_dict())
    if problems:
        raise Blocked("the lock leaves {0} unanswered".format(count(problems, "requirement")), problems)


def unanswered(text, versions):
    """Say what the requirement ``text`` (PEP 508) asks for that ``versions`` (by normalised name) lack; "" when it is answered."""
    try:
        wanted = packaging.requirements.Requirement(text)
    except packaging.requirements.InvalidRequirement:
        return "{0!r}, which can't be read".format(text)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return ""
    version = versions.get(packaging.utils.canonicalize_name(wanted.name))
    shown = str(packaging.requirements.Requirement(text.partition(";")[0]))
    if version is None:
        return "{0}, which the lock does not have".format(shown)
    if wanted.specifier.contains(version, prereleases=True):
        return ""
    return "{0}, but the lock has {1}".format(shown, version)
