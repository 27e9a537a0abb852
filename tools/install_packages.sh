#!/bin/sh
# Installs the Debian packages of the named sections of packages.txt that are missing.
#
#   tools/install_packages.sh SECTION...          e.g. build guest
#
# As root, or with a sudo that asks for no password, it installs them; otherwise it names them and
# exits with 1. It says nothing, and takes no time, when nothing is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list=$here/packages.txt

die() {
    echo "install_packages: $*" >&2
    exit 1
}

[ $# -gt 0 ] || die "usage: install_packages.sh SECTION..."
wanted=$(awk -v sections=" $* " '
    /^[^#]/ && NF >= 2 { known[$1] = 1; if (index(sections, " " $1 " ")) print $2 }
    END { n = split(sections, s, " ")
          for (i = 1; i <= n; i++) if (!(s[i] in known)) { print "?" s[i]; exit } }
' "$list" | sort -u)
case $wanted in
*\?*) die "no such section in packages.txt: $(echo "$wanted" | sed -n 's/^?//p')" ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "install_packages: this is not a Debian system; the programs of these packages must be there:" >&2
    echo "install_packages: $(echo $wanted)" >&2
    exit 0
fi

# dpkg-query knows "ii " for installed. What an installed package provides is there too: another
# nodejs than Debian's brings npm along, and apt would refuse a second one.
missing=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' 2>/dev/null || true; } |
    sed 's/ ([^)]*)//g; s/,//g' |
    awk -v wanted="$(echo $wanted)" '
        /^ii / { for (i = 2; i <= NF; i++) have[$i] = 1 }
        END { n = split(wanted, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }')
[ -n "$missing" ] || exit 0
missing=$(echo $missing)

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "install_packages: packages are missing. Install them, then start again:" >&2
    echo "    sudo apt-get install $missing" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" \
        </dev/null >"$log" 2>&1
}

echo "Installing: $missing"
# The lists may be missing or old: only then are they worth the time.
if ! apt_get --no-install-recommends install $missing; then
    echo "Updating the package lists ..."
    apt_get update || true # one broken source must not stop us: the next line tells
    complaints=$(grep -E '^[EW]:' "$log" | head -n 3)
    if ! apt_get --no-install-recommends install $missing; then
        [ -z "$complaints" ] || echo "$complaints" >&2
        grep -E '^E:' "$log" >&2 || tail -n 5 "$log" >&2
        die "apt-get could not install: $missing"
    fi
fi
