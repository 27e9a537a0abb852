# stress-ng checks its own work. Its lines have process numbers and times: left is the verdict.
sizes=
for kind in bsearch heapsort hsearch judy list lsearch mergesort qsort radixsort shellsort skiplist \
    tsearch; do
    sizes="$sizes --$kind-size 1024"
done
sizes="$sizes --matrix-size 32 --matrix-3d-size 16 --sparsematrix-size 64 --sparsematrix-items 200
    --vm-bytes 4m --malloc-bytes 1m"

check() {
    stress-ng --verify --seed 1 --timeout 100 --oomable $sizes "$@" >log 2>&1
    echo "$* -> $?"
    grep -E 'fail:|: *failed: [1-9]|not supported|untrustworthy: [1-9]|unrecognized' log
}

check --cpu 1 --cpu-method all --cpu-ops 40
for kind in atomic bad-altstack bsearch context crypt fault fork fp-error funccall \
    funcret futex getrandom goto hash heapsort hsearch icache judy list longjmp \
    lsearch malloc matrix matrix-3d memcpy mergesort mutex nop null pipe priv-instr qsort \
    radixsort regs rotate shellsort sigfpe sigq sigsegv sigsuspend sigtrap skiplist \
    sparsematrix str switch tsearch vdso vecfp vecmath vecshuf vecwide vm wcs zlib; do
    case $kind in
    funccall | funcret | hash | longjmp | regs | sigfpe | sigsegv | str | wcs | rotate) count=20 ;;
    vecmath | vecshuf | vecwide | memcpy | crypt | branch | goto | nop | matrix) count=8 ;;
    *) count=1 ;;
    esac
    check --$kind 1 --$kind-ops $count
done
true
