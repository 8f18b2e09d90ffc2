#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/status.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: status
short_description: Ask a production host what it has
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Returns the platform, the current release, the wheels held and the free space, in one SSH execution.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.production_host
"""

EXAMPLES = r"""
- name: Ask the host what it has
  nogcc.wheelhouse.status:
    app: shop
"""

RETURN = r"""
status:
  description: The status; it is kept in the fact C(wheelhouse_status) as well.
  type: dict
  returned: success
  contains:
    platform:
      description: Python version, ABI, machine, libc and distribution.
      type: dict
    current:
      description: Id of the active release.
      type: str
    previous:
      description: Id of the release that a rollback would return to.
      type: str
    asked:
      description: When the host was asked, for the tasks of the same run that take the status.
      type: dict
"""
