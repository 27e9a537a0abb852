// The child: runs cases on this machine's processor as a 32-bit program of the kernel's, without a
// C library.
//
// Every case ends in an exception, be it the INT3 behind the instruction, so that the signal
// handler is all there is: it takes the result from the signal's frame, and writes the next case
// into it. What a frame can't carry (NT, ID, the x87 pointers) is loaded by a few instructions at
// ENTRY_AT, patched for each case. The child's own stack and the kernel's pages are unmapped, so
// that no case can hit them.
#include "case.h"

enum {
    NR_EXIT = 1,
    NR_READ = 3,
    NR_WRITE = 4,
    NR_MUNMAP = 91,
    NR_SIGACTION = 174,
    NR_SIGALTSTACK = 186,
    NR_MMAP2 = 192
};
enum { FD_MEMORY = 3, FD_GO = 4, FD_DONE = 5 };
enum { SIG_ILL = 4, SIG_TRAP = 5, SIG_BUS = 7, SIG_FPE = 8, SIG_SEGV = 11 };
enum { USER_TOP = (int)0xffffe000 };

// What the kernel's 32-bit signal frame holds.
struct signal_context {
    u32 gs, fs, es, ds;
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    u32 trap, error, eip, cs, eflags, esp_at_signal, ss;
    u8 *fpstate; // 112 bytes before FXSAVE's image
    u32 oldmask, cr2;
};

struct signal_frame {
    u32 flags, link, stack[3];
    struct signal_context machine;
    u32 mask[2];
};

enum { FPSTATE_FX = 112 };

static struct shared *const shared = (struct shared *)SHARED_AT;
static _Alignas(16) u8 main_stack[4096];
static _Alignas(16) u8 signal_stack[64 << 10];
static u32 at; // the case that runs

static u32 system_call(u32 number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
{
    // The compiler may need EBX and EBP, so they are exchanged by hand.
    u32 arguments[3] = {f, number, a};
    u32 result;
    __asm__ volatile("push %%ebp\n push %%ebx\n"
                     "mov 8(%%eax), %%ebx\n mov (%%eax), %%ebp\n mov 4(%%eax), %%eax\n"
                     "int $0x80\n"
                     "pop %%ebx\n pop %%ebp\n"
                     : "=a"(result)
                     : "0"(arguments), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "cc");
    return result;
}

static _Noreturn void leave(u32 code)
{
    for (;;) {
        system_call(NR_EXIT, code, 0, 0, 0, 0, 0);
    }
}

static void copy(void *to, const void *from, u32 bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void fill(void *to, u32 bytes)
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
        return (u8 *)ENTRY_AT - 2 * PAGE_BYTES + (address - CONSTANT_AT);
    }
    return (u8 *)address;
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

static void collect(const struct signal_frame *f)
{
    const struct signal_context *m = &f->machine;
    struct result *r = &shared->results[at];
    const u32 general[8] = {m->eax, m->ecx, m->edx, m->ebx, m->esp, m->ebp, m->esi, m->edi};
    copy(r->after.r, general, sizeof general);
    r->after.eip = m->eip;
    r->after.eflags = m->eflags;
    copy(r->after.fx, m->fpstate + FPSTATE_FX, sizeof r->after.fx);
    r->vector = m->trap;
    r->error = m->error;
    r->address = m->cr2;
    collect_lines(r);
    const struct test_case *c = &shared->cases[at];
    fill((u8 *)ENTRY_AT - PAGE_BYTES + (c->before.eip - CODE_AT), c->length);
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

static void make_entry(const struct test_case *c)
{
    u8 *p = (u8 *)ENTRY_AT;
    p = put32(put8(put8(put8(p, 0x0f), 0xae), 0x0d), (u32)c->before.fx); // FXRSTOR
    p = put32(put8(p, 0xbc), (u32)&c->before.eflags);                    // MOV ESP,
    p = put8(p, 0x9d);                                                   // POPFD
    p = put32(put8(p, 0xbc), c->before.r[4]);                            // MOV ESP,
    p = put8(p, 0xe9);                                                   // JMP
    put32(p, c->before.eip - ((u32)p + 4));
}

static void begin(struct signal_frame *f)
{
    const struct test_case *c = &shared->cases[at];
    for (u32 n = 0; n < PATCH_COUNT; n++) {
        copy(view_of(c->patch[n].at), c->patch[n].byte, c->patch[n].bytes);
    }
    copy((u8 *)ENTRY_AT - PAGE_BYTES + (c->before.eip - CODE_AT), c->code, c->length);
    make_entry(c);
    struct signal_context *m = &f->machine;
    const u32 *r = c->before.r;
    m->eax = r[0], m->ecx = r[1], m->edx = r[2], m->ebx = r[3];
    m->esp = STACK_AT, m->ebp = r[5], m->esi = r[6], m->edi = r[7];
    m->eflags = 0x202;
    m->eip = ENTRY_AT;
    m->fs = m->gs = 0;
    m->fpstate = 0;
}

static void wait_for_batch(void)
{
    u8 byte = 0;
    if (system_call(NR_READ, FD_GO, (u32)&byte, 1, 0, 0, 0) != 1 || shared->count == 0) {
        leave(0);
    }
    at = 0;
    shared->line_count = shared->finished = 0;
}

static bool is_running;

static void on_signal(u32 number, const void *information, struct signal_frame *f)
{
    (void)number, (void)information;
    if (is_running) {
        collect(f);
        shared->finished = ++at;
    }
    if (!is_running || at == shared->count) {
        u8 byte = 0;
        if (is_running && system_call(NR_WRITE, FD_DONE, (u32)&byte, 1, 0, 0, 0) != 1) {
            leave(1);
        }
        wait_for_batch();
        is_running = true;
    }
    begin(f);
}

// --- start ---

__attribute__((naked)) static void restorer(void)
{
    __asm__("mov $173, %eax\n int $0x80\n"); // rt_sigreturn
}

static void map(u32 address, u32 bytes, u32 protection, bool is_shared, u32 offset)
{
    enum { SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20, POPULATE = 0x8000 };
    u32 flags = FIXED | POPULATE | (is_shared ? SHARED : PRIVATE | ANONYMOUS);
    u32 fd = is_shared ? FD_MEMORY : ~0u;
    if (system_call(NR_MMAP2, address, bytes, protection, flags, fd, offset >> 12) != address) {
        leave(2);
    }
}

static void map_memory(void)
{
    enum { READ = 1, WRITE = 2, EXECUTE = 4 };
    // The last pages of the shared file: constant, code, entry.
    map(SHARED_AT, SHARED_BYTES - PAGE_BYTES, READ | WRITE, true, 0);
    map(ENTRY_AT, PAGE_BYTES, READ | WRITE | EXECUTE, true, ENTRY_AT - SHARED_AT);
    map(CODE_AT, PAGE_BYTES, READ | EXECUTE, true, ENTRY_AT - PAGE_BYTES - SHARED_AT);
    map(CONSTANT_AT, PAGE_BYTES, READ, true, ENTRY_AT - 2 * PAGE_BYTES - SHARED_AT);
    for (u32 w = 0; w < WINDOW_COUNT; w++) {
        if (windows[w].is_writable) {
            map(windows[w].at, windows[w].bytes, READ | WRITE, false, 0);
        }
        copy(view_of(windows[w].at), background_of(w), windows[w].bytes);
    }
    fill((u8 *)ENTRY_AT - PAGE_BYTES, PAGE_BYTES);
}

static void catch_signals(void)
{
    enum { SIGINFO = 4, RESTORER = 0x04000000, ONSTACK = 0x08000000 };
    static const u32 signals[] = {SIG_ILL, SIG_TRAP, SIG_BUS, SIG_FPE, SIG_SEGV};
    u32 stack[3] = {(u32)signal_stack, 0, sizeof signal_stack};
    system_call(NR_SIGALTSTACK, (u32)stack, 0, 0, 0, 0, 0);
    for (u32 n = 0; n < COUNT_OF(signals); n++) {
        u32 action[5] = {(u32)on_signal, SIGINFO | RESTORER | ONSTACK, (u32)restorer, 0, 0};
        system_call(NR_SIGACTION, signals[n], (u32)action, 0, 8, 0, 0);
    }
}

__attribute__((used)) static _Noreturn void start(void)
{
    system_call(NR_MUNMAP, SHARED_AT, (u32)USER_TOP - SHARED_AT, 0, 0, 0, 0);
    map_memory();
    catch_signals();
    __asm__ volatile("int3");
    leave(3);
}

__attribute__((naked, used)) void _start(void)
{
    __asm__("mov %0, %%esp\n call %c1\n" : : "i"(main_stack + sizeof main_stack), "i"(start));
}
