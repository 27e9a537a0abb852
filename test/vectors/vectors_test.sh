#!/bin/bash
# A part of the conformance vectors, in a second or two (`make vectors` runs all of them): each kind
# is one test. Where the vectors are not at hand the tests are skipped.
set -u
vectors=${BUILD:-build}/vectors
data=${VECTOR_DATA:-../shared/vectors}
count=0

# check NAME KIND FILE...
check() {
    local name=$1 kind=$2
    shift 2
    count=$((count + 1))
    if [ ! -e "$1" ]; then
        echo "ok $count - $name # SKIP there is no $1"
        return
    fi
    local output
    if output=$("$vectors" -v "$kind" "$@" 2>&1); then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        grep FAIL <<<"$output" | head -n 20 | sed 's/^/# /'
        tail -n 1 <<<"$output" | sed 's/^/# /'
    fi
}

echo 1..6
check a_286_did_the_same moo "$data"/80286/*[37BF].MOO.gz
check a_386_did_the_same moo "$data"/80386-sample/*.MOO.gz
check x87_and_sse_give_the_results_and_flags_of_testfloat float "$data"/float/testfloat.txt.gz
check what_is_no_instruction_is_undefined decode "$data"/x86-decode/iced-decode.tsv.gz
check the_disassembler_writes_what_others_write disasm "$data"/x86-decode/iced-disasm.tsv.gz
check a_single_lc3_instruction_does_what_two_simulators_say lc3 "$data"/lc3-singlestep/*.json.gz
