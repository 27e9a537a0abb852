// The ways out: for the mistakes that learners make, what to write instead.
#include "cpu/lc3/asm_impl.h"

static const char *operand_name(const struct assembly *a, const struct statement *s, u32 n,
                                const char *otherwise)
{
    static const char *const registers[] = {"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7"};
    if (n >= s->operand_count) {
        return otherwise;
    }
    struct name name = name_of(token_at(a, s->operand_first + n));
    return name.kind == NAME_REGISTER ? registers[name.number] : otherwise;
}

// "ADD DR, SR1, SR2": how an instruction is written.
static const char *syntax_of(struct assembly *a, const struct lc3_insn *insn)
{
    char buffer[80];
    struct text t = text_in(buffer, sizeof buffer);
    text_put(&t, insn->mnemonic);
    const char *letter = insn->operands;
    letter += *letter == 'c' ? 1 : 0;
    for (const char *l = letter; *l; l++) {
        text_put(&t, l == letter ? " " : ", ");
        const struct lc3_operand *o = lc3_operand(*l);
        text_put(&t, o->kind == LC3_PC_RELATIVE ? "LABEL" : o->name);
    }
    if (insn->op == LC3_ADD || insn->op == LC3_ADD_IMM || insn->op == LC3_AND ||
        insn->op == LC3_AND_IMM) {
        return insn->op <= LC3_ADD_IMM ? "ADD DR, SR1, SR2 or ADD DR, SR1, imm5"
                                       : "AND DR, SR1, SR2 or AND DR, SR1, imm5";
    }
    const char *copy = arena_text(&a->arena, buffer, t.length);
    return copy ? copy : "";
}

// --- too few or too many operands ---

static void hint_alias_count(struct assembly *a, struct vt_lc3_diagnostic *d,
                             const struct statement *s)
{
    const char *first = token_name(a, token_at(a, s->operand_first));
    const char *name = s->alias->name;
    if (s->word == 0xf022 || s->word == 0xf024) {
        diag_hint(a, d, "%s writes the string at the address in R0: LEA R0, %s before it", name,
                  token_at(a, s->operand_first)->kind == TOKEN_WORD ? first : "TEXT");
    } else if (s->word == 0xf021) {
        diag_hint(a, d, "%s writes the character in R0", name);
    } else if (s->word == 0xf020 || s->word == 0xf023) {
        diag_hint(a, d, "%s puts the character into R0", name);
    } else {
        diag_hint(a, d, "%s stands alone: it %s", name, s->alias->about);
    }
}

static bool hint_few(struct assembly *a, struct vt_lc3_diagnostic *d, const struct statement *s)
{
    const char *name = s->insn->mnemonic;
    switch (s->insn->op) {
    case LC3_ADD:
    case LC3_AND:
        if (s->operand_count == 2) {
            diag_hint(a, d, "the destination comes first: %s %s, %s, %s", name,
                      operand_name(a, s, 0, "R0"), operand_name(a, s, 0, "R0"),
                      token_name(a, token_at(a, s->operand_first + 1)));
            return true;
        }
        return false;
    case LC3_NOT:
        diag_hint(a, d, "the destination comes first: NOT %s, %s", operand_name(a, s, 0, "R0"),
                  operand_name(a, s, 0, "R0"));
        return s->operand_count == 1;
    case LC3_LDR:
    case LC3_STR:
        if (s->operand_count == 2 && operand_name(a, s, 1, NULL) == NULL) {
            diag_hint(a, d, "%s reaches a label: %s %s, %s", s->insn->op == LC3_LDR ? "LD" : "ST",
                      s->insn->op == LC3_LDR ? "LD" : "ST", operand_name(a, s, 0, "R0"),
                      token_name(a, token_at(a, s->operand_first + 1)));
        } else {
            diag_hint(a, d, "the offset must be there, if only as #0: %s %s, %s, #0", name,
                      operand_name(a, s, 0, "R0"), operand_name(a, s, 1, "R1"));
        }
        return s->operand_count == 2;
    default: return false;
    }
}

void hint_count(struct assembly *a, struct vt_lc3_diagnostic *d, const struct statement *s)
{
    for (u32 n = 0; n < s->operand_count; n++) {
        struct name name = name_of(token_at(a, s->operand_first + n));
        if (name_is_operation(&name)) {
            diag_hint(a, d, "each instruction stands on a line of its own");
            return;
        }
    }
    if (s->kind == STATEMENT_ALIAS) {
        hint_alias_count(a, d, s);
    } else if (!hint_few(a, d, s)) {
        diag_hint(a, d, "it is written %s", syntax_of(a, s->insn));
    }
}

// --- an operand of the wrong kind ---

static void hint_not_register(struct assembly *a, struct vt_lc3_diagnostic *d,
                              const struct statement *s, const struct lc3_insn *insn,
                              const struct token *t)
{
    const char *text = token_name(a, t);
    switch (insn->op) {
    case LC3_JMP:
        diag_hint(a, d, "BR %s jumps to a label; JMP to the address in a register", text);
        break;
    case LC3_JSRR:
        diag_hint(a, d, "JSR %s calls a label; JSRR the address in a register", text);
        break;
    case LC3_LDR:
    case LC3_STR:
        diag_hint(a, d, "%s reaches a label: %s %s, %s", insn->op == LC3_LDR ? "LD" : "ST",
                  insn->op == LC3_LDR ? "LD" : "ST", operand_name(a, s, 0, "R0"), text);
        break;
    case LC3_ADD:
    case LC3_ADD_IMM:
    case LC3_AND:
    case LC3_AND_IMM:
        if (number_read(t).kind == NUMBER_GOOD) {
            diag_hint(a, d, "the number comes last: %s", syntax_of(a, insn));
        } else {
            diag_hint(a, d, "load it into a register first: LD R1, %s", text);
        }
        break;
    default: diag_hint(a, d, "it is written %s", syntax_of(a, insn)); break;
    }
}

static void hint_not_target(struct assembly *a, struct vt_lc3_diagnostic *d,
                            const struct statement *s, const struct lc3_insn *insn,
                            const struct token *t)
{
    struct name name = name_of(t);
    const char *text = token_name(a, t), *first = operand_name(a, s, 0, "R0");
    if (t->kind == TOKEN_STRING) {
        diag_hint(a, d, "give the string a label: TEXT .STRINGZ %s, and write LEA %s, TEXT", text,
                  first);
    } else if (name.kind != NAME_REGISTER) {
        diag_hint(a, d, "%s cannot be a label", text);
    } else if (insn->op == LC3_BR) {
        diag_hint(a, d, "JMP %s jumps to the address in a register", text);
    } else if (insn->op == LC3_JSR) {
        diag_hint(a, d, "JSRR %s calls the address in a register", text);
    } else if (insn->op == LC3_LD || insn->op == LC3_LDI) {
        diag_hint(a, d, "LDR %s, %s, #0 loads from the address in a register", first, text);
    } else if (insn->op == LC3_ST || insn->op == LC3_STI) {
        diag_hint(a, d, "STR %s, %s, #0 stores to the address in a register", first, text);
    } else {
        diag_hint(a, d, "ADD %s, %s, #0 copies a register", first, text);
    }
}

void hint_kind(struct assembly *a, struct vt_lc3_diagnostic *d, const struct statement *s,
               const struct lc3_insn *insn, const struct lc3_operand *o, const struct token *t)
{
    struct name name = name_of(t);
    const char *text = token_name(a, t);
    if (o->kind == LC3_PC_RELATIVE) {
        hint_not_target(a, d, s, insn, t);
    } else if (o->kind == LC3_REGISTER) {
        hint_not_register(a, d, s, insn, t);
    } else if (o->kind == LC3_UNSIGNED && name.kind == NAME_ALIAS) {
        diag_hint(a, d, "%s stands alone, without TRAP", text);
    } else if (insn->op == LC3_LDR || insn->op == LC3_STR) {
        diag_hint(a, d, "the offset is a number: %s %s, %s, #0", insn->mnemonic,
                  operand_name(a, s, 0, "R0"), operand_name(a, s, 1, "R1"));
    } else if (insn->op == LC3_ADD_IMM || insn->op == LC3_AND_IMM) {
        diag_hint(a, d, "load it into a register first: LD R1, %s", text);
    } else {
        diag_hint(a, d, "it is written %s", syntax_of(a, insn));
    }
}

// --- out of range ---

void hint_far(struct assembly *a, struct vt_lc3_diagnostic *d, const struct lc3_insn *insn,
              const struct token *t)
{
    const char *label = token_name(a, t);
    switch (insn->op) {
    case LC3_BR:
        diag_hint(a, d,
                  "put the address nearby and jump through a register: LD R1, NEAR / JMP R1,\n"
                  "with NEAR .FILL %s close by; a condition is asked by branching around it",
                  label);
        break;
    case LC3_JSR:
        diag_hint(a, d,
                  "call through a register: LD R1, NEAR / JSRR R1, with NEAR .FILL %s close by",
                  label);
        break;
    case LC3_LD:
    case LC3_ST:
        diag_hint(a, d, "go through an address close by: %sI R0, NEAR, with NEAR .FILL %s",
                  insn->mnemonic, label);
        break;
    case LC3_LEA:
        diag_hint(a, d, "load the address instead: LD R0, NEAR, with NEAR .FILL %s close by",
                  label);
        break;
    default:
        diag_hint(a, d, "move %s closer: data may stand behind any HALT, RET, JMP or BR", label);
    }
}

void hint_value(struct assembly *a, struct vt_lc3_diagnostic *d, const struct lc3_operand *o,
                i32 value, const struct token *t)
{
    i32 span = 1 << lc3_operand_bits(o);
    bool is_signed = o->kind == LC3_SIGNED;
    if (is_signed && value > 0 && value < span && number_read(t).base != 10) {
        diag_hint(a, d, "%s is %d; for these bits write the signed number #%d", token_name(a, t),
                  (int)value, (int)(value - span));
    } else if (value >= 0x8000 && value <= 0xffff && value - 0x10000 >= -span / 2) {
        diag_hint(a, d, "write the signed number: #%d", (int)(value - 0x10000));
    } else if (o->kind == LC3_PC_RELATIVE) {
        diag_hint(a, d,
                  "a number here is a distance from the next instruction, not an address;\n"
                  "write a label, or put the address into a .FILL and use that");
    } else if (o->letter == 'i') {
        diag_hint(a, d, "put it into memory, N .FILL %s, load it with LD R1, N, and use R1",
                  token_name(a, t));
    } else if (o->letter == 'o') {
        diag_hint(a, d, "add it to the register first, and use the offset #0");
    } else {
        diag_hint(a, d, "trap vectors go from x00 to xFF: HALT is x25");
    }
}
