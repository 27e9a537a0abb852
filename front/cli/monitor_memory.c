// `x` and `xp`: memory in the format that debuggers use.
#include "front/cli/monitor_commands.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 4096, ROW_BYTES = 16 };

struct format {
    unsigned count;
    char letter; // x d u o c i
    unsigned size_bytes;
};

// Count, letter and size in any order after the count: 8xw, 4i, 16cb.
static bool read_format(const struct monitor *m, const char *text, struct format *f)
{
    char *end;
    unsigned long count = strtoul(text, &end, 10);

    *f = (struct format){.count =
                             end == text ? 1 : (unsigned)(count < COUNT_MAX ? count : COUNT_MAX),
                         .letter = 'x',
                         .size_bytes = 4};
    for (; *end; end++) {
        switch (*end) {
        case 'b': f->size_bytes = 1; break;
        case 'h': f->size_bytes = 2; break;
        case 'w': f->size_bytes = 4; break;
        case 'g': f->size_bytes = 8; break;
        case 'c':
            f->size_bytes = 1;
            f->letter = 'c';
            break;
        case 'x':
        case 'd':
        case 'u':
        case 'i': f->letter = *end; break;
        default:
            monitor_print(m, "/%s: a count, a letter of x d u c i, a size of b h w g\n", text);
            return false;
        }
    }
    return true;
}

static void print_value(const struct monitor *m, const struct format *f, uint64_t value)
{
    unsigned bits = 8 * f->size_bytes;
    int64_t as_signed = (int64_t)(value << (64 - bits)) >> (64 - bits);

    switch (f->letter) {
    case 'd': monitor_print(m, " %*" PRId64, (int)bits / 3 + 1, as_signed); break;
    case 'u': monitor_print(m, " %*" PRIu64, (int)bits / 3 + 1, value); break;
    case 'c': monitor_print(m, " %c", isprint((int)value) ? (int)value : '.'); break;
    default: monitor_print(m, " %0*" PRIx64, (int)bits / 4, value); break;
    }
}

// False: the memory ends here.
static bool read_value(const struct monitor *m, unsigned space, uint64_t address,
                       unsigned size_bytes, uint64_t *value)
{
    uint16_t cells[8];

    if (vt_memory(m->vm, space, address, cells, size_bytes) < size_bytes) {
        return false;
    }
    *value = 0;
    for (unsigned n = 0; n < size_bytes; n++) {
        *value |= (uint64_t)cells[n] << (8 * n);
    }
    return true;
}

static void show_values(struct monitor *m, unsigned space, const struct format *f)
{
    for (unsigned n = 0; n < f->count; n++) {
        uint64_t value;

        if (n * f->size_bytes % ROW_BYTES == 0) {
            monitor_print(m, "%s%08" PRIx64 ":", n ? "\n" : "", m->next_address);
        }
        if (!read_value(m, space, m->next_address, f->size_bytes, &value)) {
            monitor_print(m, " not mapped, or a device's registers\n");
            return;
        }
        print_value(m, f, value);
        m->next_address += f->size_bytes;
    }
    monitor_print(m, "\n");
}

static void show_instructions(struct monitor *m, unsigned count)
{
    uint64_t pc = vt_register(m->vm, (unsigned)vt_register_by_name(m->vm, "pc"));

    for (unsigned n = 0; n < count; n++) {
        struct vt_instruction i;

        monitor_show_instruction(m, m->next_address, m->next_address == pc);
        vt_instruction_at(m->vm, m->next_address, &i);
        if (i.length == 0) {
            return;
        }
        m->next_address += i.length;
    }
}

static void show(struct monitor *m, unsigned space, const char *format, const char *address)
{
    struct format f;

    if (!read_format(m, format, &f) || (address && !monitor_value(m, address, &m->next_address))) {
        return;
    }
    if (f.letter != 'i') {
        show_values(m, space, &f);
    } else if (space != 0) {
        monitor_print(m, "instructions are shown at linear addresses: x/%ui\n", f.count);
    } else {
        show_instructions(m, f.count);
    }
}

static const char *format_of(const char *command)
{
    const char *slash = strchr(command, '/');

    return slash ? slash + 1 : "";
}

// x/FMT ADDRESS, and x /FMT ADDRESS as people type it.
static enum monitor_result examine(struct monitor *m, unsigned space, const struct words *w)
{
    bool is_apart = w->count > 1 && w->at[1][0] == '/';
    unsigned address = is_apart ? 2 : 1;

    show(m, space, is_apart ? w->at[1] + 1 : format_of(w->at[0]),
         address < w->count ? w->at[address] : NULL);
    return MONITOR_STAYS;
}

enum monitor_result monitor_run_examine(struct monitor *m, const struct words *w)
{
    return examine(m, 0, w);
}

enum monitor_result monitor_run_examine_physical(struct monitor *m, const struct words *w)
{
    return examine(m, 1, w);
}
