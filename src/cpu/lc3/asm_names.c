#include "cpu/lc3/asm_impl.h"

#include "base/near.h"

static const char *const directive_names[DIRECTIVE_COUNT] = {
    [DIRECTIVE_ORIG] = ".ORIG", [DIRECTIVE_END] = ".END",         [DIRECTIVE_FILL] = ".FILL",
    [DIRECTIVE_BLKW] = ".BLKW", [DIRECTIVE_STRINGZ] = ".STRINGZ",
};

static const char *const branches[] = {"BRn", "BRz", "BRp", "BRnz", "BRnp", "BRzp", "BRnzp"};

// BR and any of n, z, p, each once: its bits in their place. 0: no branch.
static u16 branch_condition(const struct token *t, bool *is_disordered)
{
    static const char letters[] = "NZP";
    unsigned bits = 0, last = 0;
    *is_disordered = false;
    if (t->at.length < 2 || t->at.length > 5 || !span_equal(t->text, 2, "BR")) {
        return 0;
    }
    for (u32 n = 2; n < t->at.length; n++) {
        unsigned place = 0;
        while (place < 3 && letters[place] != upper(t->text[n])) {
            place++;
        }
        unsigned bit = place < 3 ? 0x800u >> place : 0;
        if (bit == 0 || (bits & bit)) {
            return 0;
        }
        *is_disordered |= place < last;
        last = place;
        bits |= bit;
    }
    return (u16)(bits ? bits : 0xe00);
}

static bool find_insn(const struct token *t, struct name *found)
{
    found->condition = branch_condition(t, &found->is_disordered);
    if (found->condition) {
        found->insn = &lc3_insns[LC3_BR];
        return true;
    }
    for (unsigned n = 0; n < LC3_OPS; n++) {
        if (lc3_insns[n].mnemonic[0] && token_is(t, lc3_insns[n].mnemonic)) {
            found->insn = &lc3_insns[n];
            return true;
        }
    }
    return false;
}

static bool find_alias(const struct token *t, struct name *found)
{
    for (unsigned n = 0; n < lc3_alias_count; n++) {
        if (token_is(t, lc3_aliases[n].name)) {
            found->alias = &lc3_aliases[n];
            return true;
        }
    }
    return false;
}

static enum name_kind directive_of(const struct token *t, enum directive *directive)
{
    for (unsigned n = 0; n < DIRECTIVE_COUNT; n++) {
        if (token_is(t, directive_names[n])) {
            *directive = (enum directive)n;
            return NAME_DIRECTIVE;
        }
    }
    return NAME_UNKNOWN_DIRECTIVE;
}

struct name name_of(const struct token *t)
{
    struct name n = {.kind = NAME_OTHER};
    if (t->kind != TOKEN_WORD) {
        return n;
    }
    if (t->at.length == 2 && upper(t->text[0]) == 'R' && t->text[1] >= '0' && t->text[1] <= '7') {
        n.kind = NAME_REGISTER;
        n.number = (unsigned)(t->text[1] - '0');
    } else if (t->text[0] == '.') {
        n.kind = directive_of(t, &n.directive);
    } else if (find_insn(t, &n)) {
        n.kind = NAME_INSN;
    } else if (find_alias(t, &n)) {
        n.kind = NAME_ALIAS;
    }
    return n;
}

bool name_lacks_point(const struct token *t, enum directive *directive)
{
    for (unsigned n = 0; n < DIRECTIVE_COUNT; n++) {
        if (token_is(t, directive_names[n] + 1)) {
            *directive = (enum directive)n;
            return true;
        }
    }
    return false;
}

// --- names that are nearly right ---

struct nearest {
    const struct token *t;
    const char *name;
    unsigned distance;
};

static void try_name(struct nearest *n, const char *name)
{
    size_t length = text_length(name);
    unsigned d = near_distance(n->t->text, n->t->at.length, name, length, n->distance);
    if (d < n->distance && length > 2) { // of two letters any two are alike
        n->distance = d;
        n->name = name;
    }
}

static void try_lone_names(struct nearest *n)
{
    try_name(n, lc3_insns[LC3_RTI].mnemonic);
    for (unsigned i = 0; i < lc3_alias_count; i++) {
        try_name(n, lc3_aliases[i].name);
    }
    try_name(n, directive_names[DIRECTIVE_END]);
}

const char *name_near(const struct token *t, unsigned limit)
{
    struct nearest n = {.t = t, .distance = limit + 1};
    for (unsigned i = 0; i < DIRECTIVE_COUNT; i++) {
        try_name(&n, directive_names[i]);
    }
    if (t->text[0] != '.') {
        for (unsigned i = 0; i < LC3_OPS; i++) {
            try_name(&n, lc3_insns[i].mnemonic);
        }
        for (unsigned i = 0; i < COUNT_OF(branches); i++) {
            try_name(&n, branches[i]);
        }
        try_lone_names(&n);
    }
    return n.name && n.name[0] ? n.name : NULL;
}

const char *name_near_lone(const struct token *t)
{
    char last = t->text[t->at.length - 1];
    struct nearest n = {.t = t, .distance = 2};
    if (t->at.length < 3 || (last >= '0' && last <= '9') || last == '_') {
        return NULL; // OUT1 and the like are rather labels
    }
    try_lone_names(&n);
    return n.name;
}

// --- names from other machines ---

static const struct {
    const char *names; // separated by blanks
    const char *hint;
} foreign[] = {
#define FOREIGN(names, hint) {names, hint},
#include "cpu/lc3/asm_foreign.def"
};

// Whether `t` is one of the names.
static bool is_among(const struct token *t, const char *names)
{
    while (*names) {
        u32 length = 0;
        while (names[length] && names[length] != ' ') {
            length++;
        }
        if (length == t->at.length) {
            u32 n = 0;
            while (n < length && upper(t->text[n]) == names[n]) {
                n++;
            }
            if (n == length) {
                return true;
            }
        }
        names += length;
        names += *names == ' ' ? 1 : 0;
    }
    return false;
}

const char *name_foreign(const struct token *t)
{
    for (unsigned n = 0; n < COUNT_OF(foreign); n++) {
        if (is_among(t, foreign[n].names)) {
            return foreign[n].hint;
        }
    }
    return NULL;
}
