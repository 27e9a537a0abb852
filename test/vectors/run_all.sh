#!/bin/bash
# Runs all the conformance vectors that there are (`make vectors`):
#   run_all.sh PROGRAM FOLDER [-v]
# What is absent is skipped, and said so. The last line adds all kinds up; exit code 1 if a case
# failed.
set -u
program=$1
folder=$2
shift 2
passed=0 failed=0 result=0

# run KIND FILE...
run() {
    local kind=$1 output
    if [ ! -e "$2" ]; then
        echo "$kind: skipped, there is no $2"
        return
    fi
    echo "--- $kind"
    output=$("$program" $verbose "$@") || result=1
    echo "$output"
    if [[ ${output##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    fi
}

verbose=${1:-}
run moo "$folder"/80286/*.MOO.gz
run moo "$folder"/80386-sample/*.MOO.gz
run float "$folder"/float/testfloat.txt.gz
run decode "$folder"/x86-decode/iced-decode.tsv.gz
run disasm "$folder"/x86-decode/iced-disasm.tsv.gz
run lc3 "$folder"/lc3-singlestep/*.json.gz
echo "--- all"
echo "$passed passed, $failed failed"
exit $result
