#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/fetch.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fetch
short_description: Stage a release in the wheelhouse
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Brings what the wheelhouse lacks from the build host in one stream, verifies it, and publishes the manifest and the index.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.inputs
  - nogcc.wheelhouse.binary_options
  - nogcc.wheelhouse.platforms
  - nogcc.wheelhouse.build_host
options:
  sign_key:
    description:
      - What to sign the manifests with; empty means that they are not signed. The path, on the controller, of an SSH private key without a
        passphrase, or of the public half of a key in the ssh-agent; or the comment or the SHA256 fingerprint of a key in the ssh-agent.
    type: str
    default: ''
  sign_days:
    description: How many days a signature holds; V(0) means that it does not expire.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Bring what the wheelhouse lacks
  nogcc.wheelhouse.fetch:
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
signed:
  description: The ids of the manifests that were signed just now.
  type: list
  elements: str
  returned: when there is something to deploy
files:
  description: How many files were brought.
  type: int
  returned: when the build host was asked
bytes:
  description: How many bytes were brought.
  type: int
  returned: when files were brought
"""
