// Any text as values of options, as a command line, as a file of keys; any bytes as a disk image.
#define _DEFAULT_SOURCE
#include "test/fuzz/fuzz.h"

#include "front/cli/keys.h"
#include "front/cli/options.h"
#include "front/cli/values.h"
#include "host/posix/image.h"
#include "host/posix/image_check.h"
#include "vitrine/text.h"

#include <unistd.h>

enum { ARGUMENTS_MAX = 40, TEXT_MAX = 4096 };

// --- values ---

static void read_values(const char *text)
{
    u64 n = 0;
    i64 seconds = 0;
    bool is_on = false;
    if (value_number(text, 1000, &n)) {
        CLAIM(n <= 1000);
    }
    (void)value_count(text, &n);
    (void)value_memory_size(text, &n);
    (void)value_duration_ns(text, &n);
    (void)value_switch(text, &is_on);
    if (value_date(text, &seconds)) {
        CLAIM(seconds >= 0 && seconds < 253402300800); // before the year 10000
    }
    CLAIM(vt_distance(text, "deterministic") <= TEXT_MAX);
    CLAIM(strlen(text) > 40 || vt_distance(text, text) == 0);
    unsigned key;
    (void)key_by_name(text, strlen(text), &key);
}

static void split_properties(const char *text)
{
    struct properties list;
    if (properties_split(&list, text, text[0] & 1)) {
        CLAIM(list.count <= PROPERTIES_MAX);
        for (unsigned n = 0; n < list.count; n++) {
            CLAIM(list.rows[n].name || list.rows[n].value);
            CLAIM(!list.rows[n].name || strlen(list.rows[n].name) <= TEXT_MAX);
            CLAIM(!list.rows[n].value || strlen(list.rows[n].value) <= TEXT_MAX);
        }
    }
    free(list.storage);
}

static void read_items(const char *text)
{
    struct items items = {0};
    const char *bad = text, *why = "";
    size_t length = strlen(text);
    if (!items_add_text(&items, text, length, &bad, &why)) {
        CLAIM(bad >= text && bad <= text + length && why[0] != '\0');
    }
    items_free(&items);
    if (!items_add_chord(&items, text, length, &bad)) {
        CLAIM(bad >= text && bad <= text + length);
    }
    items_free(&items);
}

// --- the command line: arguments end with a newline ---

static void parse_options(char *text)
{
    static struct options o;
    char *arguments[ARGUMENTS_MAX];
    int count = 0;
    while (*text && count < ARGUMENTS_MAX) {
        char *end = strchr(text, '\n');
        arguments[count++] = text;
        if (!end) {
            break;
        }
        *end = '\0';
        text = end + 1;
    }
    if (options_parse(&o, count, arguments) == OPTIONS_RUN) {
        CLAIM(o.drive_count <= OPTIONS_DRIVES && o.step_count <= OPTIONS_STEPS);
        CLAIM(o.serial_count <= VT_SERIAL_PORTS && o.port_log_count <= OPTIONS_PORT_LOGS);
        CLAIM(o.key_file_count <= OPTIONS_KEY_FILES && o.owned_count <= OPTIONS_OWNED);
        (void)options_has_expect(&o);
    }
    options_free(&o);
}

// --- files ---

static const char *put_file(const u8 *bytes, size_t size_bytes)
{
    static char path[] = "/tmp/cli_fuzz.XXXXXX";
    static int fd = -1;
    if (fd < 0) {
        fd = mkstemp(path);
        CLAIM(fd >= 0);
    }
    CLAIM(ftruncate(fd, 0) == 0);
    CLAIM(pwrite(fd, bytes, size_bytes, 0) == (ssize_t)size_bytes);
    return path;
}

static void load_keys(const u8 *bytes, size_t size_bytes)
{
    struct key_script script = {0};
    if (key_script_load(&script, put_file(bytes, size_bytes))) {
        key_script_sort(&script);
        for (size_t n = 1; n < script.count; n++) {
            CLAIM(script.rows[n - 1].at_ns <= script.rows[n].at_ns);
        }
    }
    key_script_free(&script);
}

static void check_head(const u8 *bytes, size_t size_bytes)
{
    struct image_head *head = calloc(1, sizeof *head);
    CLAIM(head);
    head->count = size_bytes < IMAGE_HEAD_BYTES ? size_bytes : IMAGE_HEAD_BYTES;
    memcpy(head->bytes, bytes, head->count);
    head->size_bytes = size_bytes;
    (void)image_is_iso9660(head);
    (void)image_foreign_format(head);
    (void)image_iso9660_bytes(head);
    (void)image_partitioned_bytes(head);
    (void)image_is_floppy_size(size_bytes);
    // The same with something at the places that matter.
    head->count = IMAGE_HEAD_BYTES;
    memcpy(head->bytes + 0x8001, "CD001", 5);
    head->bytes[510] = 0x55, head->bytes[511] = 0xaa;
    memcpy(head->bytes + 446, bytes, size_bytes < 64 ? size_bytes : 64);
    memcpy(head->bytes + 0x8006, bytes, size_bytes < 200 ? size_bytes : 200);
    (void)image_iso9660_bytes(head);
    (void)image_partitioned_bytes(head);
    free(head);
}

static void open_image(const u8 *bytes, size_t size_bytes, u8 how)
{
    struct image im;
    enum image_kind kind;
    const char *path = put_file(bytes, size_bytes);
    (void)image_guess(path, &kind);
    struct image_request request = {.path = path, .kind = how % 3, .is_raw = how & 4};
    if (image_open(&im, &request)) {
        u8 first;
        CLAIM(im.size_bytes == size_bytes && image_read(&im, 0, &first, 1) && first == bytes[0]);
        image_close(&im);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes < TEXT_MAX ? size_bytes : TEXT_MAX};
    u8 kind = take8(&in);
    char *text = malloc(in.left + 1);
    CLAIM(text);
    memcpy(text, in.at, in.left);
    text[in.left] = '\0';
    switch (kind % 8) {
    case 0: read_values(text); break;
    case 1: split_properties(text); break;
    case 2: read_items(text); break;
    case 3:
    case 4: parse_options(text); break;
    case 5: load_keys(in.at, in.left); break;
    case 6: check_head(in.at, in.left); break;
    default: open_image(in.at, in.left, kind / 8); break;
    }
    free(text);
    return 0;
}
