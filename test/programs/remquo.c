// Reads lines of two doubles, as 16 hexadecimal digits each, and prints which bits of their
// quotient the C library's remquo for the x87 tells: FPREM1 until it is done, the condition codes
// of the last one [SDM2], and the sign. 64-bit code runs it where the whole library can't.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

int main(void)
{
    unsigned long long x, y;
    while (scanf("%llx %llx", &x, &y) == 2) {
        long double rest = double_of(x), divisor = double_of(y);
        uint16_t status;
        do {
            __asm__("fprem1\n\tfnstsw %1" : "+t"(rest), "=a"(status) : "u"(divisor));
        } while (status & 0x400); // C2: not done
        int bits = (status >> 8 & 1) << 2 | (status >> 14 & 1) << 1 | (status >> 9 & 1);
        printf("%d\n", (x ^ y) >> 63 ? -bits : bits);
    }
    return 0;
}
