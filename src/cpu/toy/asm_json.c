// The statements of a JSON list:
//
//   [{"opcode": "MOV", "operands": ["AX", 5]}, {"label": "loop", "opcode": "ADD", ...}]
//
// Only what such lists need of JSON is read ([RFC8259]): lists, objects, strings without escapes,
// numbers. An object {"program": [...]} around the list is allowed; other members are passed over.
#include "cpu/toy/asm.h"

struct json {
    struct toy_assembly *a;
    const char *start, *at, *end;
    u32 line;
    const char *line_start;
    bool has_failed;
};

static struct toy_word here(const struct json *j, size_t length)
{
    return (struct toy_word){.text = j->at,
                             .length = length,
                             .line = j->line,
                             .column = (u32)(j->at - j->line_start) + 1};
}

static bool fail(struct json *j, const char *message, const char *hint)
{
    struct toy_word w = here(j, j->at < j->end);
    if (!j->has_failed) {
        toy_error(j->a, &w, message, hint);
    }
    j->has_failed = true;
    return false;
}

static void skip_blanks(struct json *j)
{
    while (j->at < j->end &&
           (*j->at == ' ' || *j->at == '\t' || *j->at == '\r' || *j->at == '\n')) {
        if (*j->at++ == '\n') {
            j->line++;
            j->line_start = j->at;
        }
    }
}

// Takes a sign if it is next.
static bool take(struct json *j, char sign)
{
    skip_blanks(j);
    if (j->at < j->end && *j->at == sign) {
        j->at++;
        return true;
    }
    return false;
}

static bool need(struct json *j, char sign, const char *message)
{
    return take(j, sign) || fail(j, message, "[{\"opcode\": \"MOV\", \"operands\": [\"AX\", 5]}]");
}

// A string, without its quotes.
static bool string(struct json *j, struct toy_word *w)
{
    if (!need(j, '"', "a text in quotes is missing here")) {
        return false;
    }
    *w = here(j, 0);
    while (j->at < j->end && *j->at != '"' && *j->at != '\n') {
        j->at++;
    }
    w->length = (size_t)(j->at - w->text);
    return need(j, '"', "the text has no end");
}

// A string or a number.
static bool scalar(struct json *j, struct toy_word *w)
{
    skip_blanks(j);
    if (j->at < j->end && *j->at == '"') {
        return string(j, w);
    }
    *w = here(j, 0);
    while (j->at < j->end && ((*j->at >= '0' && *j->at <= '9') || *j->at == '-')) {
        j->at++;
    }
    w->length = (size_t)(j->at - w->text);
    return w->length > 0 || fail(j, "an operand is a text or a whole number", "\"AX\" or 5");
}

static bool operands(struct json *j, struct toy_statement *s)
{
    if (!need(j, '[', "operands are a list in brackets")) {
        return false;
    }
    if (take(j, ']')) {
        return true;
    }
    do {
        if (s->operand_count == TOY_WORDS) {
            return fail(j, "too many operands", "24 are the most");
        }
        if (!scalar(j, &s->operands[s->operand_count++])) {
            return false;
        }
    } while (take(j, ','));
    return need(j, ']', "a comma or the end of the list is missing here");
}

// {"opcode": ..., "operands": [...], "label": ...} in any order.
static bool instruction(struct json *j, struct toy_statement *s)
{
    *s = (struct toy_statement){0};
    if (!need(j, '{', "an instruction is an object in braces")) {
        return false;
    }
    do {
        struct toy_word member;
        struct toy_word ignored;
        if (!string(j, &member) || !need(j, ':', "a colon is missing here")) {
            return false;
        }
        bool is_good = toy_word_is(&member, "operands") ? operands(j, s)
                       : toy_word_is(&member, "opcode") ? string(j, &s->name)
                       : toy_word_is(&member, "label")  ? string(j, &s->label)
                                                        : scalar(j, &ignored);
        if (!is_good) {
            return false;
        }
    } while (take(j, ','));
    return need(j, '}', "a comma or the end of the object is missing here");
}

static bool list(struct json *j)
{
    if (!need(j, '[', "a program is a list in brackets")) {
        return false;
    }
    if (take(j, ']')) {
        return true;
    }
    do {
        struct toy_statement s;
        if (!instruction(j, &s)) {
            return false;
        }
        toy_assemble_statement(j->a, &s);
    } while (take(j, ','));
    return need(j, ']', "a comma or the end of the list is missing here");
}

void toy_read_json(struct toy_assembly *a, const char *source, size_t size_bytes)
{
    struct json j = {.a = a,
                     .start = source,
                     .at = source,
                     .end = source + size_bytes,
                     .line = 1,
                     .line_start = source};
    struct toy_word member;
    bool is_wrapped = take(&j, '{');
    if (is_wrapped && (!string(&j, &member) || !need(&j, ':', "a colon is missing here"))) {
        return;
    }
    if (!list(&j) || (is_wrapped && !need(&j, '}', "the end of the object is missing here"))) {
        return;
    }
    skip_blanks(&j);
    if (j.at < j.end) {
        fail(&j, "nothing may follow the program", "");
    }
}
