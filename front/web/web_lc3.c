// The LC-3 for JavaScript: its assembler, and a machine with a program.
#include "front/web/web_machine.h"
#include "vitrine/lc3.h"

struct vt_lc3_program *EXPORT(web_lc3_assemble)(struct web_machine *w, const char *source,
                                                size_t size_bytes)
{
    return vt_lc3_assemble(&w->host, source, size_bytes, NULL);
}

void EXPORT(web_lc3_free)(struct vt_lc3_program *program)
{
    vt_lc3_free(program);
}

unsigned EXPORT(web_lc3_error_count)(const struct vt_lc3_program *program)
{
    return (unsigned)program->error_count;
}

// Its diagnostics as the command's --json writes them.
size_t EXPORT(web_lc3_json)(const struct vt_lc3_program *program, char *to, size_t size_bytes)
{
    return vt_lc3_write_json(program, "program.asm", to, size_bytes);
}

size_t EXPORT(web_lc3_object)(const struct vt_lc3_program *program, unsigned format, uint8_t *to,
                              size_t size_bytes)
{
    const char *why;

    return vt_lc3_write_object(program, (enum vt_lc3_format)format, to, size_bytes, &why);
}

// The source's line that made the word at an address; 0: none.
uint32_t EXPORT(web_lc3_line)(const struct vt_lc3_program *program, unsigned address)
{
    const struct vt_lc3_word *word = vt_lc3_word_at(program, (uint16_t)address);

    return word ? word->line : 0;
}

// The word at an address; -1: the program has none there.
int EXPORT(web_lc3_word)(const struct vt_lc3_program *program, unsigned address)
{
    const struct vt_lc3_word *word = vt_lc3_word_at(program, (uint16_t)address);

    return word ? word->value : -1;
}

unsigned EXPORT(web_lc3_symbol_count)(const struct vt_lc3_program *program)
{
    return (unsigned)program->symbol_count;
}

const char *EXPORT(web_lc3_symbol_name)(const struct vt_lc3_program *program, unsigned n)
{
    return n < program->symbol_count ? program->symbols[n].name : NULL;
}

unsigned EXPORT(web_lc3_symbol_address)(const struct vt_lc3_program *program, unsigned n)
{
    return n < program->symbol_count ? program->symbols[n].address : 0;
}

unsigned EXPORT(web_lc3_create)(struct web_machine *w, const struct vt_lc3_program *program,
                                unsigned edition, bool is_unprivileged, bool has_real_traps)
{
    struct vt_lc3_config config = {
        .edition = edition,
        .is_unprivileged = is_unprivileged,
        .has_real_traps = has_real_traps,
        .program = program,
    };

    return vt_lc3_create(&config, &w->host, &w->vm);
}

const char *EXPORT(web_lc3_fault)(struct web_machine *w)
{
    vt_lc3_fault_text(w->vm, w->fault, sizeof w->fault);
    return w->fault;
}

// The display's text up to the present moment: how long it is, and a piece of it.
double EXPORT(web_lc3_display_count)(const struct web_machine *w)
{
    return (double)vt_lc3_display_count(w->vm);
}

size_t EXPORT(web_lc3_display)(const struct web_machine *w, double first, char *to,
                               size_t size_bytes)
{
    return vt_lc3_display(w->vm, web_limit(first), to, size_bytes);
}

size_t EXPORT(web_lc3_keys)(const struct web_machine *w, uint8_t *to, size_t size_bytes)
{
    return vt_lc3_keys(w->vm, to, size_bytes);
}
