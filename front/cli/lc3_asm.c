// `vitrine lc3 asm`: a source becomes an object file, each mistake in it a message with a way out.
#define _XOPEN_SOURCE 700
#include "front/cli/lc3.h"

#include "front/cli/file.h"
#include "front/cli/options.h"
#include "front/cli/values.h"
#include "host/posix/message.h"
#include "vitrine/lc3_asm.h"
#include "vitrine/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SHOWN_OF_A_KIND = 2
}; // warnings of one kind that are printed, unless the kind was asked for

struct asm_options {
    const char *input, *output, *symbols, *listing;
    enum vt_lc3_format format; // VT_LC3_GUESS: by the output's name
    bool is_json, is_check;
    struct vt_lc3_options warnings;
    bool is_asked[VT_LC3_NAMES]; // -Wname: every one is printed
};

enum parsed { PARSED_RUN, PARSED_DONE, PARSED_BAD };

static void *memory_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    return calloc(1, size_bytes);
}

static void memory_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    (void)size_bytes;
    free(memory);
}

static const struct vt_host memory_host = {.alloc = memory_alloc, .release = memory_release};

// --- help ---

static const char help_text[] =
    "Usage: vitrine lc3 asm [options] PROGRAM.asm\n"
    "\n"
    "Assembles for the LC-3. Also converts object files, and disassembles them (-f asm).\n"
    "\n"
    "  -o FILE            output (PROGRAM.obj); - is standard output\n"
    "  -f FORMAT          lc3tools (.obj of lc3tools, the default), classic (.obj of Lumetta's\n"
    "                     tools and PennSim), hex, bin, or asm; else by the ending of FILE\n"
    "  --symbols FILE     the symbol table\n"
    "  --listing FILE     addresses, words and source side by side\n"
    "  --json             diagnostics as JSON on standard output; without -o nothing else is "
    "written\n"
    "  --check            only say what is wrong\n"
    "  -WNAME -Wno-NAME   switch a kind of warning on (then each of it is shown) or off\n"
    "  -Wall -Wportable   all kinds; those about what other assemblers refuse\n"
    "  -Werror            warnings are errors; -Werror=NAME those of one kind\n"
    "  -w                 neither warnings nor notes\n"
    "  -h, --help         this\n"
    "\n"
    "Exit code 0: assembled; 1: there are errors, or bad usage or file.\n"
    "\n"
    "Kinds of warnings and notes (* on by default, p part of portable):\n"
    "\n";

void lc3_asm_print_help(void)
{
    fputs(help_text, stdout);
    for (int n = 0; n < vt_lc3_warning_count(); n++) {
        char mark = vt_lc3_warning_is_on(n) ? '*' : vt_lc3_warning_is_portability(n) ? 'p' : ' ';
        printf("  %c %-21s  %s\n", mark, vt_lc3_warning_name(n), vt_lc3_warning_about(n));
    }
}

// --- options ---

static bool set_all(struct asm_options *o, enum vt_lc3_level level, bool portable_only)
{
    for (int n = 0; n < vt_lc3_warning_count(); n++) {
        if (!portable_only || vt_lc3_warning_is_portability(n)) {
            o->warnings.levels[n] = (uint8_t)level;
            o->is_asked[n] = level != VT_LC3_LEVEL_OFF;
        }
    }
    return true;
}

static bool set_one(struct asm_options *o, const char *name, enum vt_lc3_level level)
{
    const char *near = NULL;
    for (int n = 0; n < vt_lc3_warning_count(); n++) {
        if (strcmp(vt_lc3_warning_name(n), name) == 0) {
            o->warnings.levels[n] = (uint8_t)level;
            o->is_asked[n] = level != VT_LC3_LEVEL_OFF;
            return true;
        }
        near = vt_distance(name, vt_lc3_warning_name(n)) < 3 ? vt_lc3_warning_name(n) : near;
    }
    if (near) {
        message("-W%s: no such kind of warning; did you mean %s?", name, near);
    } else {
        message("-W%s: no such kind of warning (vitrine lc3 asm --help lists them)", name);
    }
    return false;
}

// What stands behind -W.
static bool set_warning(struct asm_options *o, const char *what)
{
    bool is_off = strncmp(what, "no-", 3) == 0;
    enum vt_lc3_level level = is_off ? VT_LC3_LEVEL_OFF : VT_LC3_LEVEL_ON;
    what += is_off ? 3 : 0;
    if (strcmp(what, "error") == 0) {
        o->warnings.are_warnings_errors = !is_off;
        return true;
    }
    if (!is_off && strncmp(what, "error=", 6) == 0) {
        return set_one(o, what + 6, VT_LC3_LEVEL_ERROR);
    }
    if (strcmp(what, "all") == 0 || strcmp(what, "portable") == 0) {
        return set_all(o, level, what[0] == 'p');
    }
    return set_one(o, what, level);
}

static bool set_format(struct asm_options *o, const char *value)
{
    static const enum vt_lc3_format formats[] = {VT_LC3_LC3TOOLS, VT_LC3_CLASSIC, VT_LC3_HEX,
                                                 VT_LC3_BIN, VT_LC3_SOURCE};
    for (size_t n = 0; n < sizeof formats / sizeof formats[0]; n++) {
        if (strcmp(value, vt_lc3_format_name(formats[n])) == 0) {
            o->format = formats[n];
            return true;
        }
    }
    message("-f: '%s': there are lc3tools, classic, hex, bin and asm", value);
    return false;
}

// An option with a value: where the value goes; NULL: it is no such option.
static const char **value_place(struct asm_options *o, const char *name, const char **format)
{
    if (strcmp(name, "o") == 0 || strcmp(name, "output") == 0) {
        return &o->output;
    }
    if (strcmp(name, "f") == 0 || strcmp(name, "format") == 0) {
        return format;
    }
    if (strcmp(name, "symbols") == 0) {
        return &o->symbols;
    }
    return strcmp(name, "listing") == 0 ? &o->listing : NULL;
}

static bool tell_unknown(const char *option)
{
    static const char *const names[] = {"output", "format", "symbols", "listing",
                                        "json",   "check",  "help"};
    const char *name = option + strspn(option, "-");
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (vt_distance(name, names[n]) < 3) {
            message("%s: no such option; did you mean --%s?", option, names[n]);
            return false;
        }
    }
    message("%s: no such option (vitrine lc3 asm --help lists them)", option);
    return false;
}

// The option argv[*at], and its value behind it, which *at then moves to.
static bool set_option(struct asm_options *o, int argc, char **argv, int *at)
{
    const char *option = argv[*at], *name = option + (option[1] == '-' ? 2 : 1);
    const char *format = NULL, *equals = strchr(name, '=');
    char plain[32];
    snprintf(plain, sizeof plain, "%.*s", equals ? (int)(equals - name) : 31, name);
    const char **value = value_place(o, plain, &format);
    if (option[1] == 'W') {
        return set_warning(o, option + 2);
    }
    if (value) {
        *value = equals ? equals + 1 : argv[++*at];
        if (!equals && *at >= argc) {
            message("%s: its value is missing", option);
            return false;
        }
        return !format || set_format(o, format);
    }
    if (strcmp(name, "json") == 0) {
        o->is_json = true;
    } else if (strcmp(name, "check") == 0) {
        o->is_check = true;
    } else if (strcmp(name, "w") == 0) {
        o->warnings.is_silent = true;
    } else {
        return tell_unknown(option);
    }
    return true;
}

static bool set_input(struct asm_options *o, const char *path)
{
    if (o->input) {
        message("%s: one source at a time (%s is another)", path, o->input);
        return false;
    }
    o->input = path;
    return true;
}

static enum parsed parse_arguments(struct asm_options *o, int argc, char **argv)
{
    bool is_option_possible = true;
    for (int at = 0; at < argc; at++) {
        const char *word = argv[at];
        bool is_option = is_option_possible && word[0] == '-' && word[1] != '\0';
        if (is_option && strcmp(word, "--") == 0) {
            is_option_possible = false;
        } else if (is_option && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)) {
            lc3_asm_print_help();
            return PARSED_DONE;
        } else if (is_option ? !set_option(o, argc, argv, &at) : !set_input(o, word)) {
            return PARSED_BAD;
        }
    }
    if (!o->input) {
        message("lc3 asm: which source? (vitrine lc3 asm PROGRAM.asm)");
        return PARSED_BAD;
    }
    return PARSED_RUN;
}

// --- what is told ---

static bool is_colourful(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no_colour && no_colour[0]);
}

static void print_one(const struct vt_lc3_program *p, const struct vt_lc3_diagnostic *d,
                      const char *file)
{
    bool has_colour = is_colourful();
    size_t size = vt_lc3_write_diagnostic(p, d, file, has_colour, NULL, 0);
    char *text = malloc(size);
    if (text) {
        vt_lc3_write_diagnostic(p, d, file, has_colour, text, size);
        fwrite(text, 1, size, stderr);
        free(text);
    }
}

static int number_of(const struct vt_lc3_diagnostic *d)
{
    for (int n = 0; n < vt_lc3_warning_count(); n++) {
        if (strcmp(d->name, vt_lc3_warning_name(n)) == 0) {
            return n;
        }
    }
    return -1;
}

static void print_counts(const struct vt_lc3_program *p, const char *file)
{
    if (p->error_count > 0 || p->warning_count > 0) {
        fprintf(stderr, "%s: %zu error%s, %zu warning%s\n", file, p->error_count,
                p->error_count == 1 ? "" : "s", p->warning_count, p->warning_count == 1 ? "" : "s");
    }
}

// All errors; of each kind of warning the first few, and how many more there are.
static void print_diagnostics(const struct vt_lc3_program *p, const char *path,
                              const bool is_asked[VT_LC3_NAMES])
{
    unsigned seen[VT_LC3_NAMES] = {0};
    char file[512];
    snprintf(file, sizeof file, "vitrine: %s", strcmp(path, "-") == 0 ? "<stdin>" : path);
    for (size_t n = 0; n < p->diagnostic_count; n++) {
        const struct vt_lc3_diagnostic *d = &p->diagnostics[n];
        int number = d->severity == VT_LC3_ERROR ? -1 : number_of(d);
        if (number < 0 || is_asked[number] || seen[number]++ < SHOWN_OF_A_KIND) {
            print_one(p, d, file);
        }
    }
    for (int n = 0; n < vt_lc3_warning_count(); n++) {
        if (seen[n] > SHOWN_OF_A_KIND) {
            fprintf(stderr, "%s: %u more of the kind %s (-W%s shows them, -Wno-%s none)\n", file,
                    seen[n] - SHOWN_OF_A_KIND, vt_lc3_warning_name(n), vt_lc3_warning_name(n),
                    vt_lc3_warning_name(n));
        }
    }
    print_counts(p, file);
}

void lc3_print_diagnostics(const struct vt_lc3_program *p, const char *path)
{
    static const bool nothing_asked[VT_LC3_NAMES];
    print_diagnostics(p, path, nothing_asked);
}

// --- what is written ---

typedef size_t (*writer)(const struct vt_lc3_program *p, char *to, size_t size);

static bool write_text(const struct vt_lc3_program *p, writer write, const char *path)
{
    size_t size = write(p, NULL, 0);
    char *text = malloc(size + 1);
    if (!text) {
        message("out of memory");
        return false;
    }
    write(p, text, size);
    bool is_written = file_write(path, text, size);
    free(text);
    return is_written;
}

static bool write_json(const struct asm_options *o, const struct vt_lc3_program *p)
{
    size_t size = vt_lc3_write_json(p, o->input, NULL, 0);
    char *text = malloc(size);
    if (!text) {
        message("out of memory");
        return false;
    }
    vt_lc3_write_json(p, o->input, text, size);
    fwrite(text, 1, size, stdout);
    free(text);
    return true;
}

static enum vt_lc3_format format_of(const struct asm_options *o)
{
    const char *point = o->output ? strrchr(o->output, '.') : NULL;
    if (o->format != VT_LC3_GUESS || !point) {
        return o->format != VT_LC3_GUESS ? o->format : VT_LC3_LC3TOOLS;
    }
    if (strcmp(point, ".hex") == 0) {
        return VT_LC3_HEX;
    }
    if (strcmp(point, ".asm") == 0) {
        return VT_LC3_SOURCE;
    }
    return strcmp(point, ".bin") == 0 ? VT_LC3_BIN : VT_LC3_LC3TOOLS;
}

// Where the output goes: the input's name with another ending. Freed by the caller.
static char *output_path(const struct asm_options *o, enum vt_lc3_format format)
{
    const char *ending = format == VT_LC3_HEX      ? ".hex"
                         : format == VT_LC3_BIN    ? ".bin"
                         : format == VT_LC3_SOURCE ? ".asm"
                                                   : ".obj";
    const char *name = o->output ? o->output : o->input;
    size_t length = strlen(name), ending_length = strlen(ending);
    char *path = malloc(length + ending_length + 1);
    if (!path) {
        message("out of memory");
        return NULL;
    }
    if (o->output || strcmp(name, "-") == 0) {
        memcpy(path, name, length + 1);
        return path;
    }
    const char *slash = strrchr(name, '/'), *point = strrchr(name, '.');
    if (point && point > name && (!slash || point > slash + 1)) {
        length = (size_t)(point - name);
    }
    memcpy(path, name, length);
    memcpy(path + length, ending, ending_length + 1);
    return path;
}

static bool write_object_to(const struct vt_lc3_program *p, enum vt_lc3_format format,
                            const char *path)
{
    const char *why = "";
    size_t size = vt_lc3_write_object(p, format, NULL, 0, &why);
    uint8_t *bytes = malloc(size + 1);
    bool is_written = false;
    if (size == 0) {
        message("-f %s: %s", vt_lc3_format_name(format), why);
    } else if (!bytes) {
        message("out of memory");
    } else {
        vt_lc3_write_object(p, format, bytes, size, &why);
        is_written = file_write(path, bytes, size);
    }
    free(bytes);
    return is_written;
}

static bool write_object(const struct asm_options *o, const struct vt_lc3_program *p)
{
    enum vt_lc3_format format = format_of(o);
    char *path = output_path(o, format);
    bool is_written = false;
    if (path && strcmp(path, o->input) == 0 && strcmp(path, "-") != 0) {
        message("%s: is the input; -o FILE names the output", path);
    } else if (path) {
        is_written = write_object_to(p, format, path);
    }
    free(path);
    return is_written;
}

static bool write_all(const struct asm_options *o, const struct vt_lc3_program *p)
{
    bool is_good = true;
    if (!o->is_check && (!o->is_json || o->output)) {
        is_good &= write_object(o, p);
    }
    if (o->symbols) {
        is_good &= write_text(p, vt_lc3_write_symbols, o->symbols);
    }
    if (o->listing) {
        is_good &= write_text(p, vt_lc3_write_listing, o->listing);
    }
    return is_good;
}

static int run(const struct asm_options *o)
{
    struct file_bytes file;
    int code = EXIT_BAD_USE;
    if (!file_read(o->input, VT_LC3_SOURCE_BYTES, &file)) {
        return code;
    }
    struct vt_lc3_program *p = vt_lc3_load(&memory_host, VT_LC3_GUESS, file.bytes, file.size_bytes,
                                           o->input, &o->warnings);
    if (!p) {
        message("%s: out of memory", o->input);
    } else {
        if (o->is_json) {
            write_json(o, p);
        } else {
            print_diagnostics(p, o->input, o->is_asked);
        }
        code = p->error_count == 0 && write_all(o, p) ? EXIT_GOOD : EXIT_BAD_USE;
    }
    vt_lc3_free(p);
    free(file.bytes);
    return code;
}

int lc3_asm_main(int argc, char **argv)
{
    struct asm_options o = {0};
    switch (parse_arguments(&o, argc, argv)) {
    case PARSED_RUN: return run(&o);
    case PARSED_DONE: return EXIT_GOOD;
    case PARSED_BAD: break;
    }
    return EXIT_BAD_USE;
}
