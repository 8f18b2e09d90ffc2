# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cooldown of locking: nothing is taken that was published less than so long ago, since bad releases are found in their first days.

What the lock pins already stays, whatever its age: locking again must change nothing that nobody asked for.
"""
import datetime
import re

from ..common.errors import WheelhouseError
from ..common.manifest import normalise
from .third_party import tomllib

_AGE = re.compile(r"([0-9]{1,4}) *(hour|day|week)s?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def cooldown_arguments(cooldown, previous=None, upgrade=False, now=None):
    """Return uv's arguments for the ``cooldown``, such as "7 days" or a date (2026-01-31); "" is none.

    ``previous`` is the lock (text) whose pins stay, but for those that ``upgrade`` (True or names) gives up. Raises WheelhouseError.
    """
    if not cooldown.strip():
        return []
    cutoff = cutoff_of(cooldown, now)
    arguments = ["--exclude-newer", _shown(cutoff)]
    for name, moment in _published(previous or ""):
        if moment >= cutoff and upgrade is not True and name not in {normalise(given) for given in upgrade or ()}:
            # as of a second after its last file, so that it is this version that is found, and none after it
            arguments += ["--exclude-newer-package", "{0}={1}".format(name, _shown(moment + datetime.timedelta(seconds=1)))]
    return arguments


def cutoff_of(cooldown, now=None):
    """Return the moment (in UTC) after which nothing may have been published. Raises WheelhouseError."""
    text = cooldown.strip().lower()
    age = _AGE.fullmatch(text)
    try:
        if age:
            now = now or datetime.datetime.now(datetime.timezone.utc)
            return (now - datetime.timedelta(**{age.group(2) + "s": int(age.group(1))})).replace(microsecond=0)
        if _DATE.fullmatch(text):
            return datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.timezone.utc)
    except (ValueError, OverflowError):
        pass  # a date that no calendar has
    raise WheelhouseError("build_cooldown {0!r} is neither an age nor a date".format(cooldown),
                          hint="write a number of hours, days or weeks, such as '7 days', or a date such as 2026-01-31")


def _published(text):
    """Yield name and time of the last upload of each package of a lock that says when."""
    try:
        packages = tomllib.loads(text).get("packages")
    except tomllib.TOMLDecodeError:
        return
    for package in packages if isinstance(packages, list) else ():
        moments = [moment for moment in map(_moment, [package.get("sdist"), *(package.get("wheels") or ())]) if moment]
        if moments:
            yield normalise(package["name"]), max(moments)


def _moment(artifact):
    found = (artifact or {}).get("upload-time")
    if not isinstance(found, datetime.datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def _shown(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
