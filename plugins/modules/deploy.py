#!/usr/bin/python
# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of an action plugin; the work is done in ``plugins/action/deploy.py``."""
from __future__ import annotations

DOCUMENTATION = r"""
---
module: deploy
short_description: Deploy a release
version_added: 0.1.0
author: The nogcc.wheelhouse authors (@nogcc)
description:
  - Sends what the host lacks, verifies and installs it there without any index, tests it, and makes it the current release at one instant.
  - Refuses, with all reasons at once, before anything is changed.
extends_documentation_fragment:
  - nogcc.wheelhouse.attributes
  - nogcc.wheelhouse.wanted
  - nogcc.wheelhouse.production_host
  - nogcc.wheelhouse.activation
attributes:
  diff_mode:
    support: full
options:
  smoke_imports:
    description: Modules that must import before the release becomes the current one; by default those of the project.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Deploy the application
  nogcc.wheelhouse.deploy:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
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
bytes:
  description: How many bytes were sent.
  type: int
  returned: when something was deployed
"""
