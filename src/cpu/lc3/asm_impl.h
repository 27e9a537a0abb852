// What the files of the assembler share: its state, tokens, statements, symbols and diagnostics.
//
// asm_lex.c     a line into tokens              asm_number.c   what a word means as a number
// asm_parse.c   tokens into statements          asm_names.c    instructions, directives, registers
// asm_symbols.c labels                          asm_layout.c   pass 1: addresses
// asm_encode.c  pass 2: words                   asm_operand.c  one operand into bits
// asm_check.c   what is legal but not meant     asm_diag.c     diagnostics
// asm_hint.c    the ways out                    asm.c          all in order
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "base/types.h"
#include "cpu/lc3/isa.h"
#include "vitrine/lc3_asm.h"

#include <string.h>

// --- diagnostics ---

enum diag_id {
#define ERROR(id, code)                              DIAG_##id,
#define NAMED(id, code, severity, when, name, about) DIAG_##id,
#include "cpu/lc3/asm_diag.def"
    DIAG_COUNT,
};

enum { DIAG_FIRST_NAMED = DIAG_COMMAS, DIAG_NAMED = DIAG_COUNT - DIAG_FIRST_NAMED };

enum {
    LC3_DEVICES = 0xfe00, // the first address of the devices
    DIAGS_MAX = 1000,     // errors, and warnings and notes, that are kept
    GUESSES = 1 << 20,    // labels that are looked at for did-you-mean, in all
    LINE_MAX = 65535,     // bytes of a line that are looked at
};

// A piece of a line of the source, in bytes.
struct span {
    u32 line;   // from 1; 0: the file as a whole
    u32 offset; // from 0
    u32 length;
};

// --- tokens and statements ---

enum token_kind {
    TOKEN_WORD,      // a name, a number, a register, a directive
    TOKEN_STRING,    // "..." with its quotes
    TOKEN_CHARACTER, // 'A' with its quotes
};

struct token {
    enum token_kind kind;
    struct span at;
    const char *text; // its bytes in the source
    u8 commas_before; // between it and the token before
    bool has_colon;   // behind it
    bool is_open;     // a string without its closing quote
};

enum directive {
    DIRECTIVE_ORIG,
    DIRECTIVE_END,
    DIRECTIVE_FILL,
    DIRECTIVE_BLKW,
    DIRECTIVE_STRINGZ,
    DIRECTIVE_COUNT,
};

enum statement_kind {
    STATEMENT_LABELS, // nothing but labels
    STATEMENT_INSN,
    STATEMENT_ALIAS,
    STATEMENT_DIRECTIVE,
    STATEMENT_WRONG, // told already, or unknown: counts as one word
};

// Tokens are numbered through the whole source.
struct statement {
    enum statement_kind kind;
    u32 line;
    u32 label_first, label_count;
    u32 op; // the token of the instruction or directive
    u32 operand_first, operand_count;
    bool has_trailing_comma;

    u16 word;                      // INSN: first row's value with the condition; ALIAS: the word
    const struct lc3_insn *insn;   // INSN: the first row of its name
    const struct lc3_alias *alias; // ALIAS
    enum directive directive;

    // pass 1
    bool is_placed; // it is in a segment, behind an .ORIG
    bool is_lost;   // an .ORIG whose address is not known
    u32 address;
    u32 word_count; // that it takes
};

struct symbol {
    const char *name;
    u32 statement; // where it is defined
    struct span at;
    u16 address;
    bool is_placed;
    bool is_used, is_jumped_to;
    struct symbol *next; // of the same hash
};

enum { SYMBOL_BUCKETS = 1024 };

struct assembly {
    struct arena arena;
    const struct vt_lc3_options *options;

    const char *text;
    size_t text_bytes;
    struct list lines; // u32 offset of each, and one behind the last

    struct list tokens, statements;
    struct list ignored;         // statement labels behind .END: struct token
    struct list symbols;         // struct symbol *, in the order of the source
    struct symbol **buckets;     // SYMBOL_BUCKETS
    struct list segments, words; // vt_lc3_segment, vt_lc3_word
    u16 *owners;       // of each address: the segment that has a word there, from 1; 0: none
    struct list diags; // struct diag_entry
    size_t error_count;
    size_t warning_count; // and notes, that are kept
    u32 guesses;
    bool is_muted; // what is read now is to be ignored
};

// --- asm_diag.c ---

struct diag_entry {
    struct vt_lc3_diagnostic d;
    u32 order;
};

// Adds a diagnostic. The format knows %s, %d, %u and x%04X. The pointer, for diag_hint and
// diag_other, is valid until the next one; NULL: switched off, too many, or out of memory.
struct vt_lc3_diagnostic *diag(struct assembly *a, enum diag_id id, struct span at,
                               const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
void diag_hint(struct assembly *a, struct vt_lc3_diagnostic *d, const char *format, ...)
    FORMAT_LIKE_PRINTF(3, 4);
void diag_other(struct assembly *a, struct vt_lc3_diagnostic *d, struct span at, const char *format,
                ...) FORMAT_LIKE_PRINTF(4, 5);
// Sorts them by place.
void diag_finish(struct assembly *a);
// Lines and columns as a diagnostic has them.
void diag_place(const struct assembly *a, struct span at, u32 *line, u32 *column, u32 *length);

// --- asm_lex.c ---

// Where each line begins.
bool lex_lines(struct assembly *a);
u32 lex_line_count(const struct assembly *a);
const char *lex_line(const struct assembly *a, u32 line, u32 *length);
// Adds the tokens of a line. *has_trailing_comma: the last thing on it is a comma.
bool lex_tokens(struct assembly *a, u32 line, bool *has_trailing_comma);
struct token *token_at(const struct assembly *a, u32 number);
// A zero-ended copy, for messages; "" if there is no memory.
const char *token_name(struct assembly *a, const struct token *t);
bool span_equal(const char *text, u32 length, const char *word); // whatever the case
static inline bool token_is(const struct token *t, const char *word)
{
    return t->kind == TOKEN_WORD && span_equal(t->text, t->at.length, word);
}
static inline char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

// --- asm_number.c ---

enum number_kind {
    NUMBER_NONE,  // not even meant as one
    NUMBER_GOOD,  //
    NUMBER_WRONG, // begins like one
};

struct number {
    enum number_kind kind;
    i32 value;  // cut off at a milliard
    u8 base;    // 2, 10, 16; 8 for a character
    bool has_0; // 0x or 0b
    bool has_hash;
    bool is_negative;
};

struct number number_read(const struct token *t);
// The character at *at of a string or character token, which moves behind it; an escape is one.
struct escape {
    u8 value;
    bool is_unknown; // `value` is the backslash, and what follows stays
    bool is_new;     // not every assembler knows it
    u8 length;       // bytes it took
};
struct escape number_escape(const char *at, u32 left);

// --- asm_names.c ---

enum name_kind {
    NAME_OTHER,
    NAME_REGISTER, // R0 to R7
    NAME_INSN,
    NAME_ALIAS,
    NAME_DIRECTIVE,
    NAME_UNKNOWN_DIRECTIVE, // begins with a point
};

struct name {
    enum name_kind kind;
    unsigned number;               // register
    const struct lc3_insn *insn;   //
    u16 condition;                 // of BR, in its place
    bool is_disordered;            // BRpz
    const struct lc3_alias *alias; //
    enum directive directive;      //
};

struct name name_of(const struct token *t);
// A directive but for its point: ORIG.
bool name_lacks_point(const struct token *t, enum directive *directive);
static inline bool name_is_operation(const struct name *n)
{
    return n->kind >= NAME_INSN;
}
// The instruction, alias or directive that is spelt most alike, `limit` slips away at most; NULL:
// none is so near.
const char *name_near(const struct token *t, unsigned limit);
// The instruction without operands that a lone word is one slip away from; NULL: none.
const char *name_near_lone(const struct token *t);
// How the LC-3 does what this name means on other machines (SUB, MOV, CALL ...); NULL: unknown.
const char *name_foreign(const struct token *t);

// --- asm_parse.c ---

bool parse(struct assembly *a);
// Tells that a word is no instruction, and what it may have been meant to be.
void parse_unknown(struct assembly *a, const struct token *t);
static inline struct statement *statement_at(const struct assembly *a, size_t number)
{
    return (struct statement *)a->statements.items + number;
}

// --- asm_symbols.c ---

bool symbols_begin(struct assembly *a);
// Defines the labels of all statements.
bool symbols_define(struct assembly *a);
// A new symbol, which must not be there yet. NULL: no memory.
struct symbol *symbol_add(struct assembly *a, const char *text, u32 length);
// Tells that a lone word is a misspelt instruction rather than a label.
void symbols_tell_lost(struct assembly *a, const struct token *t, const char *near);
struct symbol *symbol_find(const struct assembly *a, const char *text, u32 length);
static inline struct symbol *symbol_number(const struct assembly *a, size_t number)
{
    return ((struct symbol **)a->symbols.items)[number];
}
// The label an operand names, which counts as used; tells if there is none.
struct symbol *symbol_use(struct assembly *a, const struct token *t);

// --- asm_layout.c ---

bool layout(struct assembly *a);

// --- asm_encode.c ---

bool encode(struct assembly *a);

// --- asm_operand.c ---

// Puts operand `t` into the word. What is wrong with it has been told.
void operand_encode(struct assembly *a, const struct statement *s, const struct lc3_insn *insn,
                    const struct lc3_operand *o, const struct token *t, u16 *word);
// The number that a directive wants; false: told.
bool operand_number(struct assembly *a, const struct token *t, const char *whose, i32 *value);
// .FILL: a number or a label. False: told.
bool operand_fill(struct assembly *a, const struct token *t, u16 *value);

// --- asm_hint.c ---

void hint_count(struct assembly *a, struct vt_lc3_diagnostic *d, const struct statement *s);
void hint_kind(struct assembly *a, struct vt_lc3_diagnostic *d, const struct statement *s,
               const struct lc3_insn *insn, const struct lc3_operand *o, const struct token *t);
void hint_far(struct assembly *a, struct vt_lc3_diagnostic *d, const struct lc3_insn *insn,
              const struct token *t);
void hint_value(struct assembly *a, struct vt_lc3_diagnostic *d, const struct lc3_operand *o,
                i32 value, const struct token *t);

// --- asm_check.c ---

void check_all(struct assembly *a);

// --- asm.c ---

// A program whose memory comes from `host`; what is in `a` moves into it. NULL: no memory.
struct vt_lc3_program *program_finish(struct assembly *a);
// Takes the memory of a finished program, to add symbols to it; program_reclose gives it back.
void program_reopen(struct assembly *a, struct vt_lc3_program *program);
// The program's symbols are the first in `a`; those behind them are added to it.
bool program_add_symbols(struct assembly *a, struct vt_lc3_program *program);
void program_reclose(const struct assembly *a, struct vt_lc3_program *program);
bool program_begin(struct assembly *a, const struct vt_host *host, const char *text,
                   size_t text_bytes, const struct vt_lc3_options *options);
