#!/bin/bash
# The programs of examples/lc3: each passes the tests beside it, in both editions unless it uses what
# only one has, and a program that is broken does not.
set -u
vitrine=${VITRINE:-build/vitrine}
count=0

# check NAME COMMAND...: exit code 0 is right.
check() {
    local name=$1 output
    shift
    count=$((count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$output"
    fi
}

fails_with() {
    local wanted=$1
    shift
    "$@" >/dev/null 2>&1
    [ $? -eq "$wanted" ]
}

programs=(examples/lc3/*.asm)
echo "1..$((2 * ${#programs[@]} + 1))"
for program in "${programs[@]}"; do
    name=$(basename "$program" .asm)
    check "${name}_passes_its_tests" "$vitrine" lc3 --grade "${program%.asm}.toml"
    if grep -q 'RTI' "$program"; then
        check "${name}_is_for_the_third_edition" \
            fails_with 4 "$vitrine" lc3 --edition 2 --grade "${program%.asm}.toml" "$program"
    else
        check "${name}_passes_in_the_second_edition_too" \
            "$vitrine" lc3 --edition 2 --grade "${program%.asm}.toml" "$program"
    fi
done
check a_program_that_does_something_else_fails \
    fails_with 4 "$vitrine" lc3 --grade examples/lc3/hello.toml examples/lc3/counting.asm
