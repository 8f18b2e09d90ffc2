# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a build request (see job.start) is about on this host: artifacts that are chosen from its lock, and the project."""
from .choose import Artifact, choose


def chosen(request):
    """Return the artifacts of the lock that this host's interpreter needs. Raises Blocked with all that can't be chosen."""
    return choose(request["packages"], request.get("no_binary") or (), request.get("only_binary") or ())


def sources_of(request, artifacts):
    """Return what is to be compiled: the sdists among the artifacts, and the project."""
    return [artifact for artifact in artifacts if artifact.kind == "sdist"] + project_of(request)


def project_of(request):
    """Return the project as an Artifact in a list, which is empty when there is none."""
    project = request.get("project")
    return [Artifact(request["app"], "", "project", None, None, project["digest"], None)] if project else []
