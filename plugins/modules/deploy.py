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
  - nogcc.wheelhouse.store
attributes:
  diff_mode:
    support: full
options:
  system_packages:
    description:
      - What to do when the host lacks shared libraries that the wheels need, or has them too old. C(check) refuses, and names library, wheel
        and package.
      - C(install) installs or upgrades the packages that have them, as M(nogcc.wheelhouse.check) does, and no others; then the check must hold.
    type: str
    choices: [check, install]
    default: check
  repair:
    description: Whether what was altered on the host by other hands is put right, as M(nogcc.wheelhouse.audit) finds it, but for what that leaves to
      a person. With O(allowed_signers) nothing is put right by a release that none of the keys has signed.
    type: bool
    default: false
  smoke_imports:
    description: Modules that must import before the release becomes the current one; by default those of the project.
    type: list
    elements: str
  source:
    description:
      - Where the host takes what it lacks from. C(push) has the controller send it; C(pull) has the host get it from O(wheelhouse_url).
      - What comes is checked against the manifest, which the controller sends, either way.
    type: str
    choices: [push, pull]
    default: push
  wheelhouse_url:
    description:
      - URL under which a web server hands out the wheelhouse's folder, for O(source=pull). It may carry user and password, %-escaped.
    type: str
    default: ''
  environment:
    description:
      - Proxies (C(http_proxy), C(https_proxy), C(no_proxy)) and CA bundle (C(SSL_CERT_FILE), a path on the host), for O(source=pull).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Deploy the application
  nogcc.wheelhouse.deploy:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    services: [shop.service]

- name: Deploy it to a fleet that a web server feeds
  nogcc.wheelhouse.deploy:
    app: shop
    requirements: requirements.in
    wheelhouse_dir: ~/wheelhouse
    source: pull
    wheelhouse_url: https://wheels.example.org/
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
repaired:
  description: What was put right, as the findings of M(nogcc.wheelhouse.audit).
  type: list
  returned: when something was put right
system_packages:
  description: Packages of the distribution that were installed, or would have been in check mode.
  type: list
  returned: with O(system_packages=install), and in check mode, when something was deployed
bytes:
  description: How many bytes were sent or pulled.
  type: int
  returned: when something was deployed
"""
