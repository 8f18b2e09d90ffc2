#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/rollback.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollback
short_description: Return to an earlier release
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Makes the release that was active before the current one active again; nothing has to be sent.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.production_host
  - nogcc.wheelhouse.activation
options:
  release:
    description: Id of the release to return to; empty means the one that was active before.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Return to the release before
  nogcc.wheelhouse.rollback:
    app: shop
    services: [shop.service]
"""

RETURN = r"""
from:
  description: Id of the release that was active before.
  type: str
  returned: success
to:
  description: Id of the release that is active now.
  type: str
  returned: success
"""
