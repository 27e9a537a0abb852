// The options as a whole: reads the command line by the table, and prints it as help.
#include "front/cli/options.h"

#include "front/cli/option_rows.h"
#include "host/posix/message.h"
#include "vitrine/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *options_own(struct options *o, void *memory)
{
    if (!memory || o->owned_count == OPTIONS_OWNED) {
        message(memory ? "too many options" : "out of memory");
        free(memory);
        return NULL;
    }
    o->owned[o->owned_count++] = memory;
    return memory;
}

void options_free(struct options *o)
{
    while (o->owned_count > 0) {
        free(o->owned[--o->owned_count]);
    }
}

bool option_refuse(const char *name, const char *value, const char *why)
{
    message("%s: '%s': %s", name, value, why);
    return false;
}

bool option_split(struct options *o, const char *name, const char *value, bool is_first_bare,
                  struct properties *out)
{
    if (!properties_split(out, value, is_first_bare)) {
        free(out->storage);
        return option_refuse(name, value, "too long a list");
    }
    return options_own(o, out->storage) != NULL;
}

static const char *without_dashes(const char *written)
{
    written += written[0] == '-';
    return written + (written[0] == '-');
}

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].name && strcmp(without_dashes(option_rows[i].name), name) == 0) {
            return &option_rows[i];
        }
    }
    return NULL;
}

// The option that the misspelt name is nearest to, if near enough.
static const char *guess_name(const char *name)
{
    unsigned best_distance = strlen(name) < 5 ? 2 : 3; // must be less
    const char *best = NULL;

    for (size_t i = 0; i < option_row_count; i++) {
        const char *candidate = option_rows[i].name ? without_dashes(option_rows[i].name) : "";
        unsigned distance = vt_distance(name, candidate);

        if (distance < best_distance && strlen(candidate) > 2) {
            best_distance = distance;
            best = option_rows[i].name;
        }
    }
    return best;
}

static enum options_result tell_unknown(const char *written, const char *name)
{
    const char *guess = guess_name(name);

    if (option_is_foreign(name)) {
        message("%s: this option of QEMU's is not supported", written);
    } else if (guess) {
        message("%s: no such option; did you mean %s?", written, guess);
    } else {
        message("%s: no such option (see `vitrine pc --help`)", written);
    }
    return OPTIONS_BAD;
}

static bool apply_row(struct options *o, const struct option_row *row, const char *written,
                      const char *value)
{
    char *member = (char *)o + row->offset;

    switch (row->kind) {
    case OPTION_FLAG: *(bool *)(void *)member = true; return true;
    case OPTION_TEXT: *(const char **)(void *)member = value; return true;
    case OPTION_CALL: return row->set(o, written, value);
    case OPTION_MISSING: message("%s: not built yet", written); return false;
    case OPTION_HEADING: break;
    }
    return false;
}

// Reads the option at argv[*at], and moves *at over its value.
static enum options_result parse_option(struct options *o, int argc, char **argv, int *at)
{
    const char *written = argv[*at];
    const char *name = without_dashes(written);
    const struct option_row *row = find_row(name);
    const char *value = NULL;

    if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0) {
        options_print_help();
        return OPTIONS_DONE;
    }
    if (!row) {
        return tell_unknown(written, name);
    }
    if (row->argument) {
        if (*at + 1 >= argc) {
            message("%s: its value is missing (%s)", written, row->argument);
            return OPTIONS_BAD;
        }
        value = argv[++*at];
    }
    return apply_row(o, row, written, value) ? OPTIONS_RUN : OPTIONS_BAD;
}

static bool add_positional(struct options *o, const char *file)
{
    return option_add_drive(o, &(struct drive_option){.file = file, .index = -1});
}

// What each option alone cannot see.
static bool check_together(const struct options *o)
{
    if (!o->kernel && o->initrd) {
        message("-initrd: needs -kernel");
        return false;
    }
    if (!o->kernel && o->append && o->drive_count > 0) {
        message("-append: needs -kernel");
        return false;
    }
    if (o->is_serial_off && o->serial_count > 0) {
        message("-serial none: there are other -serial options");
        return false;
    }
    if (o->is_nographic && o->display == DISPLAY_TTY) {
        message("-nographic and -display tty exclude each other");
        return false;
    }
    return true;
}

static void set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    o->ram_bytes = UINT64_C(128) << 20;
    o->max_instructions = UINT64_MAX;
    o->max_time_ns = UINT64_MAX;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    bool is_option_over = false;

    set_defaults(o);
    for (int i = 0; i < argc; i++) {
        if (!is_option_over && strcmp(argv[i], "--") == 0) {
            is_option_over = true;
        } else if (!is_option_over && argv[i][0] == '-' && argv[i][1] != '\0') {
            enum options_result result = parse_option(o, argc, argv, &i);

            if (result != OPTIONS_RUN) {
                return result;
            }
        } else if (!add_positional(o, argv[i])) {
            return OPTIONS_BAD;
        }
    }
    return check_together(o) ? OPTIONS_RUN : OPTIONS_BAD;
}

bool options_has_expect(const struct options *o)
{
    for (unsigned i = 0; i < o->step_count; i++) {
        if (o->steps[i].kind == STEP_EXPECT) {
            return true;
        }
    }
    return false;
}

static void print_row(const struct option_row *row)
{
    char left[64];

    snprintf(left, sizeof left, "%s%s%s", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    if (strlen(left) > 28) {
        printf("  %s\n  %-28s  %s\n", left, "", row->help);
    } else {
        printf("  %-28s  %s\n", left, row->help);
    }
}

void options_print_help(void)
{
    puts("Usage: vitrine pc [options] [DISK-or-ISO]\n"
         "Runs a PC. Without a disk or kernel it boots the Linux that `make guest` put together.");
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].kind == OPTION_HEADING) {
            printf("\n%s:\n", option_rows[i].help);
        } else if (option_rows[i].help) {
            print_row(&option_rows[i]);
        }
    }
    puts("\nEach option may be written with one dash or two. More: vitrine help TOPIC, with the "
         "topics\ndisks, scripts, keys, terminal, monitor, exit-codes. Manual page: vitrine(1).");
}
