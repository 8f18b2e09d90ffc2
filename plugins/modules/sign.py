#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/sign.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: sign
short_description: Sign the manifests of a release
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Signs, on the controller, the manifests that a lock, project and platforms lead to, with C(ssh-keygen). What is signed already stays as it is,
    unless the signature is by another key or has expired, or another release of the same platform was signed later.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.inputs
  - nogcc.wheelhouse.binary_options
  - nogcc.wheelhouse.platforms
  - nogcc.wheelhouse.store
options:
  python:
    description: Interpreter of the host, whose platform is taken where O(platforms) is empty.
    type: str
    default: python3
  key:
    description:
      - The path, on the controller, of an SSH private key without a passphrase, or of the public half of a key in the ssh-agent; or the comment
        or the SHA256 fingerprint of a key in the ssh-agent.
    type: str
    required: true
  days:
    description: How many days a signature holds, at most 36500; V(0) means that it does not expire.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Sign what production is to have
  nogcc.wheelhouse.sign:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    key: ~/.ssh/release_key
"""

RETURN = r"""
signed:
  description: The ids of the manifests that were signed just now.
  type: list
  elements: str
  returned: success
"""
