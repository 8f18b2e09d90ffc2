# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# shellcheck shell=sh
# Runs inside every new image, once.
set -eu

# who logs in: an ordinary user who may become root; the key comes with the host
useradd --create-home --shell /bin/bash deploy
echo "deploy ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/deploy

# what belongs to one host or to the machine that made the image does not belong into it
rm -f /etc/ssh/ssh_host_* /etc/apt/apt.conf.d/99mmdebstrap /etc/apt/sources.list /etc/hostname
: > /etc/machine-id
: > /etc/resolv.conf

# a container has no consoles, disks or clock to look after
for unit in getty.target console-getty.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer systemd-timesyncd.service systemd-logind.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target

# dpkg need not wait for the disk: a host that breaks is made anew
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/unsafe-io
