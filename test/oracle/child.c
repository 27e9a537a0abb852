// The child: runs cases on this machine's processor, without a C library. It is compiled twice, as
// a 32-bit and as a 64-bit program (child_32.h, child_64.h); all its memory lies below 4 GiB.
//
// Every case ends in an exception, be it the INT3 behind the instruction, so that the signal
// handler is all there is: it takes the result from the signal's frame, and writes the next case
// into it. What a frame can't carry (NT, ID, the x87 pointers) is loaded by a few instructions at
// ENTRY_AT, patched for each case. The child's own stack and the kernel's pages are unmapped or
// above 4 GiB, so that no case can hit them.
//
// With an argument, whatever it is, the page of code is unmapped and mapped again for each case: an
// emulator that runs the child does not see that it was written through another mapping.
#include "case.h"

enum { FD_MEMORY = 3, FD_GO = 4, FD_DONE = 5 };
enum { TRAP_FLAG = 0x100 };
enum { SIG_ILL = 4, SIG_TRAP = 5, SIG_BUS = 7, SIG_FPE = 8, SIG_SEGV = 11 };

static void copy(void *to, const void *from, size_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

// The kernel's interface: numbers, system_call, the frame of a signal, and what of it is a case's.
#ifdef __x86_64__
#include "child_64.h"
#else
#include "child_32.h"
#endif

static struct shared *const shared = (struct shared *)SHARED_AT;
static _Alignas(16) u8 main_stack[4096] __attribute__((used)); // for _start
static _Alignas(16) u8 signal_stack[64 << 10];
static u32 at; // the case that runs
static bool is_emulated;
static bool is_running;
static bool is_begun; // a case with TF: its first instruction is next

static u32 address_of(const void *p)
{
    return (u32)(uintptr_t)p;
}

static u8 *pointer_to(u32 address)
{
    return (u8 *)(uintptr_t)address;
}

static _Noreturn void leave(u32 code)
{
    for (;;) {
        system_call(NR_EXIT, code, 0, 0, 0, 0, 0);
    }
}

static void fill(void *to, size_t bytes)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(FILL) : "memory");
}

// --- memory ---

static const u8 *background_of(u32 window)
{
    const u8 *b = shared->background;
    for (u32 n = 0; n < window; n++) {
        b += windows[n].bytes;
    }
    return b;
}

static u8 *view_of(u32 address) // the read-only pages are written through a second mapping
{
    if (address - CONSTANT_AT < PAGE_BYTES) {
        return pointer_to(ENTRY_AT) - 2 * PAGE_BYTES + (address - CONSTANT_AT);
    }
    return pointer_to(address);
}

static bool is_same(const u32 *a, const u32 *b)
{
    u32 difference = 0;
    for (u32 n = 0; n < LINE_BYTES / 4; n++) {
        difference |= a[n] ^ b[n];
    }
    return !difference;
}

// Notes what is not as in the background, and makes it so again.
static void collect_lines(struct result *r)
{
    r->first_line = shared->line_count;
    for (u32 w = 0; w < WINDOW_COUNT; w++) {
        const u8 *before = background_of(w);
        for (u32 n = 0; n < windows[w].bytes; n += LINE_BYTES) {
            u8 *now = view_of(windows[w].at + n);
            if (!is_same((const u32 *)(before + n), (const u32 *)now)) {
                struct memory_line *l = &shared->lines[shared->line_count++];
                l->at = windows[w].at + n;
                copy(l->byte, now, LINE_BYTES);
                copy(now, before + n, LINE_BYTES);
            }
        }
    }
    r->line_count = shared->line_count - r->first_line;
}

// --- the end of a case and the begin of the next one ---

static u8 *code_view(const struct test_case *c)
{
    return pointer_to(ENTRY_AT) - PAGE_BYTES + (c->before.eip - CODE_AT);
}

static void collect(const struct signal_frame *f)
{
    struct result *r = &shared->results[at];
    const struct test_case *c = &shared->cases[at];
    read_frame(f, r);
    collect_lines(r);
    fill(code_view(c), c->length);
}

// QEMU's frame does not tell the exception, but the signal does: #GP, and INTO and BOUND as such.
static void take_signal(u32 number, const u32 *information, struct result *r)
{
    enum { CODE = 2, ADDRESS = 3, KERNEL = 0x80 };
    bool is_page = number == SIG_SEGV && information[CODE] != KERNEL;
    r->vector = number == SIG_TRAP ? 3 : number == SIG_ILL ? 6 : number == SIG_BUS ? 12 : 0;
    r->vector = is_page ? 14 : number == SIG_SEGV ? 13 : r->vector;
    r->address = is_page ? information[ADDRESS] : 0;
}

static u8 *put8(u8 *to, u32 byte)
{
    *to = (u8)byte;
    return to + 1;
}

static u8 *put32(u8 *to, u32 value)
{
    copy(to, &value, 4);
    return to + 4;
}

// A ModR/M byte and what follows, for memory at an absolute address.
static u8 *put_absolute(u8 *to, u32 reg, u32 address)
{
    return put32(put8(put8(to, reg << 3 | 4), 0x25), address);
}

static void make_entry(const struct test_case *c)
{
    u8 *p = pointer_to(ENTRY_AT);
    p = put_absolute(put8(put8(p, 0x0f), 0xae), 1, address_of(c->before.fx)); // FXRSTOR
    p = put32(put8(p, 0xbc), address_of(&c->before.eflags));                  // MOV ESP,
    p = put8(p, 0x9d);                                                        // POPF
    p = put32(put8(p, 0xbc), c->before.r[4]);                                 // MOV ESP,
    p = put8(p, 0xe9);                                                        // JMP
    put32(p, c->before.eip - (address_of(p) + 4));
}

static void map_code(void);

static void begin(struct signal_frame *f)
{
    const struct test_case *c = &shared->cases[at];
    for (u32 n = 0; n < PATCH_COUNT; n++) {
        copy(view_of(c->patch[n].at), c->patch[n].byte, c->patch[n].bytes);
    }
    copy(code_view(c), c->code, c->length);
    if (is_emulated) {
        map_code();
    }
    make_entry(c);
    write_frame(f, c->before.r);
    is_begun = !(c->before.eflags & TRAP_FLAG);
}

// The trap of a step through the entry, up to the first instruction of the case.
static bool is_entering(const struct signal_frame *f)
{
    u32 to = stepped_to(f);
    if (!is_running || is_begun || !to) {
        return false;
    }
    is_begun = to == shared->cases[at].before.eip;
    return true;
}

static void wait_for_batch(void)
{
    u8 byte = 0;
    if (system_call(NR_READ, FD_GO, address_of(&byte), 1, 0, 0, 0) != 1 || shared->count == 0) {
        leave(0);
    }
    at = 0;
    shared->line_count = shared->finished = 0;
}

static void on_signal(u32 number, const void *information, struct signal_frame *f)
{
    clear_flags();
    if (is_entering(f)) {
        return;
    }
    if (is_running) {
        collect(f);
        if (is_emulated) {
            take_signal(number, information, &shared->results[at]);
        }
        shared->finished = ++at;
    }
    if (!is_running || at == shared->count) {
        u8 byte = 0;
        if (is_running && system_call(NR_WRITE, FD_DONE, address_of(&byte), 1, 0, 0, 0) != 1) {
            leave(1);
        }
        wait_for_batch();
        is_running = true;
    }
    begin(f);
}

// --- start ---

static void map(u32 address, u32 bytes, u32 protection, bool is_shared, u32 offset)
{
    enum { SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20, POPULATE = 0x8000 };
    u32 flags = FIXED | POPULATE | (is_shared ? SHARED : PRIVATE | ANONYMOUS);
    int fd = is_shared ? FD_MEMORY : -1;
    if (map_pages(address, bytes, protection, flags, fd, offset) != address) {
        leave(2);
    }
}

enum { READ = 1, WRITE = 2, EXECUTE = 4 };

static void map_code(void)
{
    map(CODE_AT, PAGE_BYTES, READ | EXECUTE, true, ENTRY_AT - PAGE_BYTES - SHARED_AT);
}

static void map_memory(void)
{
    // The last pages of the shared file: constant, code, entry.
    map(SHARED_AT, SHARED_BYTES - PAGE_BYTES, READ | WRITE, true, 0);
    map(ENTRY_AT, PAGE_BYTES, READ | WRITE | EXECUTE, true, ENTRY_AT - SHARED_AT);
    map_code();
    map(CONSTANT_AT, PAGE_BYTES, READ, true, ENTRY_AT - 2 * PAGE_BYTES - SHARED_AT);
    for (u32 w = 0; w < WINDOW_COUNT; w++) {
        if (windows[w].is_writable) {
            map(windows[w].at, windows[w].bytes, READ | WRITE, false, 0);
        }
        copy(view_of(windows[w].at), background_of(w), windows[w].bytes);
    }
    fill(pointer_to(ENTRY_AT) - PAGE_BYTES, PAGE_BYTES);
}

static void catch_signals(void)
{
    static const u32 signals[] = {SIG_ILL, SIG_TRAP, SIG_BUS, SIG_FPE, SIG_SEGV};
    use_signal_stack(signal_stack, sizeof signal_stack);
    for (u32 n = 0; n < COUNT_OF(signals); n++) {
        catch_signal(signals[n], on_signal);
    }
}

__attribute__((used)) static _Noreturn void start(const uintptr_t *argument_count)
{
    is_emulated = *argument_count > 1;
    system_call(NR_MUNMAP, STACK_AT, USER_TOP - STACK_AT, 0, 0, 0, 0);
    map_memory();
    catch_signals();
    begin_flat();
    __asm__ volatile("int3");
    leave(3);
}
