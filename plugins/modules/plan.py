#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/plan.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: plan
short_description: Find out what is to be locked and built
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Compares requirements, lock and project with what the wheelhouse has.
  - Refuses a lock that does not match the requirements.
  - Asks the host for its platform when something is to be done, or when O(platforms) is empty.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.inputs
  - nogcc.wheelhouse.binary_options
  - nogcc.wheelhouse.platforms
  - nogcc.wheelhouse.build_host
  - nogcc.wheelhouse.store
options:
  toolchain:
    description: The packages that every build needs, by family of distributions.
    type: dict
    default: {}
  packages:
    description: The packages that this application needs to compile.
    type: list
    elements: str
    default: []
  recheck:
    description: Whether something is to be done also when the wheelhouse has the release, because the toolchain may have changed.
    type: bool
    default: false
  only_lock:
    description: Only ask for the platform, to find out where to lock.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Find out what is to be done
  nogcc.wheelhouse.plan:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    root: /var/lib/wheelhouse-build
    tools: tools.txt
  register: plan
"""

RETURN = r"""
lock_needed:
  description: Whether there is no lock yet.
  type: bool
  returned: success
build_needed:
  description: Whether the wheelhouse lacks a release of these inputs, or files of it.
  type: bool
  returned: success
lock:
  description: Path of the lock on the controller.
  type: str
  returned: unless O(only_lock)
host:
  description: The inventory name of the host.
  type: str
  returned: success
platform:
  description: The platform of the host.
  type: dict
  returned: when something is to be done
prepared:
  description: Which build tools the host has, to be handed on to M(nogcc.wheelhouse.build) and M(nogcc.wheelhouse.fetch).
  type: dict
  returned: when something is to be done
missing:
  description: Those of O(toolchain) and O(packages) that the host lacks.
  type: list
  elements: str
  returned: when something is to be done
"""
