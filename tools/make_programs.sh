#!/bin/bash
# Puts together what test/programs/ runs: a disk with programs of Debian, for i386.
#
#   tools/make_programs.sh OUTDIR    makes OUTDIR/root, the programs unpacked, and OUTDIR/disk.img,
#                                    the same as an ext4 disk without partitions
#
# About 80 MB are fetched, by apt with a state of its own (private_apt.sh says how); nothing is
# installed, root is not needed. The packages stay in OUTDIR/debs, and with them there no network
# is needed; delete the folder to get newer ones. With OUTDIR/disk.img newer than this script
# there is nothing to do.
set -eu
umask 022

programs=(dash coreutils diffutils findutils grep sed tar mawk busybox-static openssl stress-ng
    python3-minimal libpython3.11-stdlib perl lua5.4 sqlite3 bc dc gcc libc6-dev tcc
    gzip bzip2 xz-utils zlib1g libc-bin)
megabytes=512

die() {
    echo "make_programs: $*" >&2
    exit 1
}

[ $# = 1 ] || die "usage: make_programs.sh OUTDIR"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/private_apt.sh"
mkdir -p "$1" || die "cannot make the folder $1"
out=$(cd "$1" && pwd)
[ ! "$out/disk.img" -nt "$0" ] || exit 0
PATH=$PATH:/usr/sbin:/sbin
for tool in apt-get dpkg-deb mke2fs; do
    command -v $tool >/dev/null || die "$tool is missing"
done

work=$out/work.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work"

fetch() {
    set_up_apt
    echo "Programs: fetching ${programs[*]} and what they need ..."
    if ! { private_apt apt-get -q update &&
        private_apt apt-get -q -y --no-install-recommends --download-only install "${programs[@]}"; } \
        >"$work/log" 2>&1; then
        grep -E '^(E|W|Err)' "$work/log" | head -n 3 >&2
        die "could not fetch the packages"
    fi
    rm -rf "$out/debs"
    mkdir "$work/debs"
    mv "$work"/cache/archives/*.deb "$work/debs"
    mv "$work/debs" "$out/debs"
}

[ -d "$out/debs" ] || fetch
rm -rf "$out/root"
for deb in "$out"/debs/*.deb; do
    dpkg-deb -x "$deb" "$work/root" || {
        rm -rf "$out/debs"
        die "$(basename "$deb") is damaged; all are deleted now, start again"
    }
done

# What the installation would have set up, as far as the programs need it.
cd "$work/root"
ln -sf dash bin/sh
mkdir -p t proc sys dev tmp etc
printf 'root:x:0:0:root:/t:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
ln -sf lua5.4 usr/bin/lua
rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/bash-completion
cd "$out"
mv "$work/root" root

# The modules of 'perl' and the libraries of 'gcc' are most of it.
rm -f disk.img.new
truncate -s ${megabytes}M disk.img.new
mke2fs -q -F -t ext4 -b 4096 -O ^has_journal -d root disk.img.new
mv disk.img.new disk.img
echo "Programs: $out/disk.img is ready."
