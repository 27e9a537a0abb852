// Calls the C library's mathematical functions with many arguments and prints what comes out, in
// hexadecimal: `NAME TYPE ARGUMENTS = RESULTS FLAGS`. TYPE is f, d or l (float, double, long
// double), FLAGS the exceptions of x87 and SSE together. programs_long_test.py compares the lines
// of two processors.
#define _GNU_SOURCE
#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- numbers as text ---

static const char digits[] = "0123456789abcdef";
static char line[512];
static size_t used;

static void put_text(const char *text)
{
    size_t length = strlen(text);
    memcpy(line + used, text, length);
    used += length;
}

static void put_hex(uint64_t value, int count)
{
    line[used++] = ' ';
    while (count-- > 0) {
        line[used++] = digits[value >> (4 * count) & 15];
    }
}

static void put_f(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    put_hex(bits, 8);
}

static void put_d(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    put_hex(bits, 16);
}

static void put_l(long double x)
{
    uint64_t mantissa;
    uint16_t top;
    memcpy(&mantissa, &x, 8);
    memcpy(&top, (char *)&x + 8, 2);
    put_hex(top, 4);
    put_hex(mantissa, 16);
}

static void clear_flags(void)
{
    unsigned mxcsr = 0x1F80;
    unsigned old;
    __asm__ volatile("stmxcsr %0" : "=m"(old));
    mxcsr |= old & 0x6000; // the rounding stays
    __asm__ volatile("fnclex\n\tldmxcsr %0" : : "m"(mxcsr));
}

static unsigned flags(void)
{
    uint16_t x87;
    unsigned mxcsr;
    __asm__ volatile("fnstsw %0\n\tstmxcsr %1" : "=m"(x87), "=m"(mxcsr));
    return (x87 | mxcsr) & 0x3F;
}

static unsigned kept;

static void begin(const char *name, const char *type)
{
    used = 0;
    put_text(name);
    put_text(type);
}

static void end(void)
{
    put_hex(kept, 2);
    line[used++] = '\n';
    fwrite(line, 1, used, stdout);
}

// --- arguments ---

static uint64_t seed = 12345;

static uint64_t draw(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u; // Knuth's MMIX
    uint64_t high = seed >> 32;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return high << 32 | seed >> 32;
}

enum { ARGUMENTS = 260, MODERATE = 130 };
static float arguments_f[ARGUMENTS];
static double arguments_d[ARGUMENTS];
static long double arguments_l[ARGUMENTS];

static const double special[] = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    3.0,
    10.0,
    0.1,
    -0.1,
    1.5,
    2.5,
    -2.5,
    0.75,
    100.0,
    1e-5,
    -1e-5,
    1e10,
    -1e10,
    0x1p-20,
    0x1p31,
    -0x1p31,
    0x1p63,
    0x1p32,
    4294967295.0,
    88.5,
    -88.5,
    709.5,
    -745.0,
    127.5,
    1023.5,
    -1074.5,
    3.141592653589793,
    1.5707963267948966,
    0.7853981633974483,
    2.718281828459045,
    0.6931471805599453,
    1e300,
    1e-300,
    0x1.fffffep-1,
    0x1.000002p0,
    0x1.fffffffffffffp-1,
    0x1.0000000000001p0,
    0x1p-126,
    0x1p-149,
    0x1p-1022,
    0x1p-1074,
    0x1.fffffffffffffp1023,
    0x1.fffffep127,
    INFINITY,
    -INFINITY,
    NAN,
    6.0,
    -6.0,
    171.0,
    -0.25,
    20.0,
    33.3,
};
enum { SPECIAL = sizeof special / sizeof special[0] };

static void draw_arguments(void)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        uint64_t bits = draw();
        uint64_t more = draw();
        if (i < SPECIAL) {
            arguments_d[i] = special[i];
            arguments_f[i] = (float)special[i];
            arguments_l[i] = special[i];
        } else if (i < SPECIAL + MODERATE) {
            int exponent = (int)(more % 14) - 6;
            long double x = ldexpl((long double)bits, exponent - 63);
            arguments_l[i] = more >> 40 & 1 ? -x : x;
            arguments_d[i] = (double)arguments_l[i];
            arguments_f[i] = (float)arguments_l[i];
        } else {
            uint32_t few = (uint32_t)more;
            uint16_t top = (uint16_t)(more >> 32);
            uint64_t mantissa = bits | ((top & 0x7FFF) ? 1ull << 63 : 0);
            memcpy(&arguments_d[i], &bits, 8);
            memcpy(&arguments_f[i], &few, 4);
            memset(&arguments_l[i], 0, sizeof arguments_l[i]);
            memcpy(&arguments_l[i], &mantissa, 8);
            memcpy((char *)&arguments_l[i] + 8, &top, 2);
        }
    }
}

// --- one argument, one result ---

// clang-format off
#define UNARY_FUNCTIONS(X)                                                                         \
    X(sin)                                                                                         \
    X(cos)                                                                                         \
    X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(exp)       \
        X(exp2) X(exp10) X(expm1) X(log) X(log2) X(log10) X(log1p) X(logb) X(sqrt) X(cbrt) X(erf)  \
            X(erfc) X(tgamma) X(lgamma) X(floor) X(ceil) X(trunc) X(round) X(roundeven) X(rint)    \
                X(nearbyint) X(fabs) X(significand) X(j0) X(j1) X(y0) X(y1) X(nextup) X(nextdown)
// clang-format on

// clang-format off
#define BINARY_FUNCTIONS(X)                                                                        \
    X(pow)                                                                                         \
    X(atan2) X(fmod) X(remainder) X(hypot) X(fdim) X(fmax) X(fmin) X(copysign) X(nextafter) X(scalb)
// clang-format on

#define ROW(fn) {#fn, fn##f, fn, fn##l},

static const struct {
    const char *name;
    float (*f)(float);
    double (*d)(double);
    long double (*l)(long double);
} unary[] = {UNARY_FUNCTIONS(ROW)};

static const struct {
    const char *name;
    float (*f)(float, float);
    double (*d)(double, double);
    long double (*l)(long double, long double);
} binary[] = {BINARY_FUNCTIONS(ROW)};

#define COUNT(table) (int)(sizeof table / sizeof table[0])

// Calls and prints for one type: EXPRESSION computes from the arguments x and y.
#define SHOW1(T, type, name, x, expression)                                                        \
    do {                                                                                           \
        clear_flags();                                                                             \
        volatile type result = expression;                                                         \
        kept = flags();                                                                            \
        begin(name, " " #T);                                                                       \
        put_##T(x);                                                                                \
        put_text(" =");                                                                            \
        put_##T(result);                                                                           \
        end();                                                                                     \
    } while (0)

#define SHOW2(T, type, name, x, y, expression)                                                     \
    do {                                                                                           \
        clear_flags();                                                                             \
        volatile type result = expression;                                                         \
        kept = flags();                                                                            \
        begin(name, " " #T);                                                                       \
        put_##T(x);                                                                                \
        put_##T(y);                                                                                \
        put_text(" =");                                                                            \
        put_##T(result);                                                                           \
        end();                                                                                     \
    } while (0)

static void all_unary(void)
{
    for (int n = 0; n < COUNT(unary); n++) {
        for (int i = 0; i < ARGUMENTS; i++) {
            SHOW1(f, float, unary[n].name, arguments_f[i], unary[n].f(arguments_f[i]));
            SHOW1(d, double, unary[n].name, arguments_d[i], unary[n].d(arguments_d[i]));
            SHOW1(l, long double, unary[n].name, arguments_l[i], unary[n].l(arguments_l[i]));
        }
    }
}

static void all_binary(void)
{
    for (int n = 0; n < COUNT(binary); n++) {
        for (int i = 0; i < 2 * ARGUMENTS; i++) {
            int a = (int)(draw() % ARGUMENTS);
            int b = (int)(draw() % ARGUMENTS);
            SHOW2(f, float, binary[n].name, arguments_f[a], arguments_f[b],
                  binary[n].f(arguments_f[a], arguments_f[b]));
            SHOW2(d, double, binary[n].name, arguments_d[a], arguments_d[b],
                  binary[n].d(arguments_d[a], arguments_d[b]));
            SHOW2(l, long double, binary[n].name, arguments_l[a], arguments_l[b],
                  binary[n].l(arguments_l[a], arguments_l[b]));
        }
    }
}

// --- arithmetic, conversions and rounding, in all four directions ---

static const int directions[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
static const char *const direction_names[] = {"-near", "-down", "-up", "-zero"};
static char full_name[32];

static const char *named(const char *name, int direction)
{
    snprintf(full_name, sizeof full_name, "%s%s", name, direction_names[direction]);
    return full_name;
}

#define ARITHMETIC(T, type, x, y)                                                                  \
    do {                                                                                           \
        volatile type p = x;                                                                       \
        volatile type q = y;                                                                       \
        SHOW2(T, type, named("add", r), p, q, p + q);                                              \
        SHOW2(T, type, named("sub", r), p, q, p - q);                                              \
        SHOW2(T, type, named("mul", r), p, q, p *q);                                               \
        SHOW2(T, type, named("div", r), p, q, p / q);                                              \
    } while (0)

#define ROUNDED(T, type, x, suffix)                                                                \
    do {                                                                                           \
        SHOW1(T, type, named("rint", r), x, rint##suffix(x));                                      \
        SHOW1(T, type, named("nearbyint", r), x, nearbyint##suffix(x));                            \
        SHOW1(T, type, named("sqrt", r), x, sqrt##suffix(x));                                      \
        SHOW1(T, type, named("lrint", r), x, lrint##suffix(x));                                    \
        SHOW1(T, type, named("llrint", r), x, (type)llrint##suffix(x));                            \
        SHOW1(T, type, named("lround", r), x, lround##suffix(x));                                  \
        SHOW1(T, type, named("llround", r), x, (type)llround##suffix(x));                          \
    } while (0)

static void all_directions(void)
{
    for (int r = 0; r < COUNT(directions); r++) {
        fesetround(directions[r]);
        for (int i = 0; i < ARGUMENTS; i++) {
            int b = (int)(draw() % ARGUMENTS);
            volatile float x = arguments_f[i];
            volatile double y = arguments_d[i];
            volatile long double z = arguments_l[i];
            ARITHMETIC(f, float, x, arguments_f[b]);
            ARITHMETIC(d, double, y, arguments_d[b]);
            ARITHMETIC(l, long double, z, arguments_l[b]);
            ROUNDED(f, float, x, f);
            ROUNDED(d, double, y, );
            ROUNDED(l, long double, z, l);
            SHOW1(f, float, named("narrow", r), x, (float)y);
            SHOW1(d, double, named("narrow", r), y, (double)z);
            SHOW2(d, double, named("fma", r), y, arguments_d[b], fma(y, arguments_d[b], 1.1));
            SHOW2(l, long double, named("fma", r), z, arguments_l[b],
                  fmal(z, arguments_l[b], 1.1L));
            SHOW2(f, float, named("pow", r), x, arguments_f[b], powf(x, arguments_f[b]));
            SHOW2(d, double, named("pow", r), y, arguments_d[b], pow(y, arguments_d[b]));
            SHOW1(d, double, named("exp", r), y, exp(y));
            SHOW1(d, double, named("sin", r), y, sin(y));
        }
    }
    fesetround(FE_TONEAREST);
}

// --- more than one result, an integer beside, complex numbers ---

static void all_mixed(void)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        double x = arguments_d[i];
        double y = arguments_d[(i * 7 + 3) % ARGUMENTS];
        long double z = arguments_l[i];
        int n = (int)(draw() % 200) - 100;
        int part = 0;
        double whole = 0;
        long double whole_l = 0;
        SHOW2(d, double, "frexp", x, (double)part, frexp(x, &part));
        SHOW2(l, long double, "frexp", z, (long double)part, frexpl(z, &part));
        SHOW1(d, double, "modf", x, modf(x, &whole));
        SHOW1(d, double, "modf-whole", x, whole);
        SHOW1(l, long double, "modf", z, modfl(z, &whole_l));
        SHOW2(d, double, "remquo", x, y, remquo(x, y, &part));
        SHOW2(d, double, "remquo-part", x, y, (double)part);
        SHOW2(d, double, "ldexp", x, (double)n, ldexp(x, n * 20));
        SHOW2(l, long double, "ldexp", z, (long double)n, ldexpl(z, n * 300));
        SHOW2(f, float, "scalbn", (float)x, (float)n, scalbnf((float)x, n));
        SHOW1(d, double, "ilogb", x, (double)ilogb(x));
        SHOW1(l, long double, "ilogb", z, (long double)ilogbl(z));
        SHOW2(d, double, "jn", x, (double)(n % 9), jn(n % 9, x));
        SHOW2(d, double, "yn", x, (double)(n % 9), yn(n % 9, x));
        SHOW2(d, double, "nexttoward", x, (double)z, nexttoward(x, z));
        sincos(x, &whole, &y);
        SHOW1(d, double, "sincos-sin", x, whole);
        SHOW1(d, double, "sincos-cos", x, y);
    }
}

// clang-format off
#define COMPLEX_FUNCTIONS(X)                                                                       \
    X(csqrt)                                                                                       \
    X(cexp)                                                                                        \
    X(clog) X(csin) X(ccos) X(ctan) X(casin) X(cacos) X(catan) X(csinh) X(ccosh) X(ctanh)          \
        X(casinh) X(cacosh) X(catanh)
// clang-format on

static const struct {
    const char *name;
    float complex (*f)(float complex);
    double complex (*d)(double complex);
    long double complex (*l)(long double complex);
} complex_functions[] = {COMPLEX_FUNCTIONS(ROW)};

static void all_complex(void)
{
    for (int n = 0; n < COUNT(complex_functions); n++) {
        for (int i = 0; i < ARGUMENTS; i++) {
            int b = (int)(draw() % (SPECIAL + MODERATE));
            double complex z = CMPLX(arguments_d[i], arguments_d[b]);
            double complex w = complex_functions[n].d(z);
            SHOW2(d, double, complex_functions[n].name, creal(z), cimag(z), creal(w));
            SHOW2(d, double, complex_functions[n].name, creal(z), cimag(z), cimag(w));
        }
    }
}

// --- numbers and decimal text ---

static void all_texts(void)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.25g", arguments_d[i]);
        printf("text d %s %.17g %a\n", text, strtod(text, NULL), arguments_d[i]);
        snprintf(text, sizeof text, "%.28Lg", arguments_l[i]);
        printf("text l %s %.21Lg %La\n", text, strtold(text, NULL), arguments_l[i]);
        printf("text f %.9g %.9g\n", (double)arguments_f[i], (double)strtof(text, NULL));
    }
}

static void all_integers(void)
{
    for (int i = 0; i < 3000; i++) {
        int64_t a = (int64_t)(draw() >> (draw() % 64));
        int64_t b = (int64_t)(draw() >> (draw() % 63)) | 1;
        if (i & 1) {
            a = -a;
        }
        printf("int %lld %lld = %lld %lld %llu %llu %lld\n", (long long)a, (long long)b,
               (long long)(a / b), (long long)(a % b), (unsigned long long)a / (uint64_t)b,
               (unsigned long long)a % (uint64_t)b, (long long)((uint64_t)a * (uint64_t)b));
    }
}

int main(void)
{
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    draw_arguments();
    all_unary();
    all_binary();
    all_directions();
    all_mixed();
    all_complex();
    all_texts();
    all_integers();
    return 0;
}
