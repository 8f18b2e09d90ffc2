# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the controller knows of the releases of a host, how an audit is told, and how a host is put right."""
from __future__ import annotations

import collections
import os

from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.errors import WheelhouseError
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.common.manifest import manifest_id, places
from ansible_collections.nogcc.wheelhouse.plugins.module_utils.keeper.files import hash_in
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.host_action import STREAM_LIMIT
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.production_host import ProductionHost
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.signing import require_signature
from ansible_collections.nogcc.wheelhouse.plugins.plugin_utils.wheelhouse import Wheelhouse

#: What puts a finding right, by its remedy.
REMEDIES = {"repair": "the deploy playbook with deploy_repair=true puts {0} of them right", "deploy": "the deploy playbook puts {0} of them right",
            "hand": "{0} of them (by hand) are left for you to decide"}

#: How many findings are told; the result of the task has them all.
SHOWN = 200


def known_manifests(wheelhouse: Wheelhouse, app: str, releases: list[str], say) -> list[dict]:
    """Return the manifests, of those releases, that the wheelhouse has; of damaged ones it is only said that they are."""
    wheelhouse.expect(releases=[(app, release) for release in releases])
    found = []
    for release in releases:
        try:
            found.append(wheelhouse.read_manifest(app, release))
        except WheelhouseError as error:
            say(f"{error.message}; this release is held against its manifest on the host")
    return [manifest for manifest in found if manifest]


def seals(wheelhouse: Wheelhouse, manifests: list[dict]) -> dict[str, str]:
    """Return, by SHA-256, what wheels and bytecode of these manifests hold, in the short form that a host can compare its own lists with."""
    return wheelhouse.seals(sorted({place for manifest in manifests for place in places(manifest)}))


def told(app: str, found: dict) -> str:
    """Return the findings of an audit as one list for a person."""
    findings = sorted(found["findings"], key=lambda finding: (finding["what"], finding["path"]))
    lines = [f"- {finding['what']}: {finding['path']}: {finding['why']}{' (by hand)' * (finding['remedy'] == 'hand')}" for finding in findings[:SHOWN]]
    if len(findings) > SHOWN:
        lines.append(f"- and {len(findings) - SHOWN} more")
    counts = collections.Counter(finding["remedy"] for finding in findings)
    hint = [f"  -> {said.format(counts[remedy])}" for remedy, said in REMEDIES.items() if counts[remedy]]
    places_ = "1 place" if len(findings) == 1 else f"{len(findings)} places"
    return "\n".join([f"{app} is not what its manifest says, in {places_}:", *lines, *hint])


def history_lines(entries: list[dict]) -> list[str]:
    """Return the last activations, the latest first: when, who, what, how it ended."""
    return [f"{entry.get('time', '?')} {entry.get('user') or '?'}@{entry.get('host') or '?'} {entry.get('action', '?')} "
            f"{entry.get('from') or 'none'} -> {entry['to']}: {entry.get('outcome', '?')}" for entry in reversed(entries)]


class Repair:
    """Finds out what is wrong on a host, and puts it right from the wheelhouse."""

    def __init__(self, host: ProductionHost, wheelhouse: Wheelhouse, releases: list[str]):
        self.host = host
        self.wheelhouse = wheelhouse
        self.releases = releases
        self.manifests = known_manifests(wheelhouse, host.args["app"], releases, host.action.show)
        self.truth = {"manifests": self.manifests, "seals": seals(wheelhouse, self.manifests)}

    def audit(self, look_for_tools: bool, allowed_signers: str = "") -> dict:
        """Return what the agent's ``audit`` says, with each release, wheel and bytecode that the wheelhouse does not have: only the host was asked."""
        found = self.host.call({"op": "audit", "look_for_tools": look_for_tools, "allowed_signers": allowed_signers or None, **self.truth})[0]
        why = f"the wheelhouse {self.wheelhouse.where} has no such release that is whole"
        folder = os.path.join(self.host.args["root"], "apps", self.host.args["app"], "releases")
        found["findings"] += [{"what": "foreign", "path": os.path.join(folder, release), "why": why, "remedy": "hand"}
                              for release in self._foreign(found["releases"])]
        found["findings"] += self._unsealed(found["releases"])
        return found

    def _unsealed(self, releases: list[str]) -> list[dict]:
        """Return, as findings, what those of the ``releases`` that the wheelhouse knows are made of, but it has no more, or not whole."""
        why = f"the wheelhouse {self.wheelhouse.where} has it no more, or not whole, so only the host itself was asked"
        wanted = {place for manifest in self.manifests if manifest_id(manifest) in releases for place in places(manifest)}
        return [{"what": "unclear", "path": os.path.join(self.host.args["root"], place.split("/")[0], hash_in(place)), "why": why, "remedy": "hand"}
                for place in sorted(wanted) if hash_in(place) not in self.truth["seals"]]

    def _foreign(self, releases: list[str]) -> list[str]:
        """Return those of ``releases`` that the wheelhouse does not know; about one that came after the first look it is asked now."""
        known, new = self.known(), [release for release in releases if release not in self.releases]
        if new:
            known += map(manifest_id, known_manifests(self.wheelhouse, self.host.args["app"], new, self.host.action.show))
        return [release for release in releases if release not in known]

    def known(self) -> list[str]:
        """Return the ids of the releases whose manifests the wheelhouse has."""
        return [manifest_id(manifest) for manifest in self.manifests]

    def verifications(self, altered: list[str]) -> list[dict]:
        """Return the calls that have the host refuse those of the ``altered`` releases that no key that it knows has signed.

        Raises WheelhouseError for those that the wheelhouse knows without a signature, or with a wrong one.
        """
        if not self.host.args.get("allowed_signers"):
            return []
        signed = [(manifest, require_signature(self.wheelhouse, manifest, here=True)) for manifest in self.manifests if manifest_id(manifest) in altered]
        return [call for manifest, signature in signed for call in self.host.verification(manifest, signature, here=True)]

    def run(self, wanted: list[str], smoke_imports: list | None, first: list[dict] = ()) -> dict:
        """Send the files at the places ``wanted`` anew and have the host put itself right; return what the agent's ``repair`` says.

        ``first`` are the ``verifications``, which come before a large upload; the host then verifies again what it uses.
        """
        promises = {place: promise for manifest in self.manifests for place, promise in places(manifest).items() if place in wanted}
        lacking = sorted(set(wanted) - set(promises))
        if lacking:
            raise WheelhouseError(f"the wheelhouse {self.wheelhouse.where} knows no release that has {', '.join(lacking)}",
                                  hint="go back to a release that it knows; the altered one is removed in time")
        activation = self.host.activation("repair")
        call = {"op": "repair", "smoke_imports": smoke_imports, **self.truth,
                **{key: activation[key] for key in ("services", "health", "health_seconds", "actor", "allowed_signers")}}
        if call["allowed_signers"]:
            call["signatures"] = {release: self.wheelhouse.signature(self.host.args["app"], release) for release in self.known()}
        if not promises:
            return self.host.call(call)[0]
        size = sum(size for _sha256, size in promises.values())
        self.host.action.show(f"sending {len(promises)} files anew, {size / 1e6:.1f} MB")
        with self.wheelhouse.tar(promises) as archive:
            if size > STREAM_LIMIT:
                incoming = self.host.call(*first, {"op": "upload", "owner": self.host.action.login_user()})[-1]["incoming"]
                self.host.action.send_file(archive, os.path.join(incoming, "files.tar"))
                return self.host.call({**call, "stream": os.path.join(incoming, "files.tar")})[0]
            with open(archive, "rb") as stream:
                return self.host.call({**call, "stream": "-"}, stream=stream.read())[0]


def put_right(host: ProductionHost, wheelhouse: Wheelhouse, status: dict, args: dict, foresee: bool) -> dict:
    """Make a host of this ``status`` what its manifests say; return ``{"repaired": [findings]}``, or {} when nothing was to be put right.

    With ``foresee``, as in check mode, nothing is changed. Otherwise the status is another one afterwards.
    """
    if not status["releases"]:
        return {}
    repair = Repair(host, wheelhouse, status["releases"])
    found = repair.audit(look_for_tools=False)
    if not found["repairable"]:
        return {}
    first = repair.verifications(found["altered"])
    if foresee:
        if first:
            host.call(*first)
        return {"repaired": [finding for finding in found["findings"] if finding["remedy"] == "repair"]}
    done = repair.run(found["places"], args["smoke_imports"], first)
    host.action.show(f"{args['app']}: {len(done['repaired'])} places put right")
    return {"repaired": done["repaired"]}
