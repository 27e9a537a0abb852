#!/bin/sh
# Fetches a package of Debian for i386 and unpacks it, for tests whose guests this host has no
# package of.
#
#   tools/fetch_package.sh FOLDER PACKAGE     unpacks it into FOLDER, which must not be there yet
#
# apt checks the signatures; it works with a state of its own (private_apt.sh).
set -eu
umask 022

die() {
    echo "fetch_package: $*" >&2
    exit 1
}

[ $# = 2 ] || die "usage: fetch_package.sh FOLDER PACKAGE"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/private_apt.sh"
[ ! -e "$1" ] || die "$1 is there already"
mkdir -p "$(dirname "$1")"
work=$1.work.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work"
work=$(cd "$work" && pwd)

set_up_apt
private_apt apt-get -q update >"$work/log" 2>&1 || true # judged by what it knows then
(cd "$work" && private_apt apt-get -q download "$2") >"$work/log" 2>&1 || {
    grep -E '^(E|W|Err)' "$work/log" | head -n 3 >&2
    die "could not fetch $2"
}
dpkg-deb -x "$work"/*.deb "$work/root"
mv "$work/root" "$1"
