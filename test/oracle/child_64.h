// The child's way into the kernel as a 64-bit program.
#pragma once

#include "case.h"

enum {
    NR_READ = 0,
    NR_WRITE = 1,
    NR_MMAP = 9,
    NR_MUNMAP = 11,
    NR_SIGACTION = 13,
    NR_SIGRETURN = 15,
    NR_EXIT = 60,
    NR_SIGALTSTACK = 131
};
#define USER_TOP 0x100000000

// What the kernel's signal frame holds.
struct signal_context {
    u64 r8_to_r15[8];
    u64 rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 error, trap, oldmask, cr2;
    u8 *fpstate; // FXSAVE's image
};

struct signal_frame {
    u64 flags, link, stack[3];
    struct signal_context machine;
};

static u64 system_call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    register u64 r10 __asm__("r10") = d;
    register u64 r8 __asm__("r8") = e;
    register u64 r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory", "cc");
    return number;
}

static u64 map_pages(u32 address, u32 bytes, u32 protection, u32 flags, int fd, u32 offset)
{
    return system_call(NR_MMAP, address, bytes, protection, flags, (u64)fd, offset);
}

// --- signals ---

static void read_frame(const struct signal_frame *f, struct result *r)
{
    const struct signal_context *m = &f->machine;
    const u64 general[8] = {m->rax, m->rcx, m->rdx, m->rbx, m->rsp, m->rbp, m->rsi, m->rdi};
    for (u32 n = 0; n < 8; n++) {
        r->after.r[n] = (u32)general[n];
    }
    r->after.eip = (u32)m->rip;
    r->after.eflags = (u32)m->rflags;
    copy(r->after.fx, m->fpstate, sizeof r->after.fx);
    r->vector = (u32)m->trap;
    r->error = (u32)m->error;
    r->address = (u32)m->cr2;
}

// Where a single step's trap came, 0 for other signals.
static u32 stepped_to(const struct signal_frame *f)
{
    return f->machine.trap == 1 ? (u32)f->machine.rip : 0;
}

// The signal returns to ENTRY_AT with these registers.
static void write_frame(struct signal_frame *f, const u32 *r)
{
    struct signal_context *m = &f->machine;
    m->rax = r[0], m->rcx = r[1], m->rdx = r[2], m->rbx = r[3];
    m->rsp = STACK_AT, m->rbp = r[5], m->rsi = r[6], m->rdi = r[7];
    m->rflags = 0x202;
    m->rip = ENTRY_AT;
    m->fpstate = 0;
}

// A handler begins with the case's AC, and under QEMU with its DF.
static void clear_flags(void)
{
    __asm__ volatile("pushfq\n andl $~0x40400, (%%rsp)\n popfq\n" : : : "memory", "cc");
}

__attribute__((naked)) static void restorer(void)
{
    __asm__("mov %0, %%eax\n syscall\n" : : "i"(NR_SIGRETURN));
}

static void use_signal_stack(u8 *stack, u32 bytes)
{
    u64 description[3] = {(u64)stack, 0, bytes};
    system_call(NR_SIGALTSTACK, (u64)description, 0, 0, 0, 0, 0);
}

static void catch_signal(u32 number, void (*handler)(u32, const void *, struct signal_frame *))
{
    enum { SIGINFO = 4, RESTORER = 0x04000000, ONSTACK = 0x08000000 };
    u64 action[4] = {(u64)handler, SIGINFO | RESTORER | ONSTACK, (u64)restorer, 0};
    system_call(NR_SIGACTION, number, (u64)action, 0, 8, 0, 0);
}

// --- the begin ---

// DS and ES as a 32-bit program has them; nothing but a case looks at them.
static void begin_flat(void)
{
    __asm__ volatile("mov %0, %%ds\n mov %0, %%es\n" : : "r"(0x2b));
}

__attribute__((naked, used)) void _start(void)
{
    __asm__("mov %rsp, %rdi\n mov $main_stack + 4096, %esp\n call start\n");
}
