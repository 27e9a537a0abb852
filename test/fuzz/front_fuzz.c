// What comes to the front ends from others: requests of a browser, files of tests, and commands for
// the monitor of a small PC.
#define _DEFAULT_SOURCE
#include "test/fuzz/guarded.h"

#include "front/cli/grade_file.h"
#include "front/cli/monitor.h"
#include "front/cli/web_request.h"
#include "vitrine/vitrine.h"

#include <unistd.h>

enum { BIOS_BYTES = 64 * 1024, TEXT_MAX = 8192, LINES_MAX = 64 };

// --- requests ---

// Nothing of a path leads up, is hidden, or begins at the root.
static void check_path(const char *path)
{
    CLAIM(path[0] && strlen(path) < WEB_PATH_BYTES);
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/' && part != path;
        CLAIM(*part != '.' && *part != '/');
    }
    (void)web_type(path);
}

static void read_request(const char *text, u64 size_bytes)
{
    struct web_request request;
    u64 first, last;
    if (web_request_read(text, &request)) {
        return;
    }
    check_path(request.path);
    if (request.has_range && web_range(request.range, size_bytes, &first, &last)) {
        CLAIM(first <= last && last < size_bytes);
    }
}

static void read_range(const char *text, u64 size_bytes)
{
    u64 first, last;
    if (web_range(text, size_bytes, &first, &last)) {
        CLAIM(first <= last && last < size_bytes);
    }
}

// --- tests ---

static void load_tests(const u8 *bytes, size_t size_bytes)
{
    char path[] = "/tmp/front_fuzz.XXXXXX";
    static struct grade_file file;
    int fd = mkstemp(path);
    CLAIM(fd >= 0 && write(fd, bytes, size_bytes) == (ssize_t)size_bytes);
    close(fd);
    if (grade_file_load(&file, path)) {
        CLAIM(file.test_count >= 1 && file.test_count <= GRADE_TESTS);
        for (unsigned n = 0; n < file.test_count; n++) {
            CLAIM(file.tests[n].registers.count <= GRADE_ITEMS);
            CLAIM(file.tests[n].memory.count <= GRADE_ITEMS);
        }
    }
    grade_file_free(&file);
    unlink(path);
}

// --- the monitor ---

static void put(void *owner, const char *text)
{
    size_t *said = owner;
    *said += strlen(text);
}

static bool change_medium(void *owner, enum vt_slot slot, const char *path, bool is_forced)
{
    (void)owner, (void)path, (void)is_forced;
    CLAIM(slot < VT_SLOTS);
    return true;
}

static const char *medium(void *owner, enum vt_slot slot)
{
    (void)owner;
    return slot == VT_FDA ? "a.img" : NULL;
}

static bool take_text(void *owner, const char *text)
{
    (void)owner;
    return text[0] != 0;
}

// Not what writes files or may go on for minutes.
static bool is_wanted(const char *line)
{
    static const char *const unwanted[] = {"screenshot", "screendump", "finish", "next", "n", "s"};
    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t/");
    for (unsigned n = 0; n < COUNT_OF(unwanted); n++) {
        if (length == strlen(unwanted[n]) && strncmp(line, unwanted[n], length) == 0) {
            return false;
        }
    }
    return strncmp(line, "step", 4) != 0 || line[4] == 0;
}

static void run_commands(char *text)
{
    // Counts, calls, stores, and goes round.
    static const u8 code[] = {0x40, 0xe8, 0x03, 0x00, 0xeb, 0xfa, 0x90, 0xa3, 0x46, 0x04, 0xc3};
    u8 *bios = calloc(1, BIOS_BYTES);
    CLAIM(bios);
    memcpy(bios, code, sizeof code);
    memcpy(bios + BIOS_BYTES - 16, (const u8[]){0xea, 0, 0, 0, 0xf0}, 5); // JMP F000:0000
    struct vt_host host = {.alloc = guarded_alloc, .release = guarded_release};
    struct vt_pc_config config = {.ram_bytes = 1 << 20, .bios = {bios, BIOS_BYTES}};
    size_t said = 0;
    struct monitor m = {.host = {.owner = &said,
                                 .put = put,
                                 .change_medium = change_medium,
                                 .medium = medium,
                                 .send_keys = take_text,
                                 .type_text = take_text}};
    CLAIM(vt_pc_create(&config, &host, &m.vm) == VT_OK);
    char *line = text;
    for (unsigned n = 0; n < LINES_MAX && line; n++) {
        char *next = strchr(line, '\n');
        if (next) {
            *next++ = 0;
        }
        if (is_wanted(line)) {
            (void)monitor_knows(line);
            (void)monitor_run(&m, line);
        }
        line = next;
    }
    vt_destroy(m.vm);
    free(bios);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes < TEXT_MAX ? size_bytes : TEXT_MAX};
    u8 kind = take8(&in);
    u64 file_bytes = (u64)take8(&in) << (kind / 8);
    char *text = malloc(in.left + 1);
    CLAIM(text);
    memcpy(text, in.at, in.left);
    text[in.left] = '\0';
    switch (kind % 4) {
    case 0: read_request(text, file_bytes); break;
    case 1: read_range(text, file_bytes); break;
    case 2: load_tests(in.at, in.left); break;
    default: run_commands(text); break;
    }
    free(text);
    return 0;
}
