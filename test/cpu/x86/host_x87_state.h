// Runs one x87 instruction on this host's processor (x86-64 Linux only; elsewhere host_fpu_exists
// is false) from a given state of the unit, and says what became of it.
#pragma once

#include "base/types.h"

#include <string.h>

enum { HOST_FPU_IMAGE_BYTES = 108, HOST_FPU_CODE_BYTES = 64 };

struct host_fpu {
    u8 image[HOST_FPU_IMAGE_BYTES]; // as FNSAVE writes it with 32 bits in protected mode
    u64 rax, flags;
    u8 *memory;    // in RDI: the instruction's memory operand
    bool is_fault; // out: SIGILL
};

#if defined(__x86_64__) && defined(__linux__)

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

static const bool host_fpu_exists = true;

static sigjmp_buf host_fpu_fault;

static inline void host_fpu_on_fault(int number)
{
    (void)number;
    siglongjmp(host_fpu_fault, 1);
}

static inline u8 *host_fpu_open(void)
{
    signal(SIGILL, host_fpu_on_fault);
    void *code = mmap(NULL, HOST_FPU_CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? NULL : code;
}

static NOINLINE void host_fpu_execute(struct host_fpu *s, const u8 *code)
{
    const u8 *entry = code;
    __asm__ volatile("sub $128, %%rsp\n push %%rdi\n" // the red zone
                     "mov %%rax, %%r9\n"
                     "mov %c[rax](%%rsi), %%rax\n mov %c[memory](%%rsi), %%rdi\n"
                     "frstor (%%rsi)\n"
                     "push %c[flags](%%rsi)\n popfq\n"
                     "call *%%r9\n"
                     "pushfq\n pop %c[flags](%%rsi)\n"
                     "fnsave (%%rsi)\n"
                     "mov %%rax, %c[rax](%%rsi)\n"
                     "pop %%rdi\n add $128, %%rsp\n"
                     : "+a"(entry)
                     : "S"(s), [rax] "i"(offsetof(struct host_fpu, rax)),
                       [flags] "i"(offsetof(struct host_fpu, flags)),
                       [memory] "i"(offsetof(struct host_fpu, memory))
                     : "rcx", "rdx", "r9", "memory", "cc");
}

static inline void host_fpu_run(struct host_fpu *s, u8 *code, const u8 *bytes, unsigned length)
{
    memcpy(code, bytes, length);
    code[length] = 0xc3; // RET
    s->is_fault = sigsetjmp(host_fpu_fault, 1) != 0;
    if (s->is_fault) {
        __asm__ volatile("fninit");
    } else {
        host_fpu_execute(s, code);
    }
}

#else

static const bool host_fpu_exists = false;

static inline u8 *host_fpu_open(void)
{
    return NULL;
}

static inline void host_fpu_run(struct host_fpu *s, u8 *code, const u8 *bytes, unsigned length)
{
    (void)s, (void)code, (void)bytes, (void)length;
}

#endif
