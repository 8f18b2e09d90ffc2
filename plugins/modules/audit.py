#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/audit.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: audit
short_description: Hold a production host against its manifests
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Reads every file of the store and of the releases of an application and compares it with the manifest and the wheels that it was made of;
    names files that are altered, missing or added, permissions, owners, folders that are nobody's release, releases that the wheelhouse does
    not know, folders that another user could change, and compilers, pip and packages for compiling.
  - What the wheelhouse knows of a release is believed, and not the host. Of a wheel, or bytecode, that the wheelhouse has no more, or not whole,
    only the host could be asked, so that is named, too.
  - Changes nothing, and fails when something is otherwise than it should be.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.production_host
  - nogcc.wheelhouse.store
options:
  tools:
    description: Whether compilers, pip and packages for compiling are looked for.
    type: bool
    default: true
  allowed_signers:
    description:
      - Absolute path, on the host, of a file of C(allowed_signers), as for M(nogcc.wheelhouse.deploy). With it each release on the host must be the one
        that a key of the file has signed, by the signature that came with it. Empty means that signatures are not looked at.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Compare the host with its manifests
  nogcc.wheelhouse.audit:
    app: shop
    wheelhouse_dir: ~/wheelhouse
"""

RETURN = r"""
current:
  description: Id of the active release.
  type: str
  returned: always
previous:
  description: Id of the release that a rollback would return to.
  type: str
  returned: always
releases:
  description: Ids of the releases on the host.
  type: list
  returned: always
findings:
  description: What is not as it should be.
  type: list
  returned: always
  contains:
    what:
      description: One of C(changed), C(missing), C(added), C(permissions), C(owner), C(foreign), C(unclear), C(unfinished), C(signature), C(tool),
        C(package).
      type: str
    path:
      description: Where.
      type: str
    why:
      description: In which way.
      type: str
    remedy:
      description: What puts it right. C(repair) is M(nogcc.wheelhouse.deploy) with C(repair), C(deploy) also
        without; C(hand) is left to a person.
      type: str
history:
  description: The last activations on the host, the oldest first.
  type: list
  returned: always
"""
