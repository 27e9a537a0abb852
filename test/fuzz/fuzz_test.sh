#!/bin/bash
# Each fuzz target for a short while, from the inputs in test/fuzz/corpus: those that once broke
# something, and a few that reach far. `make fuzz` runs them for longer, with libFuzzer and sanitizers.
set -u
build=${FUZZ_BUILD:-${BUILD:-build}}
names=(board boot cdrom cli cpu decode dev front lc3asm lc3file overlay study vga)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo 1..${#names[@]}
number=0
for name in "${names[@]}"; do
    number=$((number + 1))
    program=$build/${name}_fuzz
    what="${name}_survives_what_the_fuzzer_thinks_of"
    if [ ! -x "$program" ]; then
        echo "ok $number - $what # SKIP there is no $program"
        continue
    fi
    if "$program" -max_total_time=2 -max_len=1024 -len_control=0 -timeout=20 -seed=1 \
        -artifact_prefix="$build/" test/fuzz/corpus/"$name" >"$log" 2>&1; then
        echo "ok $number - $what"
    else
        echo "not ok $number - $what"
        tail -n 30 "$log" | sed 's/^/# /'
    fi
done
