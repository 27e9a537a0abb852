// The child's way into the kernel as a 32-bit program.
#pragma once

#include "case.h"

enum {
    NR_EXIT = 1,
    NR_READ = 3,
    NR_WRITE = 4,
    NR_MUNMAP = 91,
    NR_SIGRETURN = 173,
    NR_SIGACTION = 174,
    NR_SIGALTSTACK = 186,
    NR_MMAP2 = 192
};
#define USER_TOP 0xffffe000u

// What the kernel's signal frame holds.
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

static u32 map_pages(u32 address, u32 bytes, u32 protection, u32 flags, int fd, u32 offset)
{
    return system_call(NR_MMAP2, address, bytes, protection, flags, (u32)fd, offset / PAGE_BYTES);
}

// --- signals ---

static void read_frame(const struct signal_frame *f, struct result *r)
{
    const struct signal_context *m = &f->machine;
    const u32 general[8] = {m->eax, m->ecx, m->edx, m->ebx, m->esp, m->ebp, m->esi, m->edi};
    for (u32 n = 0; n < 8; n++) {
        r->after.r[n] = general[n];
    }
    r->after.eip = m->eip;
    r->after.eflags = m->eflags;
    copy(r->after.fx, m->fpstate + FPSTATE_FX, sizeof r->after.fx);
    r->vector = m->trap;
    r->error = m->error;
    r->address = m->cr2;
}

// Where a single step's trap came, 0 for other signals.
static u32 stepped_to(const struct signal_frame *f)
{
    return f->machine.trap == 1 ? f->machine.eip : 0;
}

// The signal returns to ENTRY_AT with these registers.
static void write_frame(struct signal_frame *f, const u32 *r)
{
    struct signal_context *m = &f->machine;
    m->eax = r[0], m->ecx = r[1], m->edx = r[2], m->ebx = r[3];
    m->esp = STACK_AT, m->ebp = r[5], m->esi = r[6], m->edi = r[7];
    m->eflags = 0x202;
    m->eip = ENTRY_AT;
    m->fs = m->gs = 0;
    m->fpstate = 0;
}

// A handler begins with the case's AC, and under QEMU with its DF.
static void clear_flags(void)
{
    __asm__ volatile("pushfl\n andl $~0x40400, (%%esp)\n popfl\n" : : : "memory", "cc");
}

__attribute__((naked)) static void restorer(void)
{
    __asm__("mov %0, %%eax\n int $0x80\n" : : "i"(NR_SIGRETURN));
}

static void use_signal_stack(u8 *stack, u32 bytes)
{
    u32 description[3] = {(u32)stack, 0, bytes};
    system_call(NR_SIGALTSTACK, (u32)description, 0, 0, 0, 0, 0);
}

static void catch_signal(u32 number, void (*handler)(u32, const void *, struct signal_frame *))
{
    enum { SIGINFO = 4, RESTORER = 0x04000000, ONSTACK = 0x08000000 };
    u32 action[5] = {(u32)handler, SIGINFO | RESTORER | ONSTACK, (u32)restorer, 0, 0};
    system_call(NR_SIGACTION, number, (u32)action, 0, 8, 0, 0);
}

// --- the begin ---

static void begin_flat(void)
{
} // segments are as in a case

__attribute__((naked, used)) void _start(void)
{
    __asm__("mov %%esp, %%eax\n mov $main_stack + 4096, %%esp\n push %%eax\n call start\n" : :);
}
