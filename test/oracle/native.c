// Starts a child and speaks with it: shared memory for the cases, two pipes for "go" and "done".
#define _GNU_SOURCE // memfd_create
#include "oracle.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_MEMORY = 3, CHILD_GO = 4, CHILD_DONE = 5, HIGH = 32 };

static _Noreturn void be_child(const char *const *command, int memory, int go, int done)
{
    // First out of the way, so that none is overwritten.
    memory = dup2(memory, HIGH), go = dup2(go, HIGH + 1), done = dup2(done, HIGH + 2);
    dup2(memory, CHILD_MEMORY), dup2(go, CHILD_GO), dup2(done, CHILD_DONE);
    for (int fd = CHILD_DONE + 1; fd < 64; fd++) {
        close(fd);
    }
    // (execvp hands what the kernel does not run to a shell.)
    char *const *arguments = (char *const *)(uintptr_t)command;
    strchr(command[0], '/') ? execv(command[0], arguments) : execvp(command[0], arguments);
    _exit(127);
}

static bool start(struct native *n, int memory)
{
    int go[2], done[2];
    if (pipe(go) != 0 || pipe(done) != 0) {
        return false;
    }
    n->process = fork();
    if (n->process == 0) {
        be_child(n->command, memory, go[0], done[1]);
    }
    close(go[0]), close(done[1]);
    n->go = go[1], n->done = done[0];
    return n->process > 0;
}

static bool open_shared(struct native *n, const u8 *background)
{
    int memory = memfd_create("oracle", 0);
    if (memory < 0 || ftruncate(memory, SHARED_BYTES) != 0) {
        perror("oracle: memfd_create");
        return false;
    }
    n->shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (n->shared == MAP_FAILED) {
        return false;
    }
    memcpy(n->shared->background, background, WINDOWS_BYTES);
    bool is_started = start(n, memory);
    close(memory);
    return is_started;
}

static bool exchange(struct native *n, u32 count)
{
    u8 byte = 0;
    n->shared->count = count;
    return write(n->go, &byte, 1) == 1 && read(n->done, &byte, 1) == 1;
}

// A case that does nothing: does the child answer, and are all windows there?
static bool answers(struct native *n)
{
    struct test_case *c = &n->shared->cases[0];
    memset(c, 0, sizeof *c);
    c->before.fx[0] = 0x7f, c->before.fx[1] = 3;
    c->before.fx[24] = 0x80, c->before.fx[25] = 0x1f;
    c->before.eip = CODE_AT;
    c->before.eflags = 0x202;
    c->before.r[4] = STACK_AT;
    c->length = 1;
    c->code[0] = 0x90;
    return exchange(n, 1) && n->shared->results[0].vector == 3;
}

static bool reopen(struct native *n, const u8 *background)
{
    signal(SIGPIPE, SIG_IGN);
    return open_shared(n, background) && answers(n);
}

static int end(struct native *n)
{
    int status = 0;
    close(n->go);
    close(n->done);
    kill(n->process, SIGKILL);
    waitpid(n->process, &status, 0);
    return status;
}

bool native_open(struct native *n, const char *const *command, const u8 *background)
{
    *n = (struct native){.command = command};
    if (reopen(n, background)) {
        return true;
    }
    end(n);
    return false;
}

void native_close(struct native *n)
{
    end(n);
    munmap(n->shared, SHARED_BYTES);
}

bool native_run(struct native *n, u32 count)
{
    if (exchange(n, count)) {
        return true;
    }
    // It died. The next child gets new memory, and a copy of the cases.
    struct shared *old = n->shared;
    end(n);
    if (!reopen(n, old->background)) {
        fprintf(stderr, "oracle: %s can't be started again\n", n->command[0]);
        exit(2);
    }
    memcpy(n->shared->cases, old->cases, sizeof old->cases);
    n->shared->finished = old->finished;
    munmap(old, SHARED_BYTES);
    return false;
}
