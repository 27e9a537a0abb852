#include "host/wasm/wasm_host.h"

#include "host/wasm/memory.h"

#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))

// Offsets are doubles: exact up to 2^53, and plain numbers in JavaScript.
IMPORT("disk_read")
int js_disk_read(unsigned machine, unsigned disk, double offset, void *to, size_t size_bytes);
IMPORT("disk_write")
int js_disk_write(unsigned machine, unsigned disk, double offset, const void *from,
                  size_t size_bytes);
IMPORT("disk_flush") int js_disk_flush(unsigned machine, unsigned disk);
IMPORT("serial_write") void js_serial_write(unsigned machine, unsigned uart, unsigned byte);
IMPORT("debug_write") void js_debug_write(unsigned machine, unsigned byte);
IMPORT("parallel_write") void js_parallel_write(unsigned machine, unsigned byte);
IMPORT("log") void js_log(unsigned machine, unsigned kind, const char *text);
IMPORT("panic") void js_panic(const char *file, int line, const char *what);

static unsigned number(void *owner)
{
    return (unsigned)(uintptr_t)owner;
}

static void *alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    return wasm_take(size_bytes);
}

static void release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    wasm_give_back(memory, size_bytes);
}

static bool disk_read(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes)
{
    return js_disk_read(number(owner), disk, (double)offset, to, size_bytes);
}

static bool disk_write(void *owner, unsigned disk, uint64_t offset, const void *from,
                       size_t size_bytes)
{
    return js_disk_write(number(owner), disk, (double)offset, from, size_bytes);
}

static bool disk_flush(void *owner, unsigned disk)
{
    return js_disk_flush(number(owner), disk);
}

static void serial_write(void *owner, unsigned uart, uint8_t byte)
{
    js_serial_write(number(owner), uart, byte);
}

static void debug_write(void *owner, uint8_t byte)
{
    js_debug_write(number(owner), byte);
}

static void parallel_write(void *owner, uint8_t byte)
{
    js_parallel_write(number(owner), byte);
}

static void log_line(void *owner, enum vt_log kind, const char *text)
{
    js_log(number(owner), kind, text);
}

void wasm_host_init(struct vt_host *host, unsigned machine)
{
    *host = (struct vt_host){
        .owner = (void *)(uintptr_t)machine,
        .alloc = alloc,
        .release = release,
        .disk_read = disk_read,
        .disk_write = disk_write,
        .disk_flush = disk_flush,
        .serial_write = serial_write,
        .debug_write = debug_write,
        .parallel_write = parallel_write,
        .log = log_line,
    };
}

_Noreturn void vt_host_panic(const char *file, int line, const char *what)
{
    js_panic(file, line, what);
    __builtin_trap();
}
