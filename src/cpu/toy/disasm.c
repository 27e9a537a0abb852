// An instruction of two cells as text that assembles to the same cells.
#include "cpu/toy/asm.h"

static const char registers[] = "ABCD";

static void put_register(struct text *t, u8 digit)
{
    text_char(t, registers[digit - 0xa]);
    text_char(t, 'X');
}

static void put_b(struct text *t, const struct toy_insn *i)
{
    bool is_cell = toy_rows[i->op].b == TOY_OPERAND_CELL;
    text_put(t, is_cell ? "[" : "");
    if (i->b) {
        put_register(t, i->b);
    } else if (toy_rows[i->op].b == TOY_OPERAND_VALUE && (i->number & 0x8000)) {
        text_char(t, '-');
        text_decimal(t, (u64)(0x10000 - i->number));
    } else {
        text_decimal(t, i->number);
    }
    text_put(t, is_cell ? "]" : "");
}

bool vt_toy_disassemble(const uint16_t cells[2], char *text, size_t size_bytes)
{
    struct text out = text_in(text, size_bytes);
    struct toy_insn i;
    char ignored[VT_TEXT_BYTES];
    struct text why = text_in(ignored, sizeof ignored);
    toy_decode(&i, cells[0], cells[1]);
    if (!toy_check(&i, &why)) {
        text_put(&out, "DATA ");
        text_decimal(&out, cells[0]);
        return false;
    }
    const struct toy_row *row = &toy_rows[i.op];
    text_put(&out, row->name);
    text_put(&out, row->a || row->b ? " " : "");
    if (i.op == TOY_STORE) { // as people write it: where to, then what
        put_b(&out, &i);
        text_put(&out, ", ");
        put_register(&out, i.a);
        return true;
    }
    if (row->a) {
        put_register(&out, i.a);
    }
    text_put(&out, row->a && row->b ? ", " : "");
    if (row->b) {
        put_b(&out, &i);
    }
    return true;
}
