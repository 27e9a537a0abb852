// Where clang has no libFuzzer: runs a target over files, or over random bytes for a while.
//
//     build/fuzz/NAME_fuzz [-max_total_time=SECONDS] [-runs=N] [-max_len=BYTES] [-seed=N] PATH...
//
// The options are libFuzzer's of the same names; others are ignored. With files (or folders of
// files) it mutates these, too.
#define _XOPEN_SOURCE 700
#include "test/fuzz/fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

enum { LENGTH_MAX = 1 << 16, FILES_MAX = 1024 };

struct file {
    u8 *bytes;
    size_t size_bytes;
};

struct driver {
    struct file files[FILES_MAX];
    unsigned file_count;
    u64 seconds, runs, seed;
    size_t length_max;
};

static void add_file(struct driver *d, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || d->file_count == FILES_MAX) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    struct file *file = &d->files[d->file_count++];
    file->bytes = malloc(LENGTH_MAX);
    CLAIM(file->bytes);
    file->size_bytes = fread(file->bytes, 1, LENGTH_MAX, f);
    fclose(f);
}

static void add_path(struct driver *d, const char *path)
{
    struct stat st;
    DIR *folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    if (!folder) {
        add_file(d, path);
        return;
    }
    for (const struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        char name[4096];
        if (e->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, e->d_name);
            add_file(d, name);
        }
    }
    closedir(folder);
}

static void read_arguments(struct driver *d, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        unsigned long long n = 0;
        if (sscanf(argv[i], "-max_total_time=%llu", &n) == 1) {
            d->seconds = n;
        } else if (sscanf(argv[i], "-runs=%llu", &n) == 1) {
            d->runs = n;
        } else if (sscanf(argv[i], "-seed=%llu", &n) == 1) {
            d->seed = n;
        } else if (sscanf(argv[i], "-max_len=%llu", &n) == 1) {
            d->length_max = n < LENGTH_MAX ? (size_t)n : LENGTH_MAX;
        } else if (argv[i][0] != '-') {
            add_path(d, argv[i]);
        }
    }
}

// A file with a few bytes changed, or random bytes alone. Returns its length.
static size_t make_input(const struct driver *d, struct dice *dice, u8 *bytes)
{
    size_t length = roll(dice) % (d->length_max + 1);
    if (d->file_count > 0 && roll(dice) % 4 != 0) {
        const struct file *file = &d->files[roll(dice) % d->file_count];
        length = file->size_bytes < d->length_max ? file->size_bytes : d->length_max;
        memcpy(bytes, file->bytes, length);
        for (unsigned n = roll(dice) % 16; n > 0 && length > 0; n--) {
            bytes[roll(dice) % length] = (u8)roll(dice);
        }
        return length;
    }
    for (size_t n = 0; n < length; n++) {
        bytes[n] = (u8)roll(dice);
    }
    return length;
}

// --- running ---

// The input that is being tried, for the handler.
static const u8 *present;
static size_t present_bytes;

static void keep_input(int signal_number)
{
    FILE *f = fopen("fuzz-found", "wb");
    if (f) {
        fwrite(present, 1, present_bytes, f);
        fclose(f);
        fputs("the input is in fuzz-found\n", stderr);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

// The target gets memory of exactly the length, so that reading past it is seen.
static void run_target(const u8 *bytes, size_t length)
{
    u8 *copy = malloc(length ? length : 1);
    CLAIM(copy);
    memcpy(copy, bytes, length);
    present = copy;
    present_bytes = length;
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

int main(int argc, char **argv)
{
    static struct driver d = {.runs = UINT64_MAX, .seed = 1, .length_max = 4096};
    static u8 bytes[LENGTH_MAX];
    read_arguments(&d, argc, argv);
    signal(SIGABRT, keep_input);
    signal(SIGSEGV, keep_input);
    for (unsigned n = 0; n < d.file_count; n++) {
        run_target(d.files[n].bytes, d.files[n].size_bytes);
    }
    struct dice dice = dice_from((u32)d.seed);
    time_t end = time(NULL) + (time_t)d.seconds;
    u64 runs = d.file_count;
    while (runs < d.runs && (d.seconds == 0 || time(NULL) < end) &&
           (d.seconds > 0 || d.runs != UINT64_MAX)) {
        run_target(bytes, make_input(&d, &dice, bytes));
        runs++;
    }
    fprintf(stderr, "%llu runs with the built-in driver, seed %llu\n", (unsigned long long)runs,
            (unsigned long long)d.seed);
    for (unsigned n = 0; n < d.file_count; n++) {
        free(d.files[n].bytes);
    }
    return 0;
}
