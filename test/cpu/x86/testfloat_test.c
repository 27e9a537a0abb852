// Berkeley TestFloat vectors (third party, not part of the project) through the float library.
//
// The file testfloat.txt.gz is looked for in the folder VITRINE_VECTORS/float, or
// ../shared/vectors/float. What differs by rule, because the vectors follow IEEE 754 and not the
// x86:
//   - which NaN: any NaN is accepted where a NaN is expected, and its payload is left to
//     float_sse_test and float80_test, which ask a real processor;
//   - conversions to integers have no indefinite there: if the vector says invalid, ours must be
//     the indefinite;
//   - the denormal flag is not covered; unnormal encodings, which x86 rejects, do not occur.
#define _POSIX_C_SOURCE 200809L // popen
#include "cpu/x86/float80.h"
#include "cpu/x86/float_sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// A number of any type: hi is the sign and exponent of an 80-bit value.
struct number {
    u64 lo;
    u16 hi;
};

static struct float80 f80(struct number n)
{
    return (struct float80){.mantissa = n.lo, .sign_exponent = n.hi};
}

static struct number of_f80(struct float80 f)
{
    return (struct number){.lo = f.mantissa, .hi = f.sign_exponent};
}

static struct number of_u64(u64 v)
{
    return (struct number){.lo = v};
}

typedef struct number operation_fn(struct float_status *s, struct number a, struct number b);

#define F80_BINARY(name, call)                                                                     \
    static struct number name(struct float_status *s, struct number a, struct number b)            \
    {                                                                                              \
        return of_f80(call(s, f80(a), f80(b)));                                                    \
    }
#define F80_UNARY(name, call)                                                                      \
    static struct number name(struct float_status *s, struct number a, struct number b)            \
    {                                                                                              \
        (void)b;                                                                                   \
        return of_f80(call(s, f80(a)));                                                            \
    }
#define BINARY(name, type)                                                                         \
    static struct number run_##name(struct float_status *s, struct number a, struct number b)      \
    {                                                                                              \
        return of_u64(name(s, (type)a.lo, (type)b.lo));                                            \
    }
#define UNARY(name, type, result)                                                                  \
    static struct number run_##name(struct float_status *s, struct number a, struct number b)      \
    {                                                                                              \
        (void)b;                                                                                   \
        return of_u64((result)name(s, (type)a.lo));                                                \
    }
#define FROM_F80(name, result)                                                                     \
    static struct number run_##name(struct float_status *s, struct number a, struct number b)      \
    {                                                                                              \
        (void)b;                                                                                   \
        return of_u64((result)name(s, f80(a)));                                                    \
    }

F80_BINARY(run_add80, float80_add)
F80_BINARY(run_sub80, float80_sub)
F80_BINARY(run_mul80, float80_mul)
F80_BINARY(run_div80, float80_div)
F80_UNARY(run_sqrt80, float80_sqrt)
F80_UNARY(run_round80, float80_round)
FROM_F80(float80_to_int32, u32)
FROM_F80(float80_to_int64, u64)
FROM_F80(float80_to_float32, u32)
FROM_F80(float80_to_float64, u64)
BINARY(float32_add, u32)
BINARY(float32_sub, u32)
BINARY(float32_mul, u32)
BINARY(float32_div, u32)
BINARY(float64_add, u64)
BINARY(float64_sub, u64)
BINARY(float64_mul, u64)
BINARY(float64_div, u64)
UNARY(float32_sqrt, u32, u32)
UNARY(float64_sqrt, u64, u64)
UNARY(float32_to_int32, u32, u32)
UNARY(float32_to_int64, u32, u64)
UNARY(float64_to_int32, u64, u32)
UNARY(float64_to_int64, u64, u64)
UNARY(float32_to_float64, u32, u64)
UNARY(float64_to_float32, u64, u32)
UNARY(float32_from_int32, i32, u32)
UNARY(float32_from_int64, i64, u32)
UNARY(float64_from_int64, i64, u64)

static struct number run_float64_from_int32(struct float_status *s, struct number a,
                                            struct number b)
{
    (void)s, (void)b;
    return of_u64(float64_from_int32((i32)a.lo));
}

static struct number run_eq(struct float_status *s, struct number a, struct number b)
{
    return of_u64(float80_compare_quiet(s, f80(a), f80(b)) == FLOAT_EQUAL);
}

static struct number run_lt(struct float_status *s, struct number a, struct number b)
{
    return of_u64(float80_compare(s, f80(a), f80(b)) == FLOAT_LESS);
}

static struct number run_le(struct float_status *s, struct number a, struct number b)
{
    return of_u64(float80_compare(s, f80(a), f80(b)) <= FLOAT_EQUAL);
}

static struct number run_load32(struct float_status *s, struct number a, struct number b)
{
    (void)b;
    return of_f80(float80_load_float32(s, (u32)a.lo));
}

static struct number run_load64(struct float_status *s, struct number a, struct number b)
{
    (void)b;
    return of_f80(float80_load_float64(s, a.lo));
}

static struct number run_int32(struct float_status *s, struct number a, struct number b)
{
    (void)s, (void)b;
    return of_f80(float80_from_int32((i32)a.lo));
}

static struct number run_int64(struct float_status *s, struct number a, struct number b)
{
    (void)s, (void)b;
    return of_f80(float80_from_int64((i64)a.lo));
}

static const struct operation {
    const char *name;
    operation_fn *fn;
    unsigned operands;
    u64 indefinite; // not 0: the result is an integer
} operations[] = {
    {"extF80_add", run_add80, 2, 0},
    {"extF80_sub", run_sub80, 2, 0},
    {"extF80_mul", run_mul80, 2, 0},
    {"extF80_div", run_div80, 2, 0},
    {"extF80_sqrt", run_sqrt80, 1, 0},
    {"extF80_roundToInt", run_round80, 1, 0},
    {"extF80_to_i32", run_float80_to_int32, 1, 0x80000000},
    {"extF80_to_i64", run_float80_to_int64, 1, 0x8000000000000000},
    {"extF80_to_f32", run_float80_to_float32, 1, 0},
    {"extF80_to_f64", run_float80_to_float64, 1, 0},
    {"extF80_eq", run_eq, 2, 0},
    {"extF80_lt", run_lt, 2, 0},
    {"extF80_le", run_le, 2, 0},
    {"f32_to_extF80", run_load32, 1, 0},
    {"f64_to_extF80", run_load64, 1, 0},
    {"i32_to_extF80", run_int32, 1, 0},
    {"i64_to_extF80", run_int64, 1, 0},
    {"f32_add", run_float32_add, 2, 0},
    {"f32_sub", run_float32_sub, 2, 0},
    {"f32_mul", run_float32_mul, 2, 0},
    {"f32_div", run_float32_div, 2, 0},
    {"f32_sqrt", run_float32_sqrt, 1, 0},
    {"f32_to_i32", run_float32_to_int32, 1, 0x80000000},
    {"f32_to_i64", run_float32_to_int64, 1, 0x8000000000000000},
    {"f64_add", run_float64_add, 2, 0},
    {"f64_sub", run_float64_sub, 2, 0},
    {"f64_mul", run_float64_mul, 2, 0},
    {"f64_div", run_float64_div, 2, 0},
    {"f64_sqrt", run_float64_sqrt, 1, 0},
    {"f64_to_i32", run_float64_to_int32, 1, 0x80000000},
    {"f64_to_i64", run_float64_to_int64, 1, 0x8000000000000000},
    {"f32_to_f64", run_float32_to_float64, 1, 0},
    {"f64_to_f32", run_float64_to_float32, 1, 0},
    {"i32_to_f32", run_float32_from_int32, 1, 0},
    {"i32_to_f64", run_float64_from_int32, 1, 0},
    {"i64_to_f32", run_float32_from_int64, 1, 0},
    {"i64_to_f64", run_float64_from_int64, 1, 0},
};

static const struct operation *find(const char *name)
{
    for (size_t n = 0; n < COUNT_OF(operations); n++) {
        if (strcmp(operations[n].name, name) == 0) {
            return &operations[n];
        }
    }
    return NULL;
}

struct block {
    const struct operation *operation;
    struct float_status status;
};

static struct block parse_header(const char *line)
{
    char name[32], rounding[16], precision[8];
    assert_int_equal(sscanf(line, "# %31s rounding=%15s precision=%7s", name, rounding, precision),
                     3);
    struct block b = {.operation = find(name), .status.masks = FLOAT_ALL};
    if (b.operation == NULL) {
        fail_msg("no such operation: %s", name);
    }
    static const char *const modes[] = {"near_even", "min", "max", "minMag"};
    for (u8 n = 0; n < 4; n++) {
        b.status.rounding = strcmp(rounding, modes[n]) == 0 ? n : b.status.rounding;
    }
    b.status.precision = strcmp(precision, "32") == 0   ? FLOAT_PRECISION_24
                         : strcmp(precision, "64") == 0 ? FLOAT_PRECISION_53
                                                        : FLOAT_PRECISION_64;
    return b;
}

static struct number parse_number(const char *text, unsigned *digits)
{
    *digits = (unsigned)strlen(text);
    struct number n = {0};
    if (*digits == 20) {
        char top[5] = {text[0], text[1], text[2], text[3], 0};
        n.hi = (u16)strtoul(top, NULL, 16);
        text += 4;
    }
    n.lo = strtoull(text, NULL, 16);
    return n;
}

static bool is_nan(struct number n, unsigned digits)
{
    switch (digits) {
    case 8: return (n.lo & 0x7fffffff) > 0x7f800000;
    case 16: return (n.lo & ~(1ull << 63)) > 0x7ffull << 52;
    case 20: return (n.hi & 0x7fff) == 0x7fff && n.lo << 1 != 0;
    default: return false;
    }
}

// The vectors' flags in the order of x86.
static u8 parse_flags(const char *text)
{
    unsigned v = (unsigned)strtoul(text, NULL, 16);
    return (u8)((v & 1 ? FLOAT_INEXACT : 0) | (v & 2 ? FLOAT_UNDERFLOW : 0) |
                (v & 4 ? FLOAT_OVERFLOW : 0) | (v & 8 ? FLOAT_DIVIDE : 0) |
                (v & 16 ? FLOAT_INVALID : 0));
}

static bool run_line(const struct block *b, const char *line)
{
    char text[4][24];
    unsigned count =
        (unsigned)sscanf(line, "%23s %23s %23s %23s", text[0], text[1], text[2], text[3]);
    unsigned operands = b->operation->operands, digits;
    assert_int_equal(count, operands + 2);
    struct number x = parse_number(text[0], &digits), y = parse_number(text[1], &digits);
    struct number expected = parse_number(text[operands], &digits);
    u8 flags = parse_flags(text[operands + 1]);

    struct float_status s = b->status;
    struct number got = b->operation->fn(&s, x, y);
    bool same = got.lo == expected.lo && got.hi == expected.hi;
    if (digits >= 8 && b->operation->indefinite == 0 && is_nan(expected, digits)) {
        same = is_nan(got, digits);
    }
    if (b->operation->indefinite != 0 && flags & FLOAT_INVALID) {
        same = got.lo == b->operation->indefinite;
    }
    if (same && (s.flags & ~FLOAT_DENORMAL) == flags) {
        return true;
    }
    printf("%s rounding %u precision %u: %s   got %04X%016llX flags %02x, expected flags %02x\n",
           b->operation->name, b->status.rounding, b->status.precision, line, got.hi,
           (unsigned long long)got.lo, s.flags, flags);
    return false;
}

static void every_testfloat_vector_gives_its_result_and_flags(void **state)
{
    (void)state;
    char command[600], line[200];
    const char *folder = getenv("VITRINE_VECTORS");
    snprintf(command, sizeof command, "%s/float/testfloat.txt.gz",
             folder != NULL ? folder : "../shared/vectors");
    FILE *probe = fopen(command, "rb");
    if (probe == NULL) {
        print_message("skipped: no %s (set VITRINE_VECTORS)\n", command);
        skip();
    }
    fclose(probe);
    snprintf(command, sizeof command, "gzip -dc '%s/float/testfloat.txt.gz'",
             folder != NULL ? folder : "../shared/vectors");
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    struct block b = {0};
    unsigned lines = 0, failures = 0;
    while (fgets(line, sizeof line, pipe) != NULL) {
        if (line[0] == '#') {
            b = parse_header(line);
        } else if (line[0] != '\n') {
            lines++;
            failures += !run_line(&b, line);
        }
    }
    pclose(pipe);
    print_message("%u vectors, %u failures\n", lines, failures);
    assert_int_equal(failures, 0);
    assert_true(lines > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_testfloat_vector_gives_its_result_and_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
