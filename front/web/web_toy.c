// The toy for JavaScript: its assembler, and a machine with a program.
#include "front/web/web_machine.h"
#include "vitrine/toy.h"

struct vt_toy_program *EXPORT(web_toy_assemble)(const char *source, size_t size_bytes)
{
    struct vt_toy_program *program = wasm_take(sizeof *program);

    if (program) {
        vt_toy_assemble(source, size_bytes, program);
    }
    return program;
}

void EXPORT(web_toy_free)(struct vt_toy_program *program)
{
    wasm_give_back(program, sizeof *program);
}

unsigned EXPORT(web_toy_cell_count)(const struct vt_toy_program *program)
{
    return program->cell_count;
}

uint32_t EXPORT(web_toy_line)(const struct vt_toy_program *program, unsigned cell)
{
    return cell < VT_TOY_CELLS ? program->lines[cell] : 0;
}

unsigned EXPORT(web_toy_cell)(const struct vt_toy_program *program, unsigned cell)
{
    return cell < VT_TOY_CELLS ? program->cells[cell] : 0;
}

unsigned EXPORT(web_toy_symbol_count)(const struct vt_toy_program *program)
{
    return program->label_count;
}

const char *EXPORT(web_toy_symbol_name)(const struct vt_toy_program *program, unsigned n)
{
    return n < program->label_count ? program->labels[n].name : NULL;
}

unsigned EXPORT(web_toy_symbol_address)(const struct vt_toy_program *program, unsigned n)
{
    return n < program->label_count ? program->labels[n].address : 0;
}

unsigned EXPORT(web_toy_diagnostic_count)(const struct vt_toy_program *program)
{
    return program->diagnostic_count;
}

// what: 0 line, 1 column, 2 length.
uint32_t EXPORT(web_toy_diagnostic_number)(const struct vt_toy_program *program, unsigned n,
                                           unsigned what)
{
    const struct vt_toy_diagnostic *d = &program->diagnostics[n];

    return what == 0 ? d->line : what == 1 ? d->column : d->length;
}

const char *EXPORT(web_toy_diagnostic_text)(const struct vt_toy_program *program, unsigned n,
                                            bool is_hint)
{
    return is_hint ? program->diagnostics[n].hint : program->diagnostics[n].message;
}

unsigned EXPORT(web_toy_create)(struct web_machine *w, const struct vt_toy_program *program)
{
    struct vt_toy_config config = {.cells = program->cells, .cell_count = program->cell_count};

    return vt_toy_create(&config, &w->host, &w->vm);
}

unsigned EXPORT(web_toy_registers_written)(const struct web_machine *w)
{
    return vt_toy_registers_written(w->vm);
}

const char *EXPORT(web_toy_fault)(const struct web_machine *w)
{
    return vt_toy_fault(w->vm);
}
