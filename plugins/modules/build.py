#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/build.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: build
short_description: Build the wheels of a lock
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Downloads what the lock names by hash, compiles sdists without network, and writes the manifest of the release.
  - What was built before from the same inputs is not built again.
  - Shows its progress while it runs.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.inputs
  - nogcc.wheelhouse.binary_options
  - nogcc.wheelhouse.platforms
  - nogcc.wheelhouse.build_host
  - nogcc.wheelhouse.resolving
  - nogcc.wheelhouse.store
options:
  prepared:
    description: What RV(nogcc.wheelhouse.plan#module:prepared) was just before; without it the host is asked.
    type: dict
    default: {}
  task:
    description:
      - What to do. V(release) builds every wheel and writes the manifest.
      - V(share) builds only this host's share of the wheels, for a wheelhouse from which the host that does V(release) takes them.
      - V(verify) builds what is in O(compiled) a second time, and fails when the bytes differ.
      - V(accept) lets the release be fetched that O(task=release) with O(verify) has kept back.
    type: str
    choices: [release, share, verify, accept]
    default: release
  share:
    description: Number of this host, from 0, among O(shares).
    type: int
    default: 0
  shares:
    description: How many hosts build for the same platform.
    type: int
    default: 1
  verify:
    description: With O(task=release), return what another host needs to verify the compiled wheels, and keep the release back until then.
    type: bool
    default: false
  compiled:
    description: With O(task=verify), what RV(compiled) was on the host that built the release, or RV(own) on the one that verified the rest.
    type: dict
    default: {}
  timeout:
    description: Seconds that the build of one wheel may take before it is ended.
    type: int
    default: 3600
  memory:
    description:
      - Memory, in MB, that one process of a build may take, and by which it is decided how many compilers run at once, 1 GB each.
      - V(0) means all that is available when the build starts.
    type: int
    default: 0
  allow_network:
    description:
      - Let builds use the network, on a host whose kernel forbids to take it from them.
      - This gives up that only what was locked gets into a wheel, and that a build can send nothing away.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Build every wheel of the lock
  nogcc.wheelhouse.build:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    root: /var/lib/wheelhouse-build
    tools: tools.txt
"""

RETURN = r"""
releases:
  description: The ids of the manifests, one for each platform.
  type: list
  elements: str
  returned: success
built:
  description: Names of the packages that were compiled in this run.
  type: list
  elements: str
  returned: when something was built
compiled:
  description: For each compiled wheel, by the SHA-256 of its source, its own SHA-256 and those of its members.
  type: dict
  returned: with O(task=release); empty unless O(verify)
own:
  description: What of O(compiled) this host has compiled itself, so that another one of O(shares) is to verify it.
  type: dict
  returned: with O(task=verify)
verified:
  description: Names of the packages that were built a second time, with the same bytes.
  type: list
  elements: str
  returned: with O(task=verify)
"""
