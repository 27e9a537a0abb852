// Object files, disassembly and symbol tables: what is written comes back. The files of other tools
// are written out by hand here, from the descriptions of Lumetta's tools, complx and lc3-ensemble.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/cpu/lc3/lc3_rig.h"

#include "base/types.h"
#include "cpu/lc3/isa.h"

static const char two_parts[] = " .ORIG x3000\n"
                                "START LEA R0, MSG\n"
                                " PUTS\n"
                                " HALT\n"
                                "MSG .STRINGZ \"Hi\"\n"
                                "BUF .BLKW 3\n"
                                "N .FILL x-1\n"
                                " .END\n"
                                " .ORIG x4000\n"
                                " .FILL START\n"
                                " .END\n";

static struct vt_lc3_program *load(const void *bytes, size_t size, enum vt_lc3_format format)
{
    return vt_lc3_load(&rig_host, format, bytes, size, NULL, NULL);
}

// Written as `format` and read again by its contents.
static struct vt_lc3_program *around(const struct vt_lc3_program *p, enum vt_lc3_format format)
{
    const char *why = NULL;
    size_t size = vt_lc3_write_object(p, format, NULL, 0, &why);
    assert_true(size > 0);
    u8 *bytes = malloc(size);
    assert_int_equal(vt_lc3_write_object(p, format, bytes, size, &why), size);
    assert_int_equal(vt_lc3_guess(bytes, size, NULL), format);
    struct vt_lc3_program *again = load(bytes, size, VT_LC3_GUESS);
    free(bytes);
    assert_int_equal(again->error_count, 0);
    return again;
}

static void assert_same_words(const struct vt_lc3_program *p, const struct vt_lc3_program *q)
{
    assert_int_equal(p->word_count, q->word_count);
    for (u32 address = 0; address < VT_LC3_WORDS; address++) {
        const struct vt_lc3_word *a = vt_lc3_word_at(p, (u16)address);
        const struct vt_lc3_word *b = vt_lc3_word_at(q, (u16)address);
        assert_int_equal(a != NULL, b != NULL);
        assert_true(!a || a->value == b->value);
    }
}

static void a_file_of_lc3tools_comes_back_with_source_and_labels(void **state)
{
    (void)state;
    struct vt_lc3_program *p = rig_assemble(two_parts);
    struct vt_lc3_program *q = around(p, VT_LC3_LC3TOOLS);
    assert_same_words(p, q);
    assert_int_equal(vt_lc3_find_symbol(q, "msg")->address, 0x3003);
    assert_int_equal(vt_lc3_word_at(q, 0x3003)->kind, VT_LC3_STRING);
    assert_int_equal(vt_lc3_word_at(q, 0x3006)->kind, VT_LC3_BLOCK);
    assert_int_equal(vt_lc3_word_at(q, 0x3002)->kind, VT_LC3_CODE);
    size_t length;
    const char *line = vt_lc3_line(q, vt_lc3_word_at(q, 0x3001)->line, &length);
    assert_int_equal(length, 5);
    assert_memory_equal(line, " PUTS", 5);
    assert_int_equal(vt_lc3_word_at(q, 0x3003)->line, vt_lc3_word_at(q, 0x3005)->line);
    vt_lc3_free(p);
    vt_lc3_free(q);
}

static void disassembled_source_assembles_to_the_same_words(void **state)
{
    (void)state;
    struct vt_lc3_program *p = rig_assemble(two_parts);
    struct vt_lc3_program *q = around(p, VT_LC3_SOURCE);
    assert_same_words(p, q);
    assert_int_equal(vt_lc3_find_symbol(q, "BUF")->address, 0x3006);
    vt_lc3_free(p);
    vt_lc3_free(q);
}

// An entry of an lc3tools file: a word, whether it is an origin, and its line of the source.
static size_t put_entry(u8 *to, u16 value, bool is_origin, const char *line)
{
    size_t length = strlen(line);
    u8 head[7] = {(u8)value, (u8)(value >> 8), is_origin, (u8)length, (u8)(length >> 8)};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, line, length);
    return sizeof head + length;
}

struct entry {
    u16 value;
    const char *line;
};

// A file of lc3tools from x3000 on, and what comes of it as source.
static struct vt_lc3_program *load_entries(const struct entry *entries, size_t count)
{
    static const u8 magic[] = {0x1c, 0x30, 0x15, 0xc0, 0x01, 0x01, 0x01};
    u8 file[2048];
    size_t size = sizeof magic;
    memcpy(file, magic, sizeof magic);
    size += put_entry(file + size, 0x3000, true, ".orig x3000");
    for (size_t n = 0; n < count; n++) {
        size += put_entry(file + size, entries[n].value, false, entries[n].line);
    }
    return load(file, size, VT_LC3_LC3TOOLS);
}

// A source's line says what the word is not: the word counts.
static void a_block_with_a_value_is_none(void **state)
{
    (void)state;
    static const struct entry entries[] = {{0xf025, "HALT"}, {0xbc00, "N .BLKW 1"}, {0, ".BLKW 2"}};
    struct vt_lc3_program *p = load_entries(entries, COUNT_OF(entries));
    assert_int_equal(vt_lc3_word_at(p, 0x3001)->kind, VT_LC3_UNKNOWN);
    assert_int_equal(vt_lc3_word_at(p, 0x3002)->kind, VT_LC3_BLOCK);
    struct vt_lc3_program *q = around(p, VT_LC3_SOURCE);
    assert_same_words(p, q);
    vt_lc3_free(p);
    vt_lc3_free(q);
}

// Labels that lc3tools accepts and nobody else, and those of a symbol table, which can be anything.
static void odd_labels_come_back_as_names_that_assemble(void **state)
{
    (void)state;
    static const struct entry entries[] = {
        {0x0e01, "A-B BR L\xe9t\xe9"}, // to x3002
        {0x0ffe, "A_B_3000 BR A-B"},   // to x3000
        {0x0ffe, "L\xe9t\xe9 BR A_B_3000"},
        {0xf025, "HALT"},
    };
    static const char symbols[] = "//\tADD  3003\n//\t12  3003\n//\tR3  3003\n";
    struct vt_lc3_program *p = load_entries(entries, COUNT_OF(entries));
    assert_true(vt_lc3_load_symbols(p, symbols, strlen(symbols)));
    struct vt_lc3_program *q = around(p, VT_LC3_SOURCE);
    assert_same_words(p, q);
    assert_int_equal(vt_lc3_find_symbol(q, "A_B_3000")->address, 0x3001);
    assert_int_equal(vt_lc3_find_symbol(q, "A_B_3000_")->address, 0x3000);
    assert_int_equal(vt_lc3_find_symbol(q, "L_t__3002")->address, 0x3002);
    assert_int_equal(vt_lc3_symbol_at(q, 0x3003)->name[3], '_'); // ADD_3003
    vt_lc3_free(p);
    vt_lc3_free(q);
}

static void formats_of_one_part_come_back_or_say_why_not(void **state)
{
    (void)state;
    static const enum vt_lc3_format formats[] = {VT_LC3_CLASSIC, VT_LC3_HEX, VT_LC3_BIN};
    struct vt_lc3_program *p = rig_assemble(two_parts);
    struct vt_lc3_program *one =
        rig_assemble(" .ORIG x3000\n LD R0, #1\n HALT\n .FILL xFFFF\n .END");
    for (unsigned n = 0; n < COUNT_OF(formats); n++) {
        const char *why = NULL;
        assert_int_equal(vt_lc3_write_object(p, formats[n], NULL, 0, &why), 0);
        assert_non_null(strstr(why, "lc3tools"));
        struct vt_lc3_program *q = around(one, formats[n]);
        assert_same_words(one, q);
        assert_int_equal(q->is_second_edition_file, formats[n] == VT_LC3_CLASSIC);
        vt_lc3_free(q);
    }
    vt_lc3_free(one);
    vt_lc3_free(p);
}

static void every_word_disassembles_and_assembles_back(void **state)
{
    (void)state;
    char *source = malloc(VT_LC3_WORDS / 2 * 40);
    for (u32 first = 0; first < VT_LC3_WORDS; first += 0x4000) {
        size_t at = (size_t)sprintf(source, " .ORIG x3000\n");
        for (u32 n = 0; n < 0x4000; n++) {
            source[at++] = ' ';
            at += vt_lc3_disassemble(NULL, (u16)(first + n), (u16)(0x3000 + n), source + at, 64);
            source[at++] = '\n';
        }
        struct vt_lc3_program *p = vt_lc3_assemble(&rig_host, source, at, NULL);
        assert_int_equal(p->error_count, 0);
        assert_int_equal(p->word_count, 0x4000);
        for (u32 n = 0; n < 0x4000; n++) {
            assert_int_equal(p->words[n].value, first + n);
        }
        vt_lc3_free(p);
    }
    free(source);
}

static void assert_disassembly(u16 word, const char *text)
{
    char buffer[64];
    assert_int_equal(vt_lc3_disassemble(NULL, word, 0x3000, buffer, sizeof buffer), strlen(text));
    assert_string_equal(buffer, text);
}

// Encodings worked out by hand from [P&P] A.3.
static void words_disassemble_as_the_book_writes_them(void **state)
{
    (void)state;
    assert_disassembly(0x1042, "ADD R0, R1, R2");
    assert_disassembly(0x1070, "ADD R0, R1, #-16");
    assert_disassembly(0x1048, ".FILL x1048"); // bits 4:3 must be 0
    assert_disassembly(0x5020, "AND R0, R0, #0");
    assert_disassembly(0x903f, "NOT R0, R0");
    assert_disassembly(0x9000, ".FILL x9000");
    assert_disassembly(0x0e05, "BRnzp #5");
    assert_disassembly(0x0405, "BRz #5");
    assert_disassembly(0x0005, ".FILL x0005"); // never taken: rather data
    assert_disassembly(0x0000, "NOP");
    assert_disassembly(0x21ff, "LD R0, #-1");
    assert_disassembly(0x6fbf, "LDR R7, R6, #-1");
    assert_disassembly(0xc1c0, "RET");
    assert_disassembly(0xc040, "JMP R1");
    assert_disassembly(0xc041, ".FILL xC041");
    assert_disassembly(0x4080, "JSRR R2");
    assert_disassembly(0x4c00, "JSR #-1024");
    assert_disassembly(0x8000, "RTI");
    assert_disassembly(0x8001, ".FILL x8001");
    assert_disassembly(0xd000, ".FILL xD000");
    assert_disassembly(0xf025, "HALT");
    assert_disassembly(0xf030, "TRAP x30");
    assert_disassembly(0xf125, ".FILL xF125");
}

static void each_word_has_one_row_and_its_wrong_bits(void **state)
{
    (void)state;
    for (u32 word = 0; word < VT_LC3_WORDS; word++) {
        const struct lc3_insn *insn = lc3_decode((u16)word);
        unsigned selected = 0;
        for (unsigned n = 0; n < LC3_OPS; n++) {
            selected += ((word ^ lc3_insns[n].value) & lc3_insns[n].select) == 0;
        }
        assert_int_equal(selected, 1);
        // Operands and fixed bits together are the whole word, and do not overlap.
        u32 bits = insn->fixed;
        for (const char *letter = insn->operands; *letter; letter++) {
            const struct lc3_operand *o = lc3_operand(*letter);
            u32 mask = ((1u << lc3_operand_bits(o)) - 1) << o->low;
            assert_int_equal(bits & mask, 0);
            bits |= mask;
        }
        assert_int_equal(bits, insn->op == LC3_RESERVED ? 0xf000 : 0xffff);
    }
    assert_int_equal(lc3_wrong_bits(lc3_decode(0x1058), 0x1058), 0x0018);
    assert_int_equal(lc3_wrong_bits(lc3_decode(0x9000), 0x9000), 0x003f);
    assert_int_equal(lc3_wrong_bits(lc3_decode(0x1042), 0x1042), 0);
}

// --- files of others ---

static void a_complx_file_is_told_from_a_classic_one(void **state)
{
    (void)state;
    static const u8 complx[] = {0x30, 0x00, 0x00, 0x02, 0xe0, 0x01, 0xf0,
                                0x25, 0x40, 0x00, 0x00, 0x01, 0x12, 0x34};
    static const u8 classic[] = {0x30, 0x00, 0xe0, 0x01, 0xf0, 0x25};
    assert_int_equal(vt_lc3_guess(complx, sizeof complx, "a.obj"), VT_LC3_COMPLX);
    assert_int_equal(vt_lc3_guess(classic, sizeof classic, "a.obj"), VT_LC3_CLASSIC);
    struct vt_lc3_program *p = load(complx, sizeof complx, VT_LC3_GUESS);
    assert_int_equal(p->segment_count, 2);
    assert_int_equal(vt_lc3_word_at(p, 0x3001)->value, 0xf025);
    assert_int_equal(vt_lc3_word_at(p, 0x4000)->value, 0x1234);
    assert_false(p->is_second_edition_file);
    vt_lc3_free(p);
}

static void a_file_of_ensemble_brings_source_lines_and_labels(void **state)
{
    (void)state;
    static const u8 file[] =
        {
            'o',  'b',  'j',  0x21, 0x10, 0,    1,                        // head
            0,    0x00, 0x30, 2,    0,    0xff, 0x25, 0xf0, 0,   0,    0, // x3000: HALT, nothing
            1,    0x01, 0x30, 0,    13,   0,    0,    0,    0,   0,    0,   0,    1,
            0,    0,    0,    0,    0,    0,    0,    'B', // label B
            2,    1,    0,    0,    0,    0,    0,    0,    0,   2,    0,   0x00, 0x30,
            0x01, 0x30, // lines 1 and 2
            3,    30,   0,    0,    0,    0,    0,    0,    0,   '.',  'O', 'R',  'I',
            'G',  ' ',  'x',  '3',  '0',  '0',  '0',  '\n', 'H', 'A',  'L', 'T',  '\n',
            'B',  ' ',  '.',  'B',  'L',  'K',  'W',  ' ',  '1', '\n', '.', 'E',  'N'};
    struct vt_lc3_program *p = load(file, sizeof file, VT_LC3_GUESS);
    assert_int_equal(p->error_count, 0);
    assert_int_equal(vt_lc3_word_at(p, 0x3000)->value, 0xf025);
    assert_int_equal(vt_lc3_word_at(p, 0x3000)->line, 2);
    assert_int_equal(vt_lc3_word_at(p, 0x3001)->kind, VT_LC3_BLOCK);
    assert_int_equal(vt_lc3_find_symbol(p, "B")->address, 0x3001);
    vt_lc3_free(p);
}

static void every_cut_of_a_file_is_an_error_or_a_program(void **state)
{
    (void)state;
    unsigned pieces = 0;
    struct vt_host host = rig_host;
    host.owner = &pieces;
    struct vt_lc3_program *p = rig_assemble(two_parts);
    const char *why;
    u8 bytes[2048];
    size_t size = vt_lc3_write_object(p, VT_LC3_LC3TOOLS, bytes, sizeof bytes, &why);
    for (size_t n = 0; n < size; n++) {
        struct vt_lc3_program *q = vt_lc3_load(&host, VT_LC3_LC3TOOLS, bytes, n, NULL, NULL);
        assert_non_null(q);
        assert_true(q->error_count > 0 || q->word_count > 0);
        vt_lc3_free(q);
        assert_int_equal(pieces, 0);
    }
    vt_lc3_free(p);
}

static void broken_files_say_what_is_wrong(void **state)
{
    (void)state;
    static const char hex[] = "3000\nF025\nhello\nFFFFF\n";
    static const char odd[] = {0x30, 0x00, 0x12};
    struct vt_lc3_program *p = load(hex, sizeof hex - 1, VT_LC3_HEX);
    assert_int_equal(p->error_count, 2);
    assert_int_equal(p->diagnostics[0].line, 3);
    vt_lc3_free(p);
    p = load(odd, sizeof odd, VT_LC3_CLASSIC);
    assert_string_equal(rig_codes(p), "E101");
    vt_lc3_free(p);
    p = load("", 0, VT_LC3_CLASSIC);
    assert_string_equal(rig_codes(p), "E101");
    vt_lc3_free(p);
}

// --- symbol tables ---

static void symbols_of_every_kind_of_table_are_read(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "// Symbol table\n// Scope level 0:\n//\tSymbol Name       Page Address\n"
        "//\t----------------  ------------\n//\tLOOP              3001\n",
        "3001\tLOOP\n",
        "LOOP                                    x3001\r\n",
    };
    for (unsigned n = 0; n < COUNT_OF(tables); n++) {
        struct vt_lc3_program *p = rig_assemble(" .ORIG x3000\nA HALT\n .END");
        assert_true(vt_lc3_load_symbols(p, tables[n], strlen(tables[n])));
        assert_int_equal(p->symbol_count, 2);
        assert_int_equal(vt_lc3_find_symbol(p, "loop")->address, 0x3001);
        assert_string_equal(vt_lc3_symbol_at(p, 0x3000)->name, "A");
        assert_false(vt_lc3_load_symbols(p, "nothing here", 12));
        vt_lc3_free(p);
    }
}

static void a_written_symbol_table_is_read_again(void **state)
{
    (void)state;
    struct vt_lc3_program *p = rig_assemble(two_parts);
    struct vt_lc3_program *q = rig_assemble(" .ORIG x3000\n HALT\n .END");
    char table[512];
    size_t size = vt_lc3_write_symbols(p, table, sizeof table);
    assert_true(size < sizeof table);
    assert_true(vt_lc3_load_symbols(q, table, size));
    assert_int_equal(q->symbol_count, p->symbol_count);
    assert_int_equal(vt_lc3_find_symbol(q, "BUF")->address, 0x3006);
    vt_lc3_free(p);
    vt_lc3_free(q);
}

// --- what a program knows about its source ---

static void each_word_knows_where_it_comes_from(void **state)
{
    (void)state;
    struct vt_lc3_program *p = rig_assemble(" .ORIG x3000\n"
                                            "L\tADD R0, R0, #1 ; one\n"
                                            "\n"
                                            "\xc3\x84 .STRINGZ \"ab\"\n"
                                            " BR L\n"
                                            " .END\n");
    const struct vt_lc3_word *w = vt_lc3_word_at(p, 0x3000);
    assert_int_equal(w->line, 2);
    assert_int_equal(w->column, 3);
    assert_int_equal(w->length, 14); // ADD R0, R0, #1
    w = vt_lc3_word_at(p, 0x3002);
    assert_int_equal(w->line, 4);
    assert_int_equal(w->column, 3); // in characters, not bytes
    assert_null(vt_lc3_word_at(p, 0x2fff));
    assert_null(vt_lc3_word_at(p, 0x3005));
    uint16_t address = 0;
    assert_true(vt_lc3_address_of_line(p, 4, &address));
    assert_int_equal(address, 0x3001);
    assert_false(vt_lc3_address_of_line(p, 3, &address));
    assert_true(vt_lc3_find_symbol(p, "l")->is_used);
    assert_int_equal(vt_lc3_find_symbol(p, "L")->line, 2);
    assert_null(vt_lc3_find_symbol(p, "LL"));
    assert_null(vt_lc3_symbol_at(p, 0x3002));
    vt_lc3_free(p);
}

struct short_memory {
    unsigned held, left;
};

static void *short_alloc(void *owner, size_t size_bytes)
{
    struct short_memory *m = owner;
    if (m->left == 0) {
        return NULL;
    }
    m->left--;
    m->held++;
    return calloc(1, size_bytes);
}

static void short_release(void *owner, void *memory, size_t size_bytes)
{
    (void)size_bytes;
    ((struct short_memory *)owner)->held--;
    free(memory);
}

static void without_memory_there_is_no_program_and_nothing_is_lost(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (unsigned allowed = 0; allowed < 12; allowed++) {
        struct short_memory m = {.left = allowed};
        struct vt_host host = {.owner = &m, .alloc = short_alloc, .release = short_release};
        struct vt_lc3_program *p = vt_lc3_assemble(&host, two_parts, strlen(two_parts), NULL);
        refused += p == NULL;
        vt_lc3_free(p);
        assert_int_equal(m.held, 0);
    }
    assert_true(refused >= 1 && refused < 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_lc3tools_comes_back_with_source_and_labels),
        cmocka_unit_test(disassembled_source_assembles_to_the_same_words),
        cmocka_unit_test(a_block_with_a_value_is_none),
        cmocka_unit_test(odd_labels_come_back_as_names_that_assemble),
        cmocka_unit_test(formats_of_one_part_come_back_or_say_why_not),
        cmocka_unit_test(every_word_disassembles_and_assembles_back),
        cmocka_unit_test(words_disassemble_as_the_book_writes_them),
        cmocka_unit_test(each_word_has_one_row_and_its_wrong_bits),
        cmocka_unit_test(a_complx_file_is_told_from_a_classic_one),
        cmocka_unit_test(a_file_of_ensemble_brings_source_lines_and_labels),
        cmocka_unit_test(every_cut_of_a_file_is_an_error_or_a_program),
        cmocka_unit_test(broken_files_say_what_is_wrong),
        cmocka_unit_test(each_word_knows_where_it_comes_from),
        cmocka_unit_test(without_memory_there_is_no_program_and_nothing_is_lost),
        cmocka_unit_test(symbols_of_every_kind_of_table_are_read),
        cmocka_unit_test(a_written_symbol_table_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
