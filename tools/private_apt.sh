# Read by other scripts, which have a `die MESSAGE`: apt as on an i386 system without packages,
# with a state of its own in the folder $work. The host's package lists are untouched, no foreign architecture is added, nothing
# is installed, root is not needed. What comes is from the suite bookworm of the mirror that this
# system uses; apt checks the signatures.
#
# VITRINE_DEBIAN_SOURCE, a line as in sources.list(5), overrides the choice of the mirror.

suite=bookworm
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Prints "URI SUITE" of the mirror from which the host itself takes bookworm; nothing if there is none.
mirror() {
    apt-get indextargets --format '$(CODENAME) $(RELEASE) $(COMPONENT) $(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null |
        awk -v s=$suite '($1 == s || $2 == s) && $3 == "main" { print $4, $2; exit }'
}

# Runs apt's tool $1 as on an i386 system without packages, with a state of its own. Of the host's
# configuration only the way to the network (proxies) is taken.
private_apt() {
    tool=$1
    shift
    APT_CONFIG=$work/apt.conf "$tool" "$@"
}

set_up_apt() {
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
    : >"$work/status"
    if [ -n "${VITRINE_DEBIAN_SOURCE:-}" ]; then
        echo "$VITRINE_DEBIAN_SOURCE" >"$work/sources.list"
    else
        signed=
        [ ! -r $keyring ] || signed="[signed-by=$keyring] "
        set -- $(mirror)
        [ $# = 2 ] || die "apt here knows no mirror of $suite; name one in VITRINE_DEBIAN_SOURCE"
        echo "deb $signed$1 $2 main" >"$work/sources.list"
    fi
    (
        umask 077
        apt-config dump | grep -E '^Acquire::(http|https|ftp|Proxy|Retries|ForceIPv)' >"$work/apt.conf" || true
    )
    cat >>"$work/apt.conf" <<EOF
APT::Architecture "i386";
APT::Architectures { "i386"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
EOF
}
