// Any bytes as an object file or symbol table of the LC-3: a program, or a diagnostic.
#include "test/fuzz/fuzz.h"

#include "vitrine/lc3_asm.h"

static void *plain_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    return calloc(1, size_bytes);
}

static void plain_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    (void)size_bytes;
    free(memory);
}

static const struct vt_host host = {.alloc = plain_alloc, .release = plain_release};

static void check_words(const struct vt_lc3_program *p)
{
    size_t words = 0;
    for (size_t n = 0; n < p->segment_count; n++) {
        const struct vt_lc3_segment *s = &p->segments[n];
        CLAIM(s->first == words && (u32)s->origin + s->count <= VT_LC3_WORDS);
        words += s->count;
        for (u32 w = 0; w < s->count; w++) {
            CLAIM(vt_lc3_word_at(p, (u16)(s->origin + w)) == &p->words[s->first + w]);
        }
    }
    CLAIM(words == p->word_count);
    for (size_t n = 0; n < words; n++) {
        CLAIM(p->words[n].line <= p->line_count);
    }
}

// What was read is written as source, and assembles to the same words.
static void check_source(const struct vt_lc3_program *p)
{
    const char *why;
    size_t size = vt_lc3_write_object(p, VT_LC3_SOURCE, NULL, 0, &why);
    char *text = malloc(size + 1);
    CLAIM(text && vt_lc3_write_object(p, VT_LC3_SOURCE, (u8 *)text, size, &why) == size);
    struct vt_lc3_program *q = vt_lc3_assemble(&host, text, size, NULL);
    CLAIM(q);
    for (size_t n = 0; n < p->segment_count; n++) {
        const struct vt_lc3_segment *s = &p->segments[n];
        for (u32 w = 0; w < s->count && s->origin + w < 0xfe00; w++) {
            const struct vt_lc3_word *word = vt_lc3_word_at(q, (u16)(s->origin + w));
            CLAIM(word && word->value == p->words[s->first + w].value);
        }
    }
    vt_lc3_free(q);
    free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes};
    u8 kind = take8(&in);
    enum vt_lc3_format format =
        kind & 16 ? VT_LC3_GUESS : (enum vt_lc3_format)(kind % VT_LC3_FORMATS);
    struct vt_lc3_program *p = vt_lc3_load(&host, format, in.at, in.left, "x.obj", NULL);
    CLAIM(p);
    check_words(p);
    CLAIM(p->error_count > 0 || p->word_count > 0 || format == VT_LC3_SOURCE);
    (void)vt_lc3_load_symbols(p, (const char *)in.at, in.left);
    for (size_t n = 1; n < p->symbol_count; n++) {
        CLAIM(p->symbols[n - 1].address <= p->symbols[n].address);
    }
    if (p->error_count == 0 && p->word_count > 0 && p->word_count < 4096) {
        check_source(p);
    }
    vt_lc3_free(p);
    return 0;
}
