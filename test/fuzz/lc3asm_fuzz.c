// Any text as a source for the LC-3's assembler. What comes out must be consistent, say where each
// mistake is, and, if there is none, come back word for word from every kind of file.
#include "test/fuzz/fuzz.h"

#include "vitrine/lc3_asm.h"

struct counted {
    unsigned pieces;
};

static void *count_alloc(void *owner, size_t size_bytes)
{
    ((struct counted *)owner)->pieces++;
    return calloc(1, size_bytes);
}

static void count_release(void *owner, void *memory, size_t size_bytes)
{
    (void)size_bytes;
    ((struct counted *)owner)->pieces--;
    free(memory);
}

static void check_diagnostic(const struct vt_lc3_program *p, const struct vt_lc3_diagnostic *d)
{
    size_t length = 0;
    CLAIM(d->message[0] && d->code[0]);
    CLAIM(!strchr(d->message, '\n'));
    CLAIM(d->line <= p->line_count && d->other_line <= p->line_count);
    if (d->line) {
        CLAIM(vt_lc3_line(p, d->line, &length));
        CLAIM(d->column >= 1 && d->column <= length + 1);
        CLAIM(d->length >= 1 && d->column + d->length <= length + 2);
    }
    char small[16];
    size_t size = vt_lc3_write_diagnostic(p, d, "x.asm", true, small, sizeof small);
    char *text = malloc(size);
    CLAIM(text);
    CLAIM(vt_lc3_write_diagnostic(p, d, "x.asm", true, text, size) == size);
    CLAIM(memcmp(small, text, size < sizeof small ? size : sizeof small) == 0);
    free(text);
}

static void check_program(const struct vt_lc3_program *p)
{
    size_t words = 0, errors = 0;
    for (size_t n = 0; n < p->segment_count; n++) {
        const struct vt_lc3_segment *s = &p->segments[n];
        CLAIM(s->first == words && (u32)s->origin + s->count <= VT_LC3_WORDS);
        words += s->count;
    }
    CLAIM(words == p->word_count);
    for (size_t n = 0; n < words; n++) {
        CLAIM(p->words[n].line >= 1 && p->words[n].line <= p->line_count);
    }
    for (size_t n = 0; n < p->symbol_count; n++) {
        CLAIM(vt_lc3_find_symbol(p, p->symbols[n].name));
        CLAIM(n == 0 || p->symbols[n - 1].address <= p->symbols[n].address);
    }
    for (size_t n = 0; n < p->diagnostic_count; n++) {
        check_diagnostic(p, &p->diagnostics[n]);
        errors += p->diagnostics[n].severity == VT_LC3_ERROR;
    }
    CLAIM(errors <= p->error_count && (p->error_count == 0) == (errors == 0));
}

static void check_same(const struct vt_lc3_program *p, const struct vt_lc3_program *q)
{
    CLAIM(q && q->error_count == 0);
    CLAIM(p->word_count == q->word_count);
    for (size_t n = 0; n < p->segment_count; n++) {
        const struct vt_lc3_segment *segment = &p->segments[n];
        for (u32 w = 0; w < segment->count; w++) {
            const struct vt_lc3_word *word = vt_lc3_word_at(q, (u16)(segment->origin + w));
            CLAIM(word && word->value == p->words[segment->first + w].value);
        }
    }
}

static void check_file(const struct vt_host *host, const struct vt_lc3_program *p,
                       enum vt_lc3_format format)
{
    const char *why = NULL;
    size_t size = vt_lc3_write_object(p, format, NULL, 0, &why);
    if (size == 0) {
        CLAIM(why && why[0]);
        return;
    }
    u8 *bytes = malloc(size);
    CLAIM(bytes && vt_lc3_write_object(p, format, bytes, size, &why) == size);
    struct vt_lc3_program *q = vt_lc3_load(host, format, bytes, size, NULL, NULL);
    check_same(p, q);
    vt_lc3_free(q);
    free(bytes);
}

static size_t write_json(const struct vt_lc3_program *p, char *to, size_t size)
{
    return vt_lc3_write_json(p, "x.asm", to, size);
}

static void check_text(const struct vt_lc3_program *p,
                       size_t (*write)(const struct vt_lc3_program *, char *, size_t))
{
    size_t size = write(p, NULL, 0);
    char *text = malloc(size + 1);
    CLAIM(text && write(p, text, size) == size);
    free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct counted counted = {0};
    struct vt_host host = {.owner = &counted, .alloc = count_alloc, .release = count_release};
    struct vt_lc3_options options = {0};
    size_t used = size_bytes > 0;
    memset(options.levels, size_bytes > 0 && (data[0] & 1) ? VT_LC3_LEVEL_ON : 0,
           sizeof options.levels);
    struct vt_lc3_program *p =
        vt_lc3_assemble(&host, (const char *)data + used, size_bytes - used, &options);
    CLAIM(p);
    check_program(p);
    check_text(p, write_json);
    check_text(p, vt_lc3_write_symbols);
    if (p->word_count < 4096) {
        check_text(p, vt_lc3_write_listing);
    }
    if (p->error_count == 0 && p->word_count < 4096) {
        check_file(&host, p, VT_LC3_LC3TOOLS);
        check_file(&host, p, VT_LC3_SOURCE);
        check_file(&host, p, VT_LC3_CLASSIC);
        check_file(&host, p, VT_LC3_HEX);
        check_file(&host, p, VT_LC3_BIN);
    }
    vt_lc3_free(p);
    CLAIM(counted.pieces == 0);
    return 0;
}
