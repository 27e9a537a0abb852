// The x86 processor: its struct, and what its files offer each other.
//
// A front end never sees this; the board creates one with x86_init and drives it through
// core/cpu.h.
//
// How a handler fails: an access or a check that faults calls x86_raise (which notes vector and
// error code in c->fault) and returns false; the handler returns NULL at once, having changed
// nothing. The run loop then delivers the fault (fault.c) with RIP of the instruction at c->at.
// Handlers therefore do every check and every access that can fail before they commit anything
// (law: "an instruction commits nothing before its last possible fault").
#pragma once

#include "base/function_number.h"
#include "base/types.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "cpu/x86/insn.h"
#include "cpu/x86/regs.h"

enum {
    X86_TLB_BITS = 10,
    X86_TLB_ENTRIES = 1 << X86_TLB_BITS,
    X86_PAGE_BYTES = 4096,
};

// One table of the TLB: a direct-mapped cache of linear pages. An access hits if `tag` equals its
// linear address with the offset in the page cleared (all but the low bits that must be 0 for an
// aligned access).
struct x86_tlb_entry {
    u64 tag; // linear page | X86_TLB_SLOW where a fast access is not allowed; X86_TLB_NONE: empty
    uintptr_t host; // host address of the page minus the linear page: add the linear address
};

#define X86_TLB_NONE   0xfffull    // matches no address: low bits set
#define X86_TLB_SLOW   0x800ull    // a valid translation, but: registers, cached code, a watchpoint
#define X86_TLB_GLOBAL (1ull << 0) // in `phys`: survives a CR3 load

enum x86_access { X86_READ, X86_WRITE, X86_FETCH, X86_ACCESS_COUNT };

struct x86_tlb {
    struct x86_tlb_entry entry[X86_ACCESS_COUNT][X86_TLB_ENTRIES];
    u64 phys[X86_ACCESS_COUNT][X86_TLB_ENTRIES]; // physical page | X86_TLB_GLOBAL
};

// A segment as the access path likes it; derived from struct x86_segment by x86_segment_changed.
struct x86_segment_limits {
    u64 base;
    u64 read_end;  // offsets [0, read_end) may be read without further checks; 0: ask
                   // x86_segment_check
    u64 write_end; // the same for writes
};

enum { X86_NO_FAULT = 0xff };

struct x86_fault {
    u8 vector; // X86_NO_FAULT: none
    bool has_error;
    u32 error;
};

// Which instructions exist and what CPUID says.
struct x86_model {
    const char *name;
    u8 family, model, stepping;
    u32 max_leaf;
    u32 features_edx, features_ecx; // leaf 1
    u32 extended_edx;               // leaf 80000001h (NX ...); 0: no extended leaves
    u8 physical_address_bits;
    char vendor[13];
    char brand[49];
};

enum x86_feature { // bits of x86_model.features_edx
    X86_HAS_FPU = 1u << 0,
    X86_HAS_VME = 1u << 1,
    X86_HAS_DE = 1u << 2,
    X86_HAS_PSE = 1u << 3,
    X86_HAS_TSC = 1u << 4,
    X86_HAS_MSR = 1u << 5,
    X86_HAS_PAE = 1u << 6,
    X86_HAS_MCE = 1u << 7,
    X86_HAS_CX8 = 1u << 8,
    X86_HAS_APIC = 1u << 9,
    X86_HAS_SEP = 1u << 11,
    X86_HAS_MTRR = 1u << 12,
    X86_HAS_PGE = 1u << 13,
    X86_HAS_MCA = 1u << 14,
    X86_HAS_CMOV = 1u << 15,
    X86_HAS_PAT = 1u << 16,
    X86_HAS_PSE36 = 1u << 17,
    X86_HAS_CLFSH = 1u << 19,
    X86_HAS_MMX = 1u << 23,
    X86_HAS_FXSR = 1u << 24,
    X86_HAS_SSE = 1u << 25,
    X86_HAS_SSE2 = 1u << 26,
    // bits of features_ecx
    X86_HAS_SSE3 = 1u << 0,
    X86_HAS_MONITOR = 1u << 3,
    // bits of extended_edx
    X86_HAS_NX = 1u << 20,
};

// The block's mode: everything besides the bytes that decides how they decode and run. Part of a
// block's key.
enum x86_mode_bit {
    X86_MODE_CODE32 = 1 << 0,
    X86_MODE_STACK_FLAT = 1 << 1, // SS flat and 32-bit
    X86_MODE_DS_FLAT = 1 << 2,
    X86_MODE_ES_FLAT = 1 << 3,
    X86_MODE_SS_FLAT = 1 << 4,
    X86_MODE_STRADDLE = 1 << 6, // in a block only: its one instruction lies in two pages
    X86_MODE_DEAD = 1 << 7,     // in a block only: its bytes were written
    X86_MODE_CS_FLAT = 1 << 8,  // memory operands with a CS: prefix
    X86_MODE_FS_FLAT = 1 << 9,
    X86_MODE_GS_FLAT = 1 << 10,
    X86_MODE_REAL = 1 << 11, // real or virtual-8086: ARPL, LLDT and their like don't exist
};

enum { X86_BLOCK_INSNS = 64 };
#define X86_NO_PAGE UINT32_MAX

struct x86_block {
    u64 phys_second;       // straddling instruction: physical page of its second part
    u32 page, second_page; // RAM pages that its bytes lie in; X86_NO_PAGE: none
    struct x86_block *next_in_page;
    struct x86_block *next_in_second_page;

    // what jumps look at, beside the first instruction
    struct x86_block *next;    // in its hash bucket
    u64 phys;                  // physical address of the first byte
    struct x86_block *link[2]; // successors in the same page: not taken or fall through, taken
    u32 cost;                  // of budget: the count; UINT32_MAX once the block is dead
    u16 count;                 // instructions, without the closing pseudo-instruction
    u16 bytes;
    u16 mode;
    struct insn insn[]; // count + 1
};

struct x86_block_cache; // block.c
struct decoder;         // isa.h

struct x86_wiring {
    struct clock *clock;
    struct phys *phys;
    struct ports *ports;
    struct log *log;
    struct irq_ack ack;                                    // asked for the vector of an interrupt
    struct line ferr;                                      // FERR#: x87 error when CR0.NE is clear
    void (*apic_base_changed)(void *owner, u64 msr_value); // NULL: no local APIC
    void *apic;
    const struct vt_host *host; // for memory and trace
};

// A debugger hears of an instruction's reads that touch [first, last]; nobody listens if `read` is
// NULL. The pages there are slow ones, so that all others cost nothing. What the processor reads by
// itself (instructions, descriptors, page tables) is not told, as with DR0 to DR3.
struct x86_read_watch {
    void (*read)(void *owner, u64 linear, unsigned size_bytes);
    void *owner;
    u64 first, last;
};

struct x86 {
    struct x86_state s;

    // --- the present block ---
    const struct insn *at;   // the instruction that executes (inside a block)
    struct x86_block *block; // the block that executes; NULL between blocks
    u64 block_rip;           // RIP of its first instruction
    i64 budget;              // instructions left in the slice after the present block has completed
    i64 held;                // taken off the budget for a while (see run.c)
    u64 slice;               // instructions that the slice began with

    struct x86_fault fault;
    bool access_failed;  // a slow access faulted (see access.h)
    unsigned rmw_pieces; // of the read-modify-write at hand, if it is a slow one
    struct x86_piece {   // of an access: what lies in one page
        u64 linear, phys;
        unsigned bytes;
    } rmw[2];
    bool stop_request;    // x86_kick was called in this slice
    bool step_is_over;    // INT n or its like took TF away: no single-step trap after it
    bool map_has_changed; // the physical map changed in the middle of an instruction: blocks are
                          // stale

    // --- derived from the state ---
    u32 mode;                                            // x86_mode_bit
    u32 stack_mask;                                      // ffffh or ffffffffh
    struct x86_segment_limits limits[X86_SEG_COUNT + 1]; // the last: X86_FLAT
    struct x86_tlb *tlb;                                 // tlbs[0] supervisor, tlbs[1] user
    u64 code_end;  // first offset in CS that is past its limit (2^32 for 4 GiB)
    u64 code_page; // linear page that code_phys belongs to; X86_TLB_NONE: none
    u64 code_phys; // its physical page
    bool is_paged;
    struct x86_read_watch read_watch;
    bool has_breakpoints; // some enabled DR7 breakpoint on data or I/O
    bool has_code_breakpoints;

    struct x86_tlb tlbs[2];
    u16 tlb_used[2][X86_ACCESS_COUNT][X86_TLB_ENTRIES]; // filled entries, for a quick flush
    u16 tlb_used_count[2][X86_ACCESS_COUNT];

    struct x86_block_cache *blocks;

    const struct x86_model *model;
    struct x86_wiring w;
    struct dev dev;
    bool (*look)(void *owner); // a debugger: called before each instruction; true: leave. Or NULL
    void *look_owner;
    bool is_tracing; // in the present slice
    u64 trace_from;  // instruction count from which each instruction is traced; UINT64_MAX: off

    struct {
        u64 blocks_decoded, blocks_invalidated, tlb_misses, interrupts, exceptions;
    } stats;

    u8 hot[FUNCTION_NUMBERS]; // hot.c: the case of each handler, by its number; 0: none
};

// --- x86.c: lifetime ---

// `c` must be zeroed memory of the caller. False: no memory for the block cache.
NODISCARD bool x86_init(struct x86 *c, const struct x86_model *model, const struct x86_wiring *w,
                        unsigned max_blocks);
void x86_destroy(struct x86 *c);
void x86_reset(void *cpu);                                   // RESET pin, [SDM3] table 9-1
void x86_init_pin(struct x86 *c);                            // INIT pin, the same table
void x86_set_irq(void *cpu, unsigned n, bool level);         // INTR pin (fits struct line)
void x86_set_nmi(void *cpu, unsigned n, bool level);         // NMI pin
const struct x86_model *x86_model_by_name(const char *name); // cpuid.c; NULL: no such model

// --- run.c ---

u64 x86_run(void *cpu, u64 budget); // core/cpu.h
u64 x86_executed(void *cpu);        // completed instructions of the present slice
void x86_kick(void *cpu);           // leave x86_run at the next instruction boundary
bool x86_is_halted(const void *cpu);
bool x86_is_dead(const void *cpu); // nothing but a reset wakes it
bool x86_is_shut_down(const void *cpu);

// RIP of the instruction at c->at, and of the one after it.
static inline u64 x86_rip(const struct x86 *c)
{
    return c->block ? c->block_rip + c->at->next - c->at->length : c->s.rip;
}

static inline u64 x86_next_rip(const struct x86 *c)
{
    return c->block_rip + c->at->next;
}

// --- hot.c ---

// Runs from `i` on until a handler leaves.
void x86_run_insns(struct x86 *c, const struct insn *i);
void x86_find_hot(struct x86 *c); // once, at the beginning

// --- fault.c: exceptions and interrupts ---

// Notes a fault of the instruction at c->at. Always returns false, so that `return x86_raise(...)`
// reads well in a function that returns bool. The first fault wins.
bool x86_raise(struct x86 *c, u8 vector);                  // without error code
bool x86_raise_error(struct x86 *c, u8 vector, u32 error); // with one
// The page fault: sets CR2.
bool x86_raise_page_fault(struct x86 *c, u64 linear, u32 error);

// Delivers c->fault (with double and triple faults) or an interrupt: s.rip is what gets pushed.
// Called by the run loop between blocks (c->block is NULL).
void x86_deliver_fault(struct x86 *c);
void x86_deliver_interrupt(struct x86 *c, u8 vector); // maskable or NMI
// INT n, INT3, INTO, INT1 as instructions: s.rip is the instruction's own, next_rip what is pushed.
// False: c->fault is filled.
enum x86_int_kind { X86_INT_N, X86_INT3, X86_INTO, X86_INT1 };
NODISCARD bool x86_software_interrupt(struct x86 *c, u8 vector, enum x86_int_kind kind,
                                      u64 next_rip);

// --- seg.c: segments, descriptors, privilege ---

// After a segment register, CPL, or the mode changed: brings limits, mode, stack_mask, code_end in
// line.
void x86_segments_changed(struct x86 *c);
// The slow half of the segment check of a memory access (access.h): limit, type, null selector,
// expand-down; raises #GP or #SS (with error code 0). True: the access may go on at
// c->limits[seg].base + offset.
NODISCARD bool x86_segment_check(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                                 enum x86_access access);
// MOV/POP to a data segment register or LDS...: real, V86 and protected mode with all checks and
// the accessed bit.
NODISCARD bool x86_load_segment(struct x86 *c, unsigned seg, u16 selector);
// Real mode and V86: base = selector << 4, limit and rights unchanged (real) or set (V86).
void x86_set_real_segment(struct x86 *c, unsigned seg, u16 selector);

static inline bool x86_is_protected(const struct x86 *c) // protected and not virtual-8086
{
    return (c->s.cr0 & X86_CR0_PE) && !(c->s.eflags & X86_VM);
}

static inline bool x86_is_v86(const struct x86 *c)
{
    return (c->s.eflags & X86_VM) != 0;
}

static inline unsigned x86_iopl(const struct x86 *c)
{
    return (c->s.eflags >> 12) & 3;
}

// --- task.c ---

enum x86_task_switch { X86_TASK_JMP, X86_TASK_CALL, X86_TASK_IRET, X86_TASK_INT };
// Switches to the task of a TSS selector (already known to be an available, or for IRET busy, TSS
// descriptor); next_rip and flags (NT aside) are saved in the old TSS. has_error/error: pushed on
// the new stack (exceptions through a task gate).
NODISCARD bool x86_switch_task(struct x86 *c, u16 selector, enum x86_task_switch kind, u64 next_rip,
                               u32 flags, bool has_error, u32 error);

// --- mmu.c ---

// The physical address of a linear one for an access, walking the page tables if need be and
// filling the TLB; sets accessed and dirty bits. False: #PF raised. `is_user`: with the rights of
// CPL 3.
NODISCARD bool x86_translate(struct x86 *c, u64 linear, enum x86_access access, bool is_user,
                             u64 *phys);
// The same without any side effect, for debuggers: false if not mapped.
bool x86_look_up(const struct x86 *c, u64 linear, u64 *phys);
void x86_tlb_flush(struct x86 *c, bool with_global);
void x86_tlb_flush_page(struct x86 *c, u64 linear);
// A physical page now holds cached code (or no longer): marks TLB entries that write to it.
void x86_tlb_protect(struct x86 *c, u64 phys_page);
// The memory behind a range of physical addresses has changed (phys_refresh).
void x86_tlb_refresh(void *cpu, u64 address, u64 size_bytes);
void x86_paging_changed(struct x86 *c);                 // CR0, CR3, CR4 or EFER were written
NODISCARD bool x86_load_pdptes(struct x86 *c, u64 cr3); // PAE: false: #GP(0) raised

// --- block.c ---

NODISCARD bool x86_blocks_init(struct x86 *c, unsigned max_blocks);
void x86_blocks_destroy(struct x86 *c);
void x86_blocks_flush(struct x86 *c);
// The decoder of the processor's model, for the disassembler.
const struct decoder *x86_decoder(const struct x86 *c);
// The block at RIP, decoded if need be. NULL: fetching faulted (c->fault is filled).
struct x86_block *x86_block_find(struct x86 *c);
// Bytes of guest RAM were written: kills the blocks that hold them. May be the block that runs.
void x86_code_written(void *cpu, u64 phys, u64 size_bytes);
// The handler for a compare or test and the conditional jump behind it (op_fused.c); NULL: none.
insn_fn *x86_fused(insn_fn *first, unsigned condition);
// Makes the running block leave after the instruction at c->at; before its nth instruction; or not
// after all.
void x86_leave_after_this(struct x86 *c);
void x86_block_break(struct x86 *c, unsigned n);
void x86_block_restore(struct x86 *c);

// --- msr.c, cpuid.c ---

NODISCARD bool x86_read_msr(struct x86 *c, u32 index, u64 *value); // false: #GP(0) raised
NODISCARD bool x86_write_msr(struct x86 *c, u32 index, u64 value);
void x86_cpuid(struct x86 *c, u32 leaf, u32 out[4]); // EAX EBX ECX EDX
u64 x86_tsc(const struct x86 *c);
enum { X86_TSC_HZ = 1000000000 };

// --- trace.c ---

void x86_trace(struct x86 *c); // one line about the instruction at s.rip to the host

// --- debug.c: breakpoints of DR0 to DR7 ---

enum { X86_DR6_BD = 1 << 13, X86_DR6_BS = 1 << 14, X86_DR6_BT = 1 << 15 };

void x86_debug_changed(struct x86 *c); // DR7, TF, RF changed: mode and TLB follow
// An access hit: notes the bits for DR6 in s.pending_debug if a breakpoint matches (trap after the
// instruction).
void x86_debug_access(struct x86 *c, u64 linear, unsigned size_bytes, enum x86_access access);
void x86_debug_io(struct x86 *c, u16 port, unsigned size_bytes);
bool x86_debug_covers_page(const struct x86 *c, u64 linear); // what is watched lies in this page
// A debugger's watch on reads: another one, or (`read` is NULL) none.
void x86_debug_watch_reads(struct x86 *c, struct x86_read_watch watch);
// Code breakpoints at RIP: true: #DB fault raised in c->fault.
bool x86_debug_fetch(struct x86 *c);
