#include "core/fields.h"
#include "base/check.h"
#include "base/text.h"

#include <string.h>

// Hosts are little-endian (base/bytes.h), so a value's bytes in memory are its saved form, and an
// array of values is one run of bytes.

static void check_scalar(const struct field *f)
{
    CHECK(f->element_bytes == 1 || f->element_bytes == 2 || f->element_bytes == 4 ||
          f->element_bytes == 8);
}

static size_t run_bytes(const struct field *f)
{
    return (size_t)f->element_bytes * f->count;
}

static void digest_list(const struct field *fields, u32 count, const u8 *state, struct digest *d)
{
    for (const struct field *f = fields; f < fields + count; f++) {
        if (!f->sub) {
            check_scalar(f);
            digest_add(d, state + f->offset, run_bytes(f));
            continue;
        }
        for (u32 n = 0; n < f->count; n++) {
            digest_list(f->sub, f->sub_count, state + f->offset + (size_t)n * f->element_bytes, d);
        }
    }
}

void fields_digest(const struct field_table *table, const void *state, struct digest *d)
{
    digest_list(table->fields, table->field_count, state, d);
}

static size_t size_list(const struct field *fields, u32 count)
{
    size_t size = 0;
    for (const struct field *f = fields; f < fields + count; f++) {
        size += f->sub ? f->count * size_list(f->sub, f->sub_count) : run_bytes(f);
    }
    return size;
}

size_t fields_size(const struct field_table *table)
{
    return size_list(table->fields, table->field_count);
}

static u8 *save_list(const struct field *fields, u32 count, const u8 *state, u8 *out)
{
    for (const struct field *f = fields; f < fields + count; f++) {
        if (!f->sub) {
            check_scalar(f);
            memcpy(out, state + f->offset, run_bytes(f));
            out += run_bytes(f);
            continue;
        }
        for (u32 n = 0; n < f->count; n++) {
            out = save_list(f->sub, f->sub_count, state + f->offset + (size_t)n * f->element_bytes,
                            out);
        }
    }
    return out;
}

void fields_save(const struct field_table *table, const void *state, u8 *out)
{
    save_list(table->fields, table->field_count, state, out);
}

static void load_run(const struct field *f, u8 *to, const u8 *in)
{
    memcpy(to, in, run_bytes(f));
    for (u32 n = 0; f->is_bool && n < f->count; n++) {
        to[n] = in[n] != 0;
    }
}

static const u8 *load_list(const struct field *fields, u32 count, u8 *state, const u8 *in)
{
    for (const struct field *f = fields; f < fields + count; f++) {
        if (!f->sub) {
            check_scalar(f);
            load_run(f, state + f->offset, in);
            in += run_bytes(f);
            continue;
        }
        for (u32 n = 0; n < f->count; n++) {
            in = load_list(f->sub, f->sub_count, state + f->offset + (size_t)n * f->element_bytes,
                           in);
        }
    }
    return in;
}

void fields_load(const struct field_table *table, void *state, const u8 *in)
{
    load_list(table->fields, table->field_count, state, in);
}

// --- for views ---

struct visit {
    fields_visit_fn *fn;
    void *owner;
};

enum { NAME_BYTES = 64 };

// `before` and the field's name, with a number if there are several.
static void put_name(char *buffer, const char *before, const struct field *f, u32 n)
{
    struct text name = text_in(buffer, NAME_BYTES);
    text_put(&name, before);
    text_put(&name, before[0] ? "." : "");
    text_put(&name, f->name);
    if (f->count > 1) {
        text_char(&name, '[');
        text_decimal(&name, n);
        text_char(&name, ']');
    }
}

static bool visit_list(const struct visit *v, const char *before, const struct field *fields,
                       u32 count, const u8 *state)
{
    char name[NAME_BYTES];
    for (const struct field *f = fields; f < fields + count; f++) {
        for (u32 n = 0; n < f->count; n++) {
            const u8 *at = state + f->offset + (size_t)n * f->element_bytes;
            put_name(name, before, f, n);
            u64 value = 0;
            if (!f->sub) {
                check_scalar(f);
                memcpy(&value, at, f->element_bytes);
            }
            bool goes_on = f->sub ? visit_list(v, name, f->sub, f->sub_count, at)
                                  : v->fn(v->owner, name, value, 8 * f->element_bytes);
            if (!goes_on) {
                return false;
            }
        }
    }
    return true;
}

bool fields_visit(const struct field_table *table, const void *state, fields_visit_fn *fn,
                  void *owner)
{
    struct visit v = {fn, owner};
    return visit_list(&v, "", table->fields, table->field_count, state);
}
