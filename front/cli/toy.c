#include "front/cli/toy.h"

#include "front/cli/options.h"
#include "front/cli/study.h"
#include "host/posix/message.h"
#include "vitrine/toy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The program in all its forms.
struct toy_front {
    uint8_t *source;
    size_t source_bytes;
    struct vt_toy_program program;
    struct vt_symbol symbols[VT_TOY_LABELS];
};

static const char help_text[] =
    "Usage: vitrine toy [options] PROGRAM\n"
    "\n"
    "Runs a program on the toy machine: four registers, 1024 cells of memory, a screen of 32 x 24\n"
    "points. PROGRAM is text, one instruction a line, or a JSON list; doc/toy.md is the lesson.\n"
    "At the end it shows the registers that the program has used.\n\n";

// --- the source ---

static const char *line_of(void *owner, uint32_t number, size_t *length_bytes)
{
    struct toy_front *f = owner;
    const char *at = (const char *)f->source, *end = at + f->source_bytes;

    for (uint32_t n = 1; n < number && at < end; n++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));

        at = next ? next + 1 : end;
    }
    *length_bytes = 0;
    while (at + *length_bytes < end && at[*length_bytes] != '\n' && at[*length_bytes] != '\r') {
        ++*length_bytes;
    }
    return number > 0 && at < end ? at : NULL;
}

static uint32_t line_at(void *owner, uint64_t address)
{
    const struct toy_front *f = owner;

    return address < f->program.cell_count ? f->program.lines[address] : 0;
}

// FILE:LINE:COLUMN: message, the line, a caret, and the way out.
static void show_error(struct toy_front *f, const char *path, const struct vt_toy_diagnostic *d)
{
    size_t length;
    const char *text = line_of(f, d->line, &length);

    message("%s:%u:%u: %s", path, d->line, d->column, d->message);
    if (text && d->column > 0) {
        message_source(text, length, d->column, d->length);
    }
    if (d->hint[0]) {
        fprintf(stderr, "  %s\n", d->hint);
    }
}

static bool assemble(struct toy_front *f, const char *path)
{
    if (!file_load(path, VT_TOY_SOURCE_BYTES, &f->source, &f->source_bytes)) {
        return false;
    }
    if (vt_toy_assemble((const char *)f->source, f->source_bytes, &f->program)) {
        return true;
    }
    for (unsigned n = 0; n < f->program.diagnostic_count; n++) {
        show_error(f, path, &f->program.diagnostics[n]);
    }
    return false;
}

// --- for study.c ---

static struct vt_machine *create(void *owner, const struct vt_host *host)
{
    const struct toy_front *f = owner;
    struct vt_toy_config config = {.cells = f->program.cells, .cell_count = f->program.cell_count};
    struct vt_machine *vm;
    enum vt_status status = vt_toy_create(&config, host, &vm);

    if (status != VT_OK) {
        message("the machine cannot be built: %s", vt_status_text(status));
    }
    return vm;
}

static void report(void *owner, const struct vt_machine *vm)
{
    unsigned written = vt_toy_registers_written(vm);

    (void)owner;
    for (unsigned reg = 0; reg < 4; reg++) {
        if (written >> reg & 1) {
            printf("%s: %d\n", vt_describe(vm)->registers[reg].name, (int16_t)vt_register(vm, reg));
        }
    }
}

static const char *fault(void *owner, const struct vt_machine *vm)
{
    (void)owner;
    return vt_toy_fault(vm);
}

static int run(struct toy_front *f, const struct study_options *o)
{
    struct study_program program = {
        .owner = f,
        .create = create,
        .line_at = line_at,
        .line = line_of,
        .report = report,
        .fault = fault,
        .symbols = f->symbols,
        .symbol_count = f->program.label_count,
    };

    for (unsigned n = 0; n < f->program.label_count; n++) {
        f->symbols[n] = (struct vt_symbol){.name = f->program.labels[n].name,
                                           .address = f->program.labels[n].address};
    }
    return study_main(o, &program);
}

static const struct study_row rows[] = {
    {"--screenshot", "FILE.png", STUDY_TEXT, offsetof(struct study_options, screenshot), NULL,
     "the screen at the end"},
};

static struct study_command command(struct study_options *o)
{
    return (struct study_command){
        .name = "toy",
        .help = help_text,
        .example = "examples/toy/first.toy",
        .rows = rows,
        .row_count = sizeof rows / sizeof rows[0],
        .owner = o,
    };
}

void toy_print_help(void)
{
    const struct study_command c = command(NULL);

    study_print_help(&c);
}

int toy_main(int argc, char **argv)
{
    struct study_options o;
    struct toy_front *f;
    char *named = NULL;
    int code;

    const struct study_command c = command(&o);

    if (!study_parse(&o, &c, argc, argv, &code)) {
        return code;
    }
    if (!o.program && !(named = study_graded_program(o.grade_file))) {
        return EXIT_BAD_USE;
    }
    f = calloc(1, sizeof *f);
    if (!f) {
        message("out of memory");
        free(named);
        return EXIT_BAD_USE;
    }
    code = assemble(f, named ? named : o.program) ? run(f, &o) : EXIT_BAD_USE;
    free(f->source);
    free(f);
    free(named);
    return code;
}
