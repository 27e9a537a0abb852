// Counting and reading for the vector runner.
#define _POSIX_C_SOURCE 200809L // popen
#include "vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- counting ---

static void count_rule(struct tally *t, const char *rule, unsigned times)
{
    unsigned n = 0;
    while (n < t->rule_count && strcmp(t->rules[n].name, rule) != 0) {
        n++;
    }
    if (n == TALLY_MAX_RULES) {
        n--; // too many for a line: the last one takes the rest
    } else if (n == t->rule_count) {
        t->rules[t->rule_count++].name = rule;
    }
    t->rules[n].count += times;
}

void tally_pass(struct tally *t)
{
    t->passed++;
}

void tally_skip(struct tally *t, const char *rule)
{
    t->skipped++;
    count_rule(t, rule, 1);
}

void tally_pass_by(struct tally *t, const char *rule)
{
    t->passed++;
    count_rule(t, rule, 1);
}

void tally_fail(struct tally *t, const char *format, ...)
{
    t->failed++;
    if (t->is_verbose) {
        va_list arguments;
        va_start(arguments, format);
        printf("FAIL %s: ", t->file);
        vprintf(format, arguments);
        putchar('\n');
        va_end(arguments);
    }
}

void tally_add(struct tally *total, const struct tally *t)
{
    total->passed += t->passed;
    total->failed += t->failed;
    total->skipped += t->skipped;
    for (unsigned n = 0; n < t->rule_count; n++) {
        count_rule(total, t->rules[n].name, t->rules[n].count);
    }
}

// --- files ---

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static FILE *open_unpacked(const char *path)
{
    char command[4096];
    if (strchr(path, '\'')) {
        return NULL; // can't be quoted
    }
    int length = snprintf(command, sizeof command, "exec gzip -dc -- '%s'", path);
    return length < (int)sizeof command ? popen(command, "r") : NULL;
}

static bool read_all(FILE *in, struct file *f)
{
    size_t room = 0, got = 0;
    *f = (struct file){0};
    do {
        f->size_bytes += got;
        if (f->size_bytes + 1 >= room) {
            room = room ? 2 * room : 1 << 16;
            u8 *bytes = realloc(f->bytes, room);
            if (!bytes) {
                return false;
            }
            f->bytes = bytes;
        }
        got = fread(f->bytes + f->size_bytes, 1, room - f->size_bytes - 1, in);
    } while (got > 0);
    f->bytes[f->size_bytes] = 0;
    return !ferror(in);
}

bool file_read(const char *path, struct file *f)
{
    bool is_packed = ends_in(path, ".gz");
    FILE *in = is_packed ? open_unpacked(path) : fopen(path, "rb");
    if (!in) {
        perror(path);
        return false;
    }
    bool is_read = read_all(in, f);
    bool is_closed = (is_packed ? pclose(in) : fclose(in)) == 0;
    if (!is_read || !is_closed) {
        fprintf(stderr, "vectors: %s: can't be read\n", path);
        free(f->bytes);
        return false;
    }
    return true;
}

char *next_line(char **at)
{
    return **at ? next_field(at, '\n') : NULL;
}

char *next_field(char **at, char separator)
{
    char *start = *at;
    if (!start) {
        return NULL;
    }
    char *end = strchr(start, separator);
    if (end) {
        *end = 0;
        *at = end + 1;
    } else {
        *at = start + strlen(start);
    }
    return end || *start ? start : NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int parse_hex(const char *text, u8 *bytes, unsigned room)
{
    unsigned count = 0;
    for (; text[0]; text += 2) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || count == room) {
            return -1;
        }
        bytes[count++] = (u8)(high << 4 | low);
    }
    return (int)count;
}

unsigned prefix_count(const u8 *bytes, unsigned length)
{
    static const u8 prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
    unsigned n = 0;
    while (n < length && memchr(prefixes, bytes[n], sizeof prefixes)) {
        n++;
    }
    return n;
}
