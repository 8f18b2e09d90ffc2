# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a build request (see job.start) is about on this host: artifacts that are chosen from its lock, and the project."""
from .choose import Artifact, choose


def chosen(request):
    """Return the artifacts of the lock that this host's interpreter needs. Raises Blocked with all that can't be chosen.

    A commit of which the wheelhouse has the sdist (``request["commits"]``, see git.py) is that sdist.
    """
    commits = request.get("commits") or {}
    artifacts = choose(request["packages"], request.get("no_binary") or (), request.get("only_binary") or ())
    return [artifact._replace(kind="sdist", **commits[artifact.url]) if artifact.url in commits else artifact for artifact in artifacts]


def sources_of(request, artifacts):
    """Return what is to be compiled: the sdists among the artifacts, and the project."""
    return [artifact for artifact in artifacts if artifact.kind == "sdist"] + project_of(request)


def project_of(request):
    """Return the project as an Artifact in a list, which is empty when there is none."""
    project = request.get("project")
    return [Artifact(request["app"], "", "project", None, None, project["digest"], None)] if project else []
