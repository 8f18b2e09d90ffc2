# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# shellcheck shell=dash
# The first process of the virtual machine. Its kernel hands over what its command line names: fs, task, seed.
export PATH=/usr/bin:/bin
: "${fs:?}" "${task:?}" "${seed:?}"
busybox mkdir -p /proc /sys /dev /tmp /data
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
while read -r module; do busybox insmod "/modules/$module.ko"; done < /modules/order
mounted() {
    case $fs in
        nfs) busybox mkdir -p /export && busybox mount -t ext4 /dev/vda /export && python3 /guest/nfs.py ;;
        *) busybox mount -t "$fs" /dev/vda /data ;;
    esac
}
if mounted; then
    busybox mkdir -p /data/systemd
    busybox ln -s /data/systemd /etc/systemd
    python3 /guest/guest.py "$task" "$seed"
else
    echo 'power: {"at": "end", "broken": ["the file system can not be mounted"]}'
fi
busybox sync
busybox poweroff -f
