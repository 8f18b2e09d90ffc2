#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/lock.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: lock
short_description: Lock requirements
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Resolves the requirements on the build host with uv and writes C(pylock.toml) (PEP 751) on the controller.
  - What the existing lock pins stays, unless the requirements or O(upgrade) say otherwise.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.build_host
  - nogcc.wheelhouse.binary_options
  - nogcc.wheelhouse.resolving
  - nogcc.wheelhouse.store
attributes:
  diff_mode:
    support: full
options:
  requirements:
    description: Path, on the controller, of the requirements to lock.
    type: str
    required: true
  lock:
    description: Name of the lock beside the requirements; empty means C(pylock.toml).
    type: str
    default: ''
  upgrade:
    description: Packages to lock anew although the existing lock pins them; C(:all:) means every one.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Write the lock beside the requirements
  nogcc.wheelhouse.lock:
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    root: /var/lib/wheelhouse-build
    tools: tools.txt
"""

RETURN = r"""
lock:
  description: Path of the lock on the controller.
  type: str
  returned: success
"""
