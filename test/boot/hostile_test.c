// Boot sectors, programs and disks made of chance, under SeaBIOS: whatever a guest does, the
// machine stays whole. It must not crash, not run past its limit, not write where nothing is, and a
// guest must come out the same however its run is sliced.
//
//     hostile_test [--seed N] [--count N] [--instructions N]
//
// A machine runs the firmware once up to where it reads the boot sector; from there each seed goes
// on in a process of its own. `make test-hostile COUNT=N` has the sanitizers watch it.
#define _DEFAULT_SOURCE
#include "test/boot/hostile_code.h"
#include "test/fuzz/guarded.h"

#include "machine/pc.h"
#include "vitrine/vitrine.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FLOPPY_BYTES = 1474560,
    DISK_BYTES = 4 << 20,
    SECTOR = 512,
    SECONDS_MAX = 20, // of processor time for one seed, which takes a part of one
    BEFORE_READ = 200000,
    GUEST_NS_MAX = 100 * 1000 * 1000, // a guest that sleeps for good executes nothing
    BOOT_RECORD = 17 * 2048,
    CATALOGUE = 20 * 2048,
    CD_IMAGE = 21 * 2048,
};
// The machine's drives, which are also the host's numbers of their images.
enum source { FLOPPY, DISK, CD, SOURCES };
static const char *const source_names[SOURCES] = {"floppy", "disk", "cd"};
static const char *const orders[SOURCES] = {"a", "c", "d"};
static const size_t image_bytes[SOURCES] = {FLOPPY_BYTES, DISK_BYTES, DISK_BYTES};

struct bench {
    struct vt_host host;
    struct vt_machine *vm;
    u8 *images[SOURCES];
    enum source source;
    u64 reads_at; // the instruction at which the firmware last read what decides
    u64 boots_at; // ... and at which what it read runs; 0: not yet
    u64 boots_at_ns;
    u64 said; // a digest of the serial ports
};

struct choice {
    u64 seed, count, instructions;
};

// --- the host ---

static bool image_read(void *owner, unsigned disk, u64 offset, void *to, size_t size_bytes)
{
    struct bench *b = owner;
    CLAIM(disk < SOURCES && offset <= image_bytes[disk] &&
          size_bytes <= image_bytes[disk] - offset);
    memcpy(to, b->images[disk] + offset, size_bytes);
    if (disk == b->source && b->vm && !b->boots_at && offset == (disk == CD ? BOOT_RECORD : 0)) {
        b->reads_at = vt_instructions(b->vm);
    }
    return true;
}

static bool image_write(void *owner, unsigned disk, u64 offset, const void *from, size_t size_bytes)
{
    struct bench *b = owner;
    CLAIM(disk < CD && offset <= image_bytes[disk] && size_bytes <= image_bytes[disk] - offset);
    memcpy(b->images[disk] + offset, from, size_bytes);
    return true;
}

static void serial_write(void *owner, unsigned uart, u8 byte)
{
    struct bench *b = owner;
    b->said = (b->said ^ (uart << 8 | byte)) * 0x9e3779b97f4a7c15ull;
}

// The first byte comes from the boot sector of `prepare`.
static void debug_write(void *owner, u8 byte)
{
    struct bench *b = owner;
    (void)byte;
    if (!b->boots_at) {
        b->boots_at = vt_instructions(b->vm);
        b->boots_at_ns = vt_guest_ns(b->vm);
    }
}

static struct vt_bytes firmware(const char *name)
{
    static u8 bytes[2][256 * 1024];
    static unsigned used;
    char path[4096];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/firmware/%s", build ? build : "build", name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("1..1\nok 1 - machines_survive_hostile_guests # SKIP %s is not there\n", path);
        exit(0);
    }
    struct vt_bytes found = {bytes[used], fread(bytes[used], 1, sizeof bytes[0], f)};
    used++;
    fclose(f);
    return found;
}

// El Torito: volume, boot record, catalogue with one image that needs no emulation.
static void put_cd_tables(u8 *cd)
{
    static const u8 catalogue[] = {1,    0, 0, 0, [28] = 0xaa, 0x55, 0x55, 0xaa, 0x88, 0,
                                   0x00, 0, 0, 0, 40,          0,    21,   0,    0,    0};
    cd[0x8000] = 1;
    memcpy(cd + 0x8001, "CD001\1", 6);
    memcpy(cd + BOOT_RECORD + 1, "CD001\1EL TORITO SPECIFICATION", 29);
    store_le32(cd + BOOT_RECORD + 0x47, CATALOGUE / 2048);
    memcpy(cd + CATALOGUE, catalogue, sizeof catalogue);
}

static void create(struct bench *b, enum source source, struct vt_bytes bios, struct vt_bytes vga)
{
    memset(b, 0, sizeof *b);
    b->source = source;
    for (unsigned n = 0; n < SOURCES; n++) {
        b->images[n] = guarded_alloc(NULL, image_bytes[n]);
    }
    static const u8 tell[] = {0xe6, 0xe9,         0xe9, 0xfb,
                              0x01, [510] = 0x55, 0xaa}; // OUT E9h; JMP 7E00h
    memcpy(b->images[FLOPPY], tell, SECTOR);
    memcpy(b->images[DISK], tell, SECTOR);
    put_cd_tables(b->images[CD]);
    memcpy(b->images[CD] + CD_IMAGE, tell, SECTOR);
    b->host = (struct vt_host){
        .owner = b,
        .alloc = guarded_alloc,
        .release = guarded_release,
        .disk_read = image_read,
        .disk_write = image_write,
        .serial_write = serial_write,
        .debug_write = debug_write,
    };
    struct vt_pc_config config = {
        .ram_bytes = 8 << 20,
        .bios = bios,
        .vga_bios = vga,
        .has_vga = true,
        .ide = {{.is_present = true, .host_disk = DISK, .size_bytes = DISK_BYTES},
                {.is_present = false},
                {.is_present = true, .is_cdrom = true, .host_disk = CD, .size_bytes = DISK_BYTES}},
        .floppy = {{.is_present = true, .host_disk = FLOPPY, .size_bytes = FLOPPY_BYTES}},
        .boot_order = orders[source],
        .rtc_unix_seconds = 1150560081,
        .has_debugcon = true,
        .debug_exit_port = 0x501,
        .exit_on_triple_fault = true,
        .serial_port_count = 2,
    };
    struct vt_machine *vm;
    CLAIM(vt_pc_create(&config, &b->host, &vm) == VT_OK);
    b->vm = vm;
}

static void destroy(struct bench *b)
{
    vt_destroy(b->vm);
    for (unsigned n = 0; n < SOURCES; n++) {
        guarded_release(NULL, b->images[n], image_bytes[n]);
    }
}

// A machine that is about to read a CD's tables, or whose boot sector has begun.
static void prepare(struct bench *b, enum source source, struct vt_bytes bios, struct vt_bytes vga)
{
    create(b, source, bios, vga);
    while (!b->boots_at) {
        struct vt_stop stop = vt_run(b->vm, vt_instructions(b->vm) + 10000, UINT64_MAX / 2);
        CLAIM(stop.reason == VT_STOP_LIMIT && vt_instructions(b->vm) < 1000000000);
    }
    u64 boots_at = b->boots_at, boots_at_ns = b->boots_at_ns;
    u64 until = source == CD ? b->reads_at - BEFORE_READ : boots_at;
    destroy(b);
    create(b, source, bios, vga);
    (void)vt_run(b->vm, until, UINT64_MAX / 2);
    CLAIM(vt_instructions(b->vm) == until);
    b->boots_at = boots_at;
    b->boots_at_ns = boots_at_ns;
}

// --- the guest ---

static void fill_by_chance(u8 *bytes, size_t size_bytes, struct dice *d)
{
    for (size_t n = 0; n < size_bytes; n++) {
        bytes[n] = (u8)roll(d);
    }
}

// A program, or bytes that are none, where the boot sector goes on; and at `copy` unless it is
// NULL.
static void put_guest(struct bench *b, u8 *copy, struct dice *d)
{
    static u8 code[CODE_BYTES];
    struct program p = {.bytes = code, .dice = *d};
    if (roll(d) % 8 == 0) {
        fill_by_chance(code, sizeof code, d);
    } else {
        make_code(&p);
    }
    struct pc *pc = (struct pc *)b->vm; // its first member
    memcpy(pc->ram + CODE_AT, code, CODE_BYTES);
    memset(pc->ram + CODE_AT + CODE_BYTES, 0xcc, 0x70000); // INT 3: who strays comes back
    if (copy) {
        memcpy(copy, code, CODE_BYTES);
    }
}

// Tables of El Torito in which some fields are not what they should be.
static void put_cd(struct bench *b, u8 *cd, struct dice *d)
{
    put_cd_tables(cd);
    store_le16(cd + CATALOGUE + 38, (u16)(1 + roll(d) % 40));
    if (roll(d) % 4 == 0) {
        cd[CATALOGUE + 33] = (u8)(roll(d) % 5); // no emulation, three floppy disks, a hard disk
        cd[CATALOGUE + roll(d) % 64] = (u8)roll(d);
        cd[BOOT_RECORD + roll(d) % 80] = (u8)roll(d);
    }
    put_guest(b, cd + CD_IMAGE + SECTOR, d);
}

static void press_something(struct vt_machine *vm, struct dice *d)
{
    (void)vt_key(vm, roll(d) % 0x60, roll(d) % 2);
    vt_mouse(vm, (int)(roll(d) % 64) - 32, (int)(roll(d) % 64) - 32, 0, roll(d) % 8);
    (void)vt_serial_input(vm, roll(d) % 2, (const u8 *)"hostile", 7);
}

static void look(struct vt_machine *vm)
{
    static struct vt_text_screen text;
    static struct vt_screen screen;
    (void)vt_text_screen(vm, &text);
    (void)vt_screen_draw(vm, &screen);
}

// In a process of its own. Slices are as long as `longest` at most; input comes at the same counts.
static u64 run_guest(struct bench *b, u64 seed, u64 instructions, u32 longest)
{
    struct dice d = dice_from((u32)seed), slices = dice_from(longest);
    if (b->source == CD) {
        put_cd(b, b->images[CD], &d);
    } else {
        put_guest(b, NULL, &d);
    }
    u64 end = b->boots_at + instructions, next_input = 0;
    u64 end_ns = b->boots_at_ns + GUEST_NS_MAX;
    struct vt_stop stop = {0};
    while (vt_instructions(b->vm) < end && stop.reason == VT_STOP_LIMIT) {
        u64 now = vt_instructions(b->vm);
        if (now >= next_input) {
            press_something(b->vm, &d);
            next_input = now + instructions / 4;
        }
        u64 until = now + 1 + roll(&slices) % longest;
        until = until < next_input ? until : next_input;
        until = until < end ? until : end;
        stop = vt_run(b->vm, until, end_ns);
        CLAIM(vt_instructions(b->vm) <= until);
    }
    look(b->vm);
    return (vt_digest(b->vm) ^ stop.reason) + b->said;
}

// Forks, runs, and says whether it ended well; `digest` is what the guest came to.
static bool try_seed(struct bench *b, u64 seed, const struct choice *c, u32 longest, u64 *digest)
{
    int wire[2], status = 0;
    CLAIM(pipe(wire) == 0);
    fflush(stdout);
    pid_t child = fork();
    CLAIM(child >= 0);
    if (child == 0) {
        (void)setitimer(ITIMER_VIRTUAL, &(struct itimerval){.it_value = {SECONDS_MAX, 0}}, NULL);
        u64 found = run_guest(b, seed, c->instructions, longest);
        CLAIM(write(wire[1], &found, sizeof found) == (ssize_t)sizeof found);
        _exit(0);
    }
    close(wire[1]);
    bool is_told = read(wire[0], digest, sizeof *digest) == (ssize_t)sizeof *digest;
    close(wire[0]);
    CLAIM(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        printf("# seed %" PRIu64 ", %s: %s\n", seed, source_names[b->source],
               WTERMSIG(status) == SIGVTALRM ? "does not end" : strsignal(WTERMSIG(status)));
    }
    return is_told && status == 0;
}

// Every eighth seed runs twice, the second time in slices.
static bool is_survived(struct bench *b, u64 seed, const struct choice *c)
{
    u64 digest = 0, again = 0;
    if (!try_seed(b, seed, c, 1u << 30, &digest)) {
        return false;
    }
    if (seed % 8 == 0 && (!try_seed(b, seed, c, 5000, &again) || digest != again)) {
        printf("# seed %" PRIu64 ", %s: %016" PRIx64 " in one go, %016" PRIx64 " in slices\n", seed,
               source_names[b->source], digest, again);
        return false;
    }
    return true;
}

static struct choice read_choice(int argc, char **argv)
{
    struct choice c = {.seed = 1, .count = 24, .instructions = 100000};
    for (int n = 1; n + 1 < argc; n += 2) {
        u64 value = strtoull(argv[n + 1], NULL, 0);
        if (strcmp(argv[n], "--seed") == 0) {
            c.seed = value;
        } else if (strcmp(argv[n], "--count") == 0) {
            c.count = value;
        } else if (strcmp(argv[n], "--instructions") == 0) {
            c.instructions = value;
        }
    }
    return c;
}

int main(int argc, char **argv)
{
    struct choice c = read_choice(argc, argv);
    struct vt_bytes bios = firmware("bios-256k.bin"), vga = firmware("vgabios-stdvga.bin");
    bool is_good = true;
    printf("1..%d\n", SOURCES);
    for (unsigned source = 0; source < SOURCES; source++) {
        static struct bench b;
        prepare(&b, (enum source)source, bios, vga);
        unsigned failures = 0;
        for (u64 seed = c.seed; seed < c.seed + c.count; seed++) {
            failures += !is_survived(&b, seed, &c);
        }
        printf("%sok %u - machines_survive_hostile_guests_from_%s\n", failures ? "not " : "",
               source + 1, source_names[source]);
        printf("# seeds %" PRIu64 " to %" PRIu64 ", %u failed\n", c.seed, c.seed + c.count - 1,
               failures);
        is_good &= !failures;
        destroy(&b);
    }
    return is_good ? 0 : 1;
}
