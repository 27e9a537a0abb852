// Runs one MMX or SSE instruction on this host's processor (x86-64 only; elsewhere host_sse_exists
// is false), with given registers, and says what became of them.
#pragma once

#include "base/types.h"

#include <string.h>

enum { HOST_SSE_CODE_BYTES = 64 };

struct host_sse {
    u64 xmm[8][2];
    u64 mm[8];
    u64 general[4]; // RAX, RCX, RDX, RBX
    u64 flags;      // out
    u8 *memory;     // in RDI: the instruction's memory operand
    u32 mxcsr;
    bool is_fault; // out: #XM; of the rest only mxcsr counts
};

#if defined(__x86_64__) && defined(__linux__)
#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE first"
#endif

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>

static const bool host_sse_exists = true;

static sigjmp_buf host_sse_fault;
static volatile u32 host_sse_fault_mxcsr;

static inline void host_sse_on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    host_sse_fault_mxcsr = ((ucontext_t *)context)->uc_mcontext.fpregs->mxcsr;
    siglongjmp(host_sse_fault, 1);
}

// Memory for code, and the handler that catches #XM.
static inline u8 *host_sse_open(void)
{
    struct sigaction action = {.sa_sigaction = host_sse_on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &action, NULL);
    void *code = mmap(NULL, HOST_SSE_CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? NULL : code;
}

// clang-format off
static NOINLINE void host_sse_execute(struct host_sse *s, const u8 *code)
{
    const u8 *entry = code;
    __asm__ volatile(
        "sub $128, %%rsp\n push %%rbx\n push %%rdi\n" // the red zone
        "mov %%rax, %%r9\n"
        "ldmxcsr %c[mxcsr](%%rsi)\n"
        "movdqu 0(%%rsi), %%xmm0\n movdqu 16(%%rsi), %%xmm1\n movdqu 32(%%rsi), %%xmm2\n"
        "movdqu 48(%%rsi), %%xmm3\n movdqu 64(%%rsi), %%xmm4\n movdqu 80(%%rsi), %%xmm5\n"
        "movdqu 96(%%rsi), %%xmm6\n movdqu 112(%%rsi), %%xmm7\n"
        "movq %c[mm]+0(%%rsi), %%mm0\n movq %c[mm]+8(%%rsi), %%mm1\n"
        "movq %c[mm]+16(%%rsi), %%mm2\n movq %c[mm]+24(%%rsi), %%mm3\n"
        "movq %c[mm]+32(%%rsi), %%mm4\n movq %c[mm]+40(%%rsi), %%mm5\n"
        "movq %c[mm]+48(%%rsi), %%mm6\n movq %c[mm]+56(%%rsi), %%mm7\n"
        "mov %c[general]+0(%%rsi), %%rax\n mov %c[general]+8(%%rsi), %%rcx\n"
        "mov %c[general]+16(%%rsi), %%rdx\n mov %c[general]+24(%%rsi), %%rbx\n"
        "mov %c[memory](%%rsi), %%rdi\n"
        "call *%%r9\n"
        "mov %%rax, %c[general]+0(%%rsi)\n mov %%rcx, %c[general]+8(%%rsi)\n"
        "mov %%rdx, %c[general]+16(%%rsi)\n mov %%rbx, %c[general]+24(%%rsi)\n"
        "pushfq\n pop %c[flags](%%rsi)\n"
        "stmxcsr %c[mxcsr](%%rsi)\n"
        "movdqu %%xmm0, 0(%%rsi)\n movdqu %%xmm1, 16(%%rsi)\n movdqu %%xmm2, 32(%%rsi)\n"
        "movdqu %%xmm3, 48(%%rsi)\n movdqu %%xmm4, 64(%%rsi)\n movdqu %%xmm5, 80(%%rsi)\n"
        "movdqu %%xmm6, 96(%%rsi)\n movdqu %%xmm7, 112(%%rsi)\n"
        "movq %%mm0, %c[mm]+0(%%rsi)\n movq %%mm1, %c[mm]+8(%%rsi)\n"
        "movq %%mm2, %c[mm]+16(%%rsi)\n movq %%mm3, %c[mm]+24(%%rsi)\n"
        "movq %%mm4, %c[mm]+32(%%rsi)\n movq %%mm5, %c[mm]+40(%%rsi)\n"
        "movq %%mm6, %c[mm]+48(%%rsi)\n movq %%mm7, %c[mm]+56(%%rsi)\n"
        "emms\n"
        "pop %%rdi\n pop %%rbx\n add $128, %%rsp\n"
        : "+a"(entry)
        : "S"(s), [mm] "i"(offsetof(struct host_sse, mm)),
          [mxcsr] "i"(offsetof(struct host_sse, mxcsr)),
          [general] "i"(offsetof(struct host_sse, general)),
          [flags] "i"(offsetof(struct host_sse, flags)),
          [memory] "i"(offsetof(struct host_sse, memory))
        : "rcx", "rdx", "r9", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
          "memory", "cc");
}
// clang-format on

static inline void host_sse_run(struct host_sse *s, u8 *code, const u8 *bytes, unsigned length)
{
    static const u32 usual_mxcsr = 0x1f80;
    memcpy(code, bytes, length);
    code[length] = 0xc3; // RET
    s->is_fault = sigsetjmp(host_sse_fault, 1) != 0;
    if (s->is_fault) {
        s->mxcsr = host_sse_fault_mxcsr;
        __asm__ volatile("emms");
    } else {
        host_sse_execute(s, code);
    }
    __asm__ volatile("ldmxcsr %0" ::"m"(usual_mxcsr));
}
#else
static const bool host_sse_exists = false;

static inline u8 *host_sse_open(void)
{
    return NULL;
}

static inline void host_sse_run(struct host_sse *s, u8 *code, const u8 *bytes, unsigned length)
{
    (void)s, (void)code, (void)bytes, (void)length;
}
#endif
