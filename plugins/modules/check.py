#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/check.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: check
short_description: Find out what a production host lacks for a release
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Returns all that stands in the way of a release on this host, and the packages of the distribution that it lacks.
  - Changes nothing, unless it is to O(install) these.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.wanted
  - nogcc.wheelhouse.production_host
  - nogcc.wheelhouse.store
options:
  install:
    description:
      - Install the packages that were found lacking, with the distribution's own tool. What they depend on comes with them, what they only
        recommend does not, and nothing is removed.
    type: bool
    default: false
  allowed_signers:
    description:
      - Absolute path, on the host, of a file of C(allowed_signers), as for M(nogcc.wheelhouse.deploy). With it nothing that a release asks for is
        looked at, or installed, unless one of these keys has signed it. Empty means that nobody has to sign.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Find out what the host lacks
  nogcc.wheelhouse.check:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
  register: found
"""

RETURN = r"""
blockers:
  description: What stands in the way, each with C(message), C(hint) and C(package).
  type: list
  elements: dict
  returned: success
system_packages:
  description: The packages of the distribution to install, because shared libraries are missing or too old, by the build host's names.
  type: list
  elements: str
  returned: success
"""
