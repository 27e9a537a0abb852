# gcc and tcc compile a program and run it; the assembly text that gcc writes is compared too.
gcc -O2 -S -o own.s /t/compiler.c && sha256sum own.s
for options in -O0 -O2 '-O3 -msse2 -mfpmath=sse' '-Os -march=pentium3 -fPIC'; do
    gcc $options -o own /t/compiler.c -lm && ./own && sha256sum own
done
tcc -o own /t/compiler.c -lm && ./own && sha256sum own
tcc -run -lm /t/compiler.c
gcc -c own.s && objdump -d own.o | sha256sum && nm own.o | sha256sum
