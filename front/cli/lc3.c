// `vitrine lc3`: a program of the LC-3 for front/cli/study.h, which runs, checks, grades and shows
// it.
#include "front/cli/lc3.h"

#include "front/cli/file.h"
#include "front/cli/options.h"
#include "front/cli/study.h"
#include "front/cli/values.h"
#include "host/posix/message.h"
#include "vitrine/lc3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULT_BYTES = 160, TEXT_BYTES = 200 };

struct lc3_front {
    struct vt_lc3_config config;
    const char *system_path;
    bool is_silent, wants_registers;

    struct vt_host memory; // for the assembler
    struct vt_lc3_program *program, *system;
    struct vt_symbol *symbols;
    const struct vt_machine *vm; // the latest
    char fault[FAULT_BYTES];
};

static void *take_memory(void *owner, size_t size_bytes)
{
    (void)owner;
    return calloc(1, size_bytes);
}

static void give_memory(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    (void)size_bytes;
    free(memory);
}

// --- options ---

static bool refuse(const char *name, const char *value, const char *why)
{
    message("%s: '%s': %s", name, value, why);
    return false;
}

static bool set_edition(void *front, const char *name, const char *value)
{
    struct lc3_front *f = front;

    if (strcmp(value, "2") != 0 && strcmp(value, "3") != 0) {
        return refuse(name, value, "there are the editions 2 and 3");
    }
    f->config.edition = value[0] == '2' ? 2 : 3;
    return true;
}

static bool set_uninit(void *front, const char *name, const char *value)
{
    struct lc3_front *f = front;

    static const char *const names[] = {"off", "warn", "stop"};
    for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (strcmp(value, names[n]) == 0) {
            f->config.uninit = (enum vt_lc3_uninit)n;
            return true;
        }
    }
    return refuse(name, value, "off, warn or stop");
}

static bool set_latency(void *front, const char *name, const char *value)
{
    struct lc3_front *f = front;

    uint64_t steps;
    f->config.is_latency_random = strncmp(value, "random:", 7) == 0;
    if (!value_number(value + (f->config.is_latency_random ? 7 : 0), 1000000, &steps)) {
        return refuse(name, value, "N or random:N, with N instructions from 0 to 1000000");
    }
    f->config.latency_steps = (uint32_t)steps;
    return true;
}

static bool set_seed(void *front, const char *name, const char *value)
{
    struct lc3_front *f = front;

    return value_number(value, UINT64_MAX, &f->config.seed) || refuse(name, value, "not a number");
}

#define AT(member) offsetof(struct lc3_front, member)
static const struct study_row rows[] = {
    {"--edition", "2|3", STUDY_CALL, 0, set_edition,
     "edition of the book: traps, LEA, protection (3)"},
    {"--os", "FILE", STUDY_TEXT, AT(system_path), NULL,
     "another operating system, source or object file"},
    {"--real-os", NULL, STUDY_FLAG, AT(config.has_real_traps), NULL,
     "HALT and faults run through the operating system"},
    {"--no-privilege", NULL, STUDY_FLAG, AT(config.is_unprivileged), NULL,
     "programs may touch devices and system space"},
    {"--uninit", "off|warn|stop", STUDY_CALL, 0, set_uninit,
     "reading memory that nobody has written (off)"},
    {"--timer", NULL, STUDY_FLAG, AT(config.has_timer), NULL,
     "a timer at xFE08 and xFE0A, interrupt x81"},
    {"--latency", "N|random:N", STUDY_CALL, 0, set_latency,
     "keyboard and display are busy for N instructions"},
    {"--random-memory", NULL, STUDY_FLAG, AT(config.is_memory_random), NULL,
     "memory begins with random words, not zeros"},
    {"--seed", "N", STUDY_CALL, 0, set_seed, "of everything random (0)"},
    {"--psr14", NULL, STUDY_FLAG, AT(config.has_global_ie), NULL,
     "PSR[14] must be 1 for interrupts"},
    {"--registers", NULL, STUDY_FLAG, AT(wants_registers), NULL, "print the registers at the end"},
    {"-w", NULL, STUDY_FLAG, AT(is_silent), NULL, "no warnings"},
};
static const char help_text[] =
    "Usage: vitrine lc3 [options] PROGRAM\n"
    "       vitrine lc3 asm [options] PROGRAM.asm    its assembler (vitrine help lc3-asm)\n"
    "\n"
    "Runs a program of the LC-3: a source, which is assembled first, an object file, or\n"
    "text of words (.hex, .bin). doc/lc3.md describes the machine.\n\n";

static struct study_command command(struct lc3_front *f)
{
    return (struct study_command){
        .name = "lc3",
        .help = help_text,
        .example = "PROGRAM.asm",
        .rows = rows,
        .row_count = sizeof rows / sizeof rows[0],
        .owner = f,
    };
}

void lc3_print_help(void)
{
    const struct study_command c = command(NULL);

    study_print_help(&c);
}

// --- files ---

// NULL: told.
static struct vt_lc3_program *load(struct lc3_front *f, const char *path)
{
    struct vt_lc3_options warnings = {.is_silent = f->is_silent};
    struct file_bytes file;
    if (!file_read(path, VT_LC3_SOURCE_BYTES, &file)) {
        return NULL;
    }
    struct vt_lc3_program *p =
        vt_lc3_load(&f->memory, VT_LC3_GUESS, file.bytes, file.size_bytes, path, &warnings);
    free(file.bytes);
    if (!p) {
        message("out of memory");
        return NULL;
    }
    lc3_print_diagnostics(p, path);
    if (p->error_count > 0) {
        vt_lc3_free(p);
        return NULL;
    }
    return p;
}

// Whether a routine for TRAP that the program brings ends in RET: the next of RET and RTI decides.
static bool has_old_routine(const struct vt_lc3_program *p)
{
    for (uint16_t vector = 0; vector < 0x100; vector++) {
        const struct vt_lc3_word *word = vt_lc3_word_at(p, vector);
        for (uint32_t at = word ? word->value : 0x10000; at <= 0xffff; at++) {
            word = vt_lc3_word_at(p, (uint16_t)at);
            if (!word || word->value == 0x8000) {
                break;
            }
            if (word->value == 0xc1c0) {
                return true;
            }
        }
    }
    return false;
}

// A file of the old form, or a trap routine that ends in RET, is of the 2nd edition's time.
static void suggest_edition(struct lc3_front *f, const char *path)
{
    const char *why = f->program->is_second_edition_file ? "it is a classic object file"
                      : has_old_routine(f->program)      ? "its trap routine ends in RET"
                                                         : NULL;
    if (f->config.edition != 0 || !why) {
        return;
    }
    f->config.edition = 2;
    if (!f->is_silent) {
        message("%s: run by the 2nd edition, as %s (--edition 3 overrides)", path, why);
    }
}

static bool gather_symbols(struct lc3_front *f)
{
    size_t count = f->program->symbol_count;
    f->symbols = calloc(count + 1, sizeof *f->symbols);
    if (!f->symbols) {
        message("out of memory");
        return false;
    }
    for (size_t n = 0; n < count; n++) {
        const struct vt_lc3_symbol *symbol = &f->program->symbols[n];
        f->symbols[n] = (struct vt_symbol){symbol->name, symbol->address};
    }
    return true;
}

static bool load_all(struct lc3_front *f, const char *path)
{
    f->program = load(f, path);
    if (!f->program || (f->system_path && !(f->system = load(f, f->system_path)))) {
        return false;
    }
    if (f->program->word_count == 0) {
        message("%s: there is nothing in it to run", path);
        return false;
    }
    suggest_edition(f, path);
    return gather_symbols(f);
}

// --- for study.c ---

static struct vt_machine *create(void *owner, const struct vt_host *host)
{
    struct lc3_front *f = owner;
    struct vt_machine *vm;
    f->config.program = f->program;
    f->config.system = f->system;
    enum vt_status status = vt_lc3_create(&f->config, host, &vm);
    if (status != VT_OK) {
        message("the machine cannot be built: %s", vt_status_text(status));
    }
    f->vm = vm;
    return vm;
}

// A word that the program has changed is no longer that of its line; data may change.
static uint32_t line_at(void *owner, uint64_t address)
{
    const struct lc3_front *f = owner;
    const struct vt_lc3_word *word =
        address <= 0xffff ? vt_lc3_word_at(f->program, (uint16_t)address) : NULL;
    uint16_t now;
    bool is_changed = word && word->kind == VT_LC3_CODE &&
                      vt_memory(f->vm, 0, address, &now, 1) == 1 && now != word->value;
    return word && !is_changed ? word->line : 0;
}

static const char *line(void *owner, uint32_t number, size_t *length_bytes)
{
    const struct lc3_front *f = owner;
    return vt_lc3_line(f->program, number, length_bytes);
}

static bool is_word_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text with labels of the program as distances, so that it assembles alone.
static void replace_labels(const struct lc3_front *f, uint64_t address, const char *text, char *to,
                           size_t size)
{
    size_t used = 0;
    while (*text && used + 1 < size) {
        char word[40];
        size_t length = 0;
        while (is_word_part(text[length])) {
            length++;
        }
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        const struct vt_lc3_symbol *symbol =
            length > 0 && length < sizeof word ? vt_lc3_find_symbol(f->program, word) : NULL;
        length = length > 0 ? length : 1;
        int count = symbol ? snprintf(to + used, size - used, "#%d",
                                      (int)symbol->address - (int)address - 1)
                           : snprintf(to + used, size - used, "%.*s", (int)length, text);
        used = used + (size_t)count < size ? used + (size_t)count : size - 1;
        text += length;
    }
    to[used] = '\0';
}

static bool assemble(void *owner, const struct vt_machine *vm, uint64_t address, const char *text,
                     uint16_t *cell)
{
    struct lc3_front *f = owner;
    char alone[TEXT_BYTES], source[TEXT_BYTES + 40];
    (void)vm;
    replace_labels(f, address, text, alone, sizeof alone);
    int length = snprintf(source, sizeof source, ".ORIG x3000\n%s\n.END\n", alone);
    struct vt_lc3_program *p = vt_lc3_assemble(&f->memory, source, (size_t)length, NULL);
    bool is_one = p && p->error_count == 0 && p->word_count == 1;
    if (is_one) {
        *cell = p->words[0].value;
    }
    vt_lc3_free(p);
    return is_one;
}

static void report(void *owner, const struct vt_machine *vm)
{
    const struct vt_description *d = vt_describe(vm);
    (void)owner;
    for (unsigned n = 0; n < d->register_count; n++) {
        unsigned value = (unsigned)vt_register(vm, n);
        bool is_number = d->registers[n].group == d->registers[0].group;
        printf("%-4s x%04X", d->registers[n].name, value);
        if (is_number) {
            printf(" %6d", (int16_t)value);
        }
        putchar('\n');
    }
}

static const char *fault(void *owner, const struct vt_machine *vm)
{
    struct lc3_front *f = owner;
    vt_lc3_fault_text(vm, f->fault, sizeof f->fault);
    return f->fault;
}

static bool has_failed(void *owner, const struct vt_machine *vm)
{
    (void)owner;
    return vt_lc3_has_failed(vm);
}

static size_t console(void *owner, const struct vt_machine *vm, uint64_t first, char *to,
                      size_t size_bytes)
{
    (void)owner;
    return vt_lc3_display(vm, first, to, size_bytes);
}

static uint64_t console_count(void *owner, const struct vt_machine *vm)
{
    (void)owner;
    return vt_lc3_display_count(vm);
}

static size_t waiting_keys(void *owner, const struct vt_machine *vm, uint8_t *to, size_t size_bytes)
{
    (void)owner;
    return vt_lc3_keys(vm, to, size_bytes);
}

static int run(struct lc3_front *f, const struct study_options *o, const char *path)
{
    if (!load_all(f, path)) {
        return EXIT_BAD_USE;
    }
    struct study_program program = {
        .owner = f,
        .create = create,
        .line_at = line_at,
        .line = line,
        .assemble = assemble,
        .report = f->wants_registers ? report : NULL,
        .fault = fault,
        .has_failed = has_failed,
        .console = console,
        .console_count = console_count,
        .waiting_keys = waiting_keys,
        .symbols = f->symbols,
        .symbol_count = (unsigned)f->program->symbol_count,
        .is_silent = f->is_silent,
    };
    return study_main(o, &program);
}

int lc3_main(int argc, char **argv)
{
    struct lc3_front f = {.memory = {.alloc = take_memory, .release = give_memory}};
    struct study_options o;
    char *named = NULL;
    int code;
    if (argc > 0 && strcmp(argv[0], "asm") == 0) {
        return lc3_asm_main(argc - 1, argv + 1);
    }
    const struct study_command c = command(&f);

    if (!study_parse(&o, &c, argc, argv, &code)) {
        return code;
    }
    if (!o.program && !(named = study_graded_program(o.grade_file))) {
        return EXIT_BAD_USE;
    }
    code = run(&f, &o, named ? named : o.program);
    vt_lc3_free(f.program);
    vt_lc3_free(f.system);
    free(f.symbols);
    free(named);
    return code;
}
