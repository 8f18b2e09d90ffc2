# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# shellcheck shell=sh
# Makes a machine ready for the demo and the tests: Debian's packages, the pinned tools, the collection in its place.
# Each step looks first whether there is anything to do. Run by make, from the top of the repository.
set -eu

packages="gcc libc6-dev python3-venv ca-certificates openssh-client podman runc netavark aardvark-dns iptables mmdebstrap rsync shellcheck debian-archive-keyring"
python=/usr/bin/python3

say() { echo "setup: $*"; }
quietly() {  # the output matters only when the command fails
    mkdir -p .cache
    "$@" < /dev/null > .cache/setup.log 2>&1 || { tail -n 20 .cache/setup.log >&2; stop "$1 failed, see above"; }
}
stop() { echo "setup: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || stop "run this as root: the hosts of the test bed are system containers with addresses of their own"
command -v apt-get > /dev/null || stop "this needs Debian 12 or later; the test bed is made of Debian's packages"

wanted="$packages $*"  # what a few tests need besides is named by who runs them
set --
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || set -- "$@" "$package"
done
if [ $# -gt 0 ]; then
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get update
    quietly apt-get install -y --no-install-recommends "$@"
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "$python is older than 3.11, which ansible-core needs"

# the virtual environment knows its own path, so a moved clone needs a new one
state=$({ cat tests/tools.txt; "$python" --version; pwd; } | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/made-from 2> /dev/null)" != "$state" ]; then
    say "installing the tools pinned in tests/tools.txt into .venv"
    rm -rf .venv
    quietly "$python" -m venv .venv
    quietly .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --only-binary :all: --requirement tests/tools.txt
    echo "$state" > .venv/made-from
fi

# Ansible finds a collection only below ansible_collections/<namespace>/<name>
place=.cache/collections/ansible_collections/nogcc
[ "$(readlink "$place/wheelhouse" 2> /dev/null)" = "$(pwd)" ] || { mkdir -p "$place"; ln -sfn "$(pwd)" "$place/wheelhouse"; }
