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
options:
  wheelhouse_dir:
    description: Folder of the controller that is the central wheelhouse.
    type: str
    required: true
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
"""
