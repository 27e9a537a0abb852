// IN, OUT, INS, OUTS, and who may use which port.
//
// A repeated INS or OUTS does a run of elements, as many as lie in the present page, and counts as
// one instruction, like the other string instructions (op_string.c). Every one of these ends its
// block: what a device does in answer (an interrupt, a new memory map, a stop) is then seen by the
// next instruction. They take the bus's time besides their own (ports_set_cost), a run no more than
// one element. Sources: [SDM1] 19.5, [SDM2].
#include "cpu/x86/access.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/ops.h"

static unsigned operand_bytes(const struct insn *i)
{
    return i->flags & INSN_OPERAND_16 ? 2 : 4;
}

// The I/O permission bitmap of the TSS: all bits of the access must be clear. [SDM1] 19.5.2
static bool check_bitmap(struct x86 *c, u16 port, unsigned bytes)
{
    enum { WIDE = 8, MAP_AT = 0x66 };
    const struct x86_segment *tr = &c->s.seg[X86_TR];
    u64 map, bits;
    if (!(tr->attributes & WIDE) || tr->limit < MAP_AT + 1) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_load_system(c, (u32)(tr->base + MAP_AT), 2, &map)) {
        return false;
    }
    u64 at = map + port / 8;
    if (at + 1 > tr->limit) { // two bytes are read always
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_load_system(c, (u32)(tr->base + at), 2, &bits)) {
        return false;
    }
    u64 mask = ((1u << bytes) - 1) << (port & 7);
    return !(bits & mask) || x86_raise_error(c, X86_GP, 0);
}

static bool check_port(struct x86 *c, u16 port, unsigned bytes)
{
    if (LIKELY(c->s.cpl <= x86_iopl(c) && !x86_is_v86(c))) {
        return true;
    }
    return check_bitmap(c, port, bytes);
}

static u32 read_port(struct x86 *c, u16 port, unsigned bytes)
{
    u32 value = ports_read(c->w.ports, port, bytes);
    if (UNLIKELY(c->has_breakpoints)) {
        x86_debug_io(c, port, bytes);
    }
    return value;
}

static void write_port(struct x86 *c, u16 port, unsigned bytes, u64 value)
{
    ports_write(c->w.ports, port, (u32)value, bytes);
    if (UNLIKELY(c->has_breakpoints)) {
        x86_debug_io(c, port, bytes);
    }
}

// The bus is slower than we are: the instruction takes longer, once, and its slice is over.
static void wait_for_bus(struct x86 *c, u16 port)
{
    u32 cost_ns = ports_cost_ns(c->w.ports, port);
    if (cost_ns) {
        clock_spend(c->w.clock, cost_ns);
    }
}

static const struct insn *in(struct x86 *c, u16 port, unsigned bytes)
{
    if (!check_port(c, port, bytes)) {
        return NULL;
    }
    u32 value = read_port(c, port, bytes);
    reg_write(c, X86_RAX, bytes * 8, value);
    wait_for_bus(c, port);
    return leave_next(c);
}

static const struct insn *out(struct x86 *c, u16 port, unsigned bytes)
{
    if (!check_port(c, port, bytes)) {
        return NULL;
    }
    write_port(c, port, bytes, reg_read(c, X86_RAX, bytes * 8));
    wait_for_bus(c, port);
    return leave_next(c);
}

OP(in_I8)
{
    return in(c, (u8)i->imm, 1);
}

OP(in_Iv)
{
    return in(c, (u8)i->imm, operand_bytes(i));
}

OP(in_D8)
{
    return in(c, (u16)c->s.r[X86_RDX], 1);
}

OP(in_Dv)
{
    return in(c, (u16)c->s.r[X86_RDX], operand_bytes(i));
}

OP(out_I8)
{
    return out(c, (u8)i->imm, 1);
}

OP(out_Iv)
{
    return out(c, (u8)i->imm, operand_bytes(i));
}

OP(out_D8)
{
    return out(c, (u16)c->s.r[X86_RDX], 1);
}

OP(out_Dv)
{
    return out(c, (u16)c->s.r[X86_RDX], operand_bytes(i));
}

// --- INS and OUTS ---

struct run {
    unsigned seg;
    u32 offset; // of the first element
    unsigned bytes;
    u32 count; // elements, at least 1
    i32 step;
};

static bool is_repeated(const struct insn *i)
{
    return (i->flags & (INSN_REP | INSN_REPNE)) != 0;
}

static u32 counter(const struct x86 *c, const struct insn *i)
{
    return (u32)c->s.r[X86_RCX] & i->address_mask;
}

// How many elements: those that lie in the page of the first, before the offset wraps, and within
// the segment. It depends on registers only, so that every engine counts the same; and after one
// probe none of them can fault.
static u32 run_length(const struct x86 *c, const struct insn *i, const struct run *r, bool is_write)
{
    bool is_stepped = (c->s.eflags & X86_TF) || c->has_breakpoints || c->has_code_breakpoints;
    u32 in_page = (u32)(c->limits[r->seg].base + r->offset) % X86_PAGE_BYTES;
    if (!is_repeated(i) || is_stepped || r->step < 0) {
        return 1;
    }
    u64 room = X86_PAGE_BYTES - in_page;
    u64 before_wrap = (u64)i->address_mask + 1 - r->offset;
    u64 end = is_write ? c->limits[r->seg].write_end : c->limits[r->seg].read_end;
    u64 before_end = end > r->offset ? end - r->offset : 0;
    room = room < before_wrap ? room : before_wrap;
    room = (room < before_end ? room : before_end) / r->bytes;
    u32 wanted = counter(c, i);
    room = room < wanted ? room : wanted;
    return room > 0 ? (u32)room : 1;
}

static struct run run_begin(const struct x86 *c, const struct insn *i, unsigned seg, u64 pointer,
                            unsigned bytes, bool is_write)
{
    struct run r = {
        .seg = seg,
        .offset = (u32)pointer & i->address_mask,
        .bytes = bytes,
        .step = c->s.eflags & X86_DF ? -(i32)bytes : (i32)bytes,
    };
    r.count = run_length(c, i, &r, is_write);
    return r;
}

static const struct insn *run_end(struct x86 *c, const struct insn *i, const struct run *r,
                                  enum x86_reg pointer)
{
    unsigned bits = i->flags & INSN_ADDRESS_32 ? 32 : 16;
    reg_write(c, pointer, bits, r->offset + r->count * (u32)r->step);
    if (is_repeated(i)) {
        reg_write(c, X86_RCX, bits, (u32)c->s.r[X86_RCX] - r->count);
        if (counter(c, i) != 0) {
            return leave_again(c);
        }
    }
    return leave_next(c);
}

static bool load_element(struct x86 *c, const struct run *r, u64 offset, u64 *value)
{
    switch (r->bytes) {
    case 1: return x86_load(c, r->seg, offset, 8, value);
    case 2: return x86_load(c, r->seg, offset, 16, value);
    default: return x86_load(c, r->seg, offset, 32, value);
    }
}

static bool store_element(struct x86 *c, const struct run *r, u64 offset, u64 value)
{
    switch (r->bytes) {
    case 1: return x86_store(c, r->seg, offset, 8, value);
    case 2: return x86_store(c, r->seg, offset, 16, value);
    default: return x86_store(c, r->seg, offset, 32, value);
    }
}

// The host's memory behind a run, NULL unless it is plain memory that the TLB knows. A debugger's
// breakpoint at the port wants to see each element.
static u8 *run_memory(const struct x86 *c, const struct run *r, enum x86_access access)
{
    if (r->count < 2 || c->has_breakpoints) {
        return NULL;
    }
    return x86_fast(c, (u32)(c->limits[r->seg].base + r->offset), access);
}

static const struct insn *ins(struct x86 *c, const struct insn *i, unsigned bytes)
{
    u16 port = (u16)c->s.r[X86_RDX];
    if (is_repeated(i) && counter(c, i) == 0) {
        return leave_next(c);
    }
    unsigned seg = i->flags & INSN_ES_FLAT ? X86_FLAT : X86_ES;
    struct run r = run_begin(c, i, seg, c->s.r[X86_RDI], bytes, true);
    if (!check_port(c, port, bytes) ||
        !x86_probe(c, seg, r.offset, r.count * bytes, X86_WRITE)) { // before the device is asked
        return NULL;
    }
    u8 *to = run_memory(c, &r, X86_WRITE);
    for (u32 n = 0; n < r.count; n++) {
        if (to) {
            n += ports_read_run(c->w.ports, port, bytes, to + (size_t)n * bytes, r.count - n);
            if (n == r.count) {
                break;
            }
        }
        u32 value = read_port(c, port, bytes);
        if (!store_element(c, &r, r.offset + (u64)n * bytes, value)) {
            return NULL;
        }
    }
    wait_for_bus(c, port);
    return run_end(c, i, &r, X86_RDI);
}

static const struct insn *outs(struct x86 *c, const struct insn *i, unsigned bytes)
{
    u16 port = (u16)c->s.r[X86_RDX];
    if (is_repeated(i) && counter(c, i) == 0) {
        return leave_next(c);
    }
    struct run r = run_begin(c, i, i->seg, c->s.r[X86_RSI], bytes, false);
    if (!check_port(c, port, bytes)) {
        return NULL;
    }
    const u8 *from = run_memory(c, &r, X86_READ);
    for (u32 n = 0; n < r.count; n++) {
        if (from) {
            n += ports_write_run(c->w.ports, port, bytes, from + (size_t)n * bytes, r.count - n);
            if (n == r.count) {
                break;
            }
        }
        u64 value;
        if (!load_element(c, &r, r.offset + (u64)n * bytes, &value)) {
            return NULL; // the first only: the others lie in its page
        }
        write_port(c, port, bytes, value);
    }
    wait_for_bus(c, port);
    return run_end(c, i, &r, X86_RSI);
}

OP(insb)
{
    return ins(c, i, 1);
}

OP(insv)
{
    return ins(c, i, operand_bytes(i));
}

OP(outsb)
{
    return outs(c, i, 1);
}

OP(outsv)
{
    return outs(c, i, operand_bytes(i));
}
