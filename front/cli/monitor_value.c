// What people type to monitors where a number is wanted, as an expression of vt_evaluate.
#include "front/cli/monitor_commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void put(struct expression *e, const char *text, size_t length)
{
    size_t room = sizeof e->text - 1 - e->length;

    length = length < room ? length : room;
    memcpy(e->text + e->length, text, length);
    e->length += length;
    e->text[e->length] = 0;
}

static bool is_name_part(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

// "1fh" is a number unless it is a register, as "ah".
static bool is_hex(const struct monitor *m, const char *word, size_t length)
{
    char name[32];

    snprintf(name, sizeof name, "%.*s", (int)length, word);
    return length > 1 && (word[length - 1] == 'h' || word[length - 1] == 'H') &&
           strspn(name, "0123456789abcdefABCDEF") == length - 1 &&
           vt_register_by_name(m->vm, name) < 0;
}

// "$eax" and "%eax" as "eax", "1fh" as "0x1f".
static void put_part(const struct monitor *m, struct expression *e, const char *at, const char *end)
{
    while (at < end) {
        size_t length = 0;

        while (at + length < end && is_name_part(at[length])) {
            length++;
        }
        if (length > 0 && is_hex(m, at, length)) {
            put(e, "0x", 2);
            put(e, at, length - 1);
        } else if (length > 0 || ((*at != '$' && *at != '%') || !is_name_part(at[1]))) {
            put(e, at, length ? length : 1);
        }
        at += length ? length : 1;
    }
}

// "ds:" and "b800h:": where the segment begins, by the register or in real mode.
static void put_segment(const struct monitor *m, struct expression *e, const char *at,
                        const char *end)
{
    char name[32];

    at += *at == '$' || *at == '%';
    snprintf(name, sizeof name, "%.*s.base", (int)(end - at), at);
    if (vt_register_by_name(m->vm, name) >= 0) {
        put(e, name, strlen(name));
    } else {
        put(e, "((", 2);
        put_part(m, e, at, end);
        put(e, ") & 0xffff) << 4", 16);
    }
}

static struct expression translate(const struct monitor *m, const char *text)
{
    struct expression e = {.length = 0};
    const char *colon = strchr(text, ':');

    if (colon) {
        put(&e, "(", 1);
        put_segment(m, &e, text, colon);
        put(&e, ") + (", 5);
        text = colon + 1;
    }
    put_part(m, &e, text, text + strlen(text));
    if (colon) {
        put(&e, ")", 1);
    }
    return e;
}

bool monitor_expression(const struct monitor *m, const char *text, struct expression *e)
{
    const char *error;
    uint64_t value;

    *e = translate(m, text);
    if (vt_evaluate(m->vm, e->text, &value, &error, NULL)) {
        return true;
    }
    monitor_print(m, "'%s': %s (0x1f and 1fh are hexadecimal)\n", text, error);
    return false;
}

bool monitor_value(const struct monitor *m, const char *text, uint64_t *out)
{
    struct expression e;

    return monitor_expression(m, text, &e) && vt_evaluate(m->vm, e.text, out, NULL, NULL);
}
