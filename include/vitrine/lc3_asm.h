// The LC-3's assembler, disassembler and files: text in, a program of 16-bit words out, and back.
//
// The same code serves the command, the machine's loader and an editor in a browser. Everything is
// in memory: sources and files come as bytes, results go into buffers of the caller, and what a
// program holds is released with it. Errors in a source are data, not failures: `vt_lc3_assemble`
// always gives a program, with all its diagnostics in the order of the source.
#pragma once

#include "vitrine/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VT_LC3_WORDS = 65536,             // of memory
    VT_LC3_SOURCE_BYTES = 4096 << 10, // of a source or file; larger ones are refused
};

// --- what assembling gives ---

enum vt_lc3_severity {
    VT_LC3_NOTE,    // good to know
    VT_LC3_WARNING, // assembled, but probably not meant, or refused by other assemblers
    VT_LC3_ERROR,   // there is no program
};

// Lines and columns count from 1; columns count characters (a UTF-8 sequence or a tab is one). Line
// 0: about the file as a whole.
struct vt_lc3_diagnostic {
    enum vt_lc3_severity severity;
    const char *code; // "E012", "W103", "N201": stays the same from version to version
    const char *name; // "commas": for -Wno-commas; "" for errors
    uint32_t line, column, length;
    const char *message; // one line, without a full stop
    const char *hint;    // what to do about it, in one or more lines; "" if there is nothing to say

    // A second place that belongs to it ("first defined here"); other_line 0: none.
    uint32_t other_line, other_column, other_length;
    const char *other_message;
};

enum vt_lc3_word_kind {
    VT_LC3_CODE,    // an instruction
    VT_LC3_DATA,    // .FILL
    VT_LC3_STRING,  // a character of .STRINGZ, or the zero behind it
    VT_LC3_BLOCK,   // .BLKW: is 0 in files, but nobody has said what it is
    VT_LC3_UNKNOWN, // a word of a file that does not tell
};

struct vt_lc3_word {
    uint16_t value;
    uint8_t kind;    // enum vt_lc3_word_kind
    uint8_t length;  // characters of the statement in its line, 255 at most
    uint16_t column; // where the statement stands in `line`
    uint32_t line;   // 0: not known
};

// Words words[first] to words[first + count - 1] go to `origin` and the addresses behind it.
struct vt_lc3_segment {
    uint16_t origin;
    uint32_t first, count; // origin + count is 65536 at most
    uint32_t line;         // of its .ORIG
};

struct vt_lc3_symbol {
    const char *name; // as the source spells it where it is defined
    uint16_t address;
    uint32_t line, column; // of its definition; line 0: not known
    bool is_used;
};

struct vt_lc3_program {
    const struct vt_lc3_segment *segments; // in the order of the source; they do not overlap
    size_t segment_count;
    const struct vt_lc3_word *words;
    size_t word_count;
    const struct vt_lc3_symbol *symbols; // in the order of their addresses
    size_t symbol_count;
    const struct vt_lc3_diagnostic *diagnostics; // in the order of the source
    size_t diagnostic_count;
    size_t error_count, warning_count, note_count;

    const char *text; // the source, ended by a zero byte; of a file: what it tells of its source
    size_t text_bytes;
    const uint32_t *lines; // offset in the text of each of its line_count lines, and its end
    size_t line_count;

    bool is_second_edition_file; // read from a classic file, which mostly means 2nd edition
};

// --- making one ---

enum vt_lc3_level {
    VT_LC3_LEVEL_DEFAULT,
    VT_LC3_LEVEL_OFF,
    VT_LC3_LEVEL_ON,
    VT_LC3_LEVEL_ERROR,
};

enum { VT_LC3_NAMES = 64 };

// All zero is the default: what lc3tools accepts is accepted.
struct vt_lc3_options {
    bool is_silent;               // no warnings and notes
    bool are_warnings_errors;     // -Werror
    uint8_t levels[VT_LC3_NAMES]; // enum vt_lc3_level, by vt_lc3_warning_number
};

// The kinds of warnings and notes, by number from 0: for -Wname, and for lists of them.
int vt_lc3_warning_count(void);
const char *vt_lc3_warning_name(int number);
const char *vt_lc3_warning_about(int number);   // one line for a list
bool vt_lc3_warning_is_on(int number);          // by default
bool vt_lc3_warning_is_portability(int number); // about what other assemblers refuse

// Assembles `text`. `options` may be NULL. NULL: out of memory, or the text is larger than
// VT_LC3_SOURCE_BYTES. The caller frees the program. `host` must outlive it, and supplies `alloc`
// and `release` only.
struct vt_lc3_program *vt_lc3_assemble(const struct vt_host *host, const char *text,
                                       size_t text_bytes, const struct vt_lc3_options *options);
void vt_lc3_free(struct vt_lc3_program *program); // NULL is allowed

// --- asking one ---

// The word at an address; NULL: the program has none there.
const struct vt_lc3_word *vt_lc3_word_at(const struct vt_lc3_program *program, uint16_t address);
// The first address that a line of the source made. False: it made none.
bool vt_lc3_address_of_line(const struct vt_lc3_program *program, uint32_t line, uint16_t *address);
// By name, whatever the case of its letters; NULL: none.
const struct vt_lc3_symbol *vt_lc3_find_symbol(const struct vt_lc3_program *program,
                                               const char *name);
// The first symbol of an address; NULL: none.
const struct vt_lc3_symbol *vt_lc3_symbol_at(const struct vt_lc3_program *program,
                                             uint16_t address);
// A line of the source without its line end; not zero-ended. NULL: no such line.
const char *vt_lc3_line(const struct vt_lc3_program *program, uint32_t line, size_t *length_bytes);

// Writes one instruction as text that assembles to the same word at the same address: the label of
// its target where `program` (may be NULL) has one, else #OFFSET. What no instruction is becomes
// .FILL xHHHH. The text is cut off at `size` bytes, its zero included. Returns its length.
size_t vt_lc3_disassemble(const struct vt_lc3_program *program, uint16_t word, uint16_t address,
                          char *to, size_t size);

// --- text about it; each writes at most `size` bytes and returns how many the whole has ---

// A diagnostic for a terminal, several lines: "FILE:LINE:COL: error: message [E012]", the line of
// the source, a caret, and the hint. Ends with a newline; no zero is added.
size_t vt_lc3_write_diagnostic(const struct vt_lc3_program *program,
                               const struct vt_lc3_diagnostic *d, const char *file, bool has_colour,
                               char *to, size_t size);
// All of them as one JSON object, for editors; doc/lc3-asm.md has its members.
size_t vt_lc3_write_json(const struct vt_lc3_program *program, const char *file, char *to,
                         size_t size);
// The symbol table as Lumetta's tools and lc3tools write it.
size_t vt_lc3_write_symbols(const struct vt_lc3_program *program, char *to, size_t size);
// Address, word, bits and source, a line for each word.
size_t vt_lc3_write_listing(const struct vt_lc3_program *program, char *to, size_t size);

// --- files ---

enum vt_lc3_format {
    VT_LC3_GUESS,    // reading: by contents
    VT_LC3_SOURCE,   // assembler text; written: disassembled, with the labels that are known
    VT_LC3_LC3TOOLS, // .obj of lc3tools: several segments, with the source's lines
    VT_LC3_CLASSIC,  // .obj of Lumetta's tools, PennSim: big-endian words, one segment
    VT_LC3_COMPLX,   // .obj of complx: reading only
    VT_LC3_ENSEMBLE, // .obj of lc3-ensemble: reading only
    VT_LC3_HEX,      // text: one word of four hexadecimal digits a line, the first is the origin
    VT_LC3_BIN,      // text: the same with sixteen binary digits
    VT_LC3_FORMATS,
};

// "lc3tools", "classic", ...
const char *vt_lc3_format_name(enum vt_lc3_format format);
// What some bytes are; never VT_LC3_GUESS. `name`, the file's, may be NULL; its ending decides
// where the contents allow several.
enum vt_lc3_format vt_lc3_guess(const uint8_t *bytes, size_t size_bytes, const char *name);

// A program from a file's bytes; a source is assembled. What is wrong with the file is a diagnostic
// of the program. NULL as for vt_lc3_assemble.
struct vt_lc3_program *vt_lc3_load(const struct vt_host *host, enum vt_lc3_format format,
                                   const uint8_t *bytes, size_t size_bytes, const char *name,
                                   const struct vt_lc3_options *options);
// Adds the symbols of a .sym file (Lumetta's, lc3tools', complx's or laser's form). False: out of
// memory, or nothing in it is a symbol.
bool vt_lc3_load_symbols(struct vt_lc3_program *program, const char *text, size_t text_bytes);

// Writes an object file; 0 with *why set if this format cannot hold the program.
size_t vt_lc3_write_object(const struct vt_lc3_program *program, enum vt_lc3_format format,
                           uint8_t *to, size_t size, const char **why);
