#!/bin/bash
# Fuzzes with each target for so many seconds (`make fuzz TIME=SECONDS`). What is found during the
# run is kept in FUZZ_BUILD/corpus/NAME, an input that breaks something in FUZZ_BUILD/found/.
set -u
seconds=${1:-60}
build=${FUZZ_BUILD:-build/fuzz}
failed=0

for program in "$build"/*_fuzz; do
    name=$(basename "$program" _fuzz)
    mkdir -p "$build/corpus/$name" "$build/found"
    echo "$name: $seconds s"
    # The command line's messages would drown everything else.
    quiet=0
    case $name in cli | front | overlay) quiet=3 ;; esac
    if ! "$program" -max_total_time="$seconds" -max_len=2048 -len_control=0 -timeout=20 \
        -close_fd_mask=$quiet -artifact_prefix="$build/found/$name-" -print_final_stats=1 \
        "$build/corpus/$name" "test/fuzz/corpus/$name" 2>"$build/$name.log"; then
        failed=1
        tail -n 40 "$build/$name.log"
        echo "FAILED: $name; the input is in $build/found/, the whole log is $build/$name.log"
    fi
    grep -a -E 'DONE|average_exec|built-in' "$build/$name.log"
done
exit $failed
