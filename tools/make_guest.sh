#!/bin/sh
# Puts the default guest together from Debian's own packages.
#
#   tools/make_guest.sh OUTDIR [FLAVOUR]     makes OUTDIR/bzImage and OUTDIR/initramfs.cpio.gz
#
# What is fetched: linux-image-FLAVOUR (the real package behind it; 686 or 686-pae, by default 686)
# and busybox-static, both for i386, from the suite bookworm of the mirror that this system uses;
# apt checks their signatures. apt works here with a state of its own under OUTDIR: the host's package lists
# are untouched, no foreign architecture is added, nothing is installed, root is not needed.
# The two packages stay in OUTDIR/debs, and with them there no network is needed; delete the folder
# to get newer ones. The same packages give the same files, byte for byte.
#
# VITRINE_DEBIAN_SOURCE, a line as in sources.list(5), overrides the choice of the mirror.
set -eu
umask 022

# Drivers for disks and CDs behind PIIX IDE and floppies, the file systems that they may hold,
# power button, mouse and network card. The kernel has everything else built in that the board has.
modules=ata_piix,ata_generic,sd_mod,sr_mod,floppy,ext4,crc32c_generic,vfat,nls_cp437,nls_ascii
modules=$modules,nls_utf8,isofs,button,psmouse,evdev,ne2k-pci

die() {
    echo "make_guest: $*" >&2
    exit 1
}

[ $# = 1 ] || [ $# = 2 ] || die "usage: make_guest.sh OUTDIR [FLAVOUR]"
flavour=${2:-686}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/private_apt.sh"
mkdir -p "$1" || die "cannot make the folder $1"
out=$(cd "$1" && pwd)
for tool in apt-get dpkg-deb python3; do
    command -v $tool >/dev/null || die "$tool is missing"
done

debs=$out/debs
mkdir -p "$debs"
work=$out/work.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work"

fetch() {
    set_up_apt
    echo "Guest: fetching the package list of Debian $suite for i386 ..."
    private_apt apt-get -q update >"$work/log" 2>&1 || true # judged by what it knows then
    real=$(private_apt apt-cache depends "linux-image-$flavour" 2>/dev/null |
        awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }')
    if [ -z "$real" ]; then
        grep -E '^(E|W|Err)' "$work/log" | head -n 3 >&2
        die "no package linux-image-$flavour: is $(awk '{ print $(NF - 2) }' "$work/sources.list") reachable?"
    fi
    echo "Guest: fetching $real and busybox-static ..."
    if ! (cd "$work" && private_apt apt-get -q download "$real" busybox-static) >"$work/log" 2>&1; then
        grep -E '^(E|W|Err)' "$work/log" | head -n 3 >&2
        die "could not fetch $real and busybox-static"
    fi
    mv "$work"/*.deb "$debs"
}

# Prints the one package file of the name's pattern.
one_deb() {
    set -- "$debs"/$1
    [ -f "$1" ] && [ $# = 1 ] && echo "$1"
}

if ! one_deb "linux-image-*-${flavour}_*_i386.deb" >/dev/null || ! one_deb 'busybox-static_*_i386.deb' >/dev/null; then
    rm -f "$debs"/*.deb
    fetch
fi
kernel_deb=$(one_deb "linux-image-*-${flavour}_*_i386.deb") || die "the kernel package did not arrive"
busybox_deb=$(one_deb 'busybox-static_*_i386.deb') || die "the busybox package did not arrive"

echo "Guest: unpacking $(basename "$kernel_deb") ..."
for deb in "$kernel_deb" "$busybox_deb"; do
    dpkg-deb -x "$deb" "$work/root" || {
        rm -f "$deb"
        die "$(basename "$deb") is damaged; it is deleted now, start again"
    }
done

python3 "$here/initramfs.py" "$out/initramfs.cpio.gz" init="$here/../rom/guest/init" \
    bin/busybox="$work/root/bin/busybox" "@$work/root:$modules" \
    proc/ sys/ dev/ tmp/ root/ mnt/ sbin/ usr/bin/ usr/sbin/ || die "could not write the initramfs"
cp "$work"/root/boot/vmlinuz-*-"$flavour" "$out/bzImage.new"
mv "$out/bzImage.new" "$out/bzImage"
# apt keeps the packages' dates; make compares these.
touch "$out/bzImage" "$out/initramfs.cpio.gz"
echo "Guest: $out/bzImage and initramfs.cpio.gz are ready."
