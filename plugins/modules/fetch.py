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
  - nogcc.wheelhouse.store
options:
  prepared:
    description: What RV(nogcc.wheelhouse.plan#module:prepared) was just before; without it the host is asked.
    type: dict
    default: {}
  recheck:
    description: Whether the build host is asked also when the wheelhouse has the release, because it may have made another one since.
    type: bool
    default: false
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
files:
  description: How many files were brought.
  type: int
  returned: when the build host was asked
bytes:
  description: How many bytes were brought.
  type: int
  returned: when files were brought
"""
