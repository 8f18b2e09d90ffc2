#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/divide.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: divide
short_description: Divide the work among build hosts
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Says which platforms a build host builds for, and what it does where several hosts serve the same one.
  - Refuses platforms that none of the hosts can build for. Runs on the controller.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.platforms
options:
  plans:
    description: What M(nogcc.wheelhouse.plan) returned on each host of the play.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what this host does
  nogcc.wheelhouse.divide:
    platforms: "{{ wheelhouse_platforms }}"
    plans: "{{ ansible_play_batch | map('extract', hostvars) | map(attribute='plan', default={}) }}"
  register: part
"""

RETURN = r"""
platforms:
  description: The platforms whose releases this host puts together.
  type: list
  elements: dict
  returned: success
share:
  description: Number of this host, from 0, among those that build for the same platform.
  type: int
  returned: success
shares:
  description: How many hosts build for the same platform; 0 when this host has nothing to do.
  type: int
  returned: success
locks:
  description: Whether this is the host that resolves requirements, the one with the lowest Python.
  type: bool
  returned: success
verifies:
  description: The host whose compiled wheels this one would build a second time, or an empty string.
  type: str
  returned: success
verified_by:
  description: The other host that would build this one's compiled wheels a second time, or an empty string.
  type: str
  returned: success
"""
