// The teaching machines: a toy with a program as text or JSON, or an LC-3 with random words; then
// edits, keys, breakpoints, expressions and motions in time.
//
//   input: kind, length of the program (16 bits), program, then commands
#include "test/fuzz/fuzz.h"

#include "vitrine/json.h"
#include "vitrine/lc3.h"
#include "vitrine/toy.h"

enum { COMMANDS = 48, STEPS = 3000 };

// The history takes tens of megabytes of which a short run touches little: calloc need not clear
// what the system gives cleared.
static void *study_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    void *memory = calloc(1, size_bytes);
    CLAIM(memory);
    return memory;
}

static struct vt_machine *create_toy(struct input *in, const struct vt_host *host)
{
    static struct vt_toy_program program;
    struct input source = take_part(in, take16(in) % 2048u);
    struct vt_machine *vm = NULL;
    if (vt_toy_assemble((const char *)source.at, source.left, &program)) {
        CLAIM(program.diagnostic_count == 0 && program.cell_count <= VT_TOY_CELLS);
    } else {
        CLAIM(program.diagnostic_count > 0);
    }
    struct vt_toy_config config = {.cells = program.cells, .cell_count = program.cell_count};
    CLAIM(vt_toy_create(&config, host, &vm) == VT_OK);
    return vm;
}

// Words of memory from x3000 on, as an object file of the classic kind.
static struct vt_machine *create_lc3(struct input *in, const struct vt_host *host)
{
    struct input words = take_part(in, take16(in) % 2048u & ~1u);
    u8 file[2050] = {0x30, 0x00};
    struct vt_machine *vm = NULL;
    memcpy(file + 2, words.at, words.left);
    struct vt_lc3_program *program =
        vt_lc3_load(host, VT_LC3_CLASSIC, file, 2 + words.left, NULL, NULL);
    u8 flags = take8(in);
    struct vt_lc3_config config = {
        .edition = flags & 1 ? 2 : 3,
        .is_unprivileged = flags & 2,
        .has_real_traps = flags & 4,
        .has_timer = flags & 8,
        .has_global_ie = flags & 16,
        .latency_steps = flags & 32 ? 3 : 0,
        .is_memory_random = flags & 64,
        .program = program,
    };
    CLAIM(program != NULL);
    CLAIM(vt_lc3_create(&config, host, &vm) == VT_OK);
    vt_lc3_free(program);
    return vm;
}

static void add_break(struct vt_machine *vm, struct input *in)
{
    struct vt_break b = {.kind = take8(in) % 5, .space = take8(in) % 3, .first = take16(in)};
    b.last = b.first + take8(in);
    for (unsigned n = 0; n < 12; n++) {
        b.condition[n] = (char)take8(in);
    }
    vt_break_add(vm, &b);
}

static void evaluate(struct vt_machine *vm, struct input *in)
{
    char text[40] = "";
    const char *error;
    size_t at;
    uint64_t value;
    for (unsigned n = 0; n + 1 < sizeof text; n++) {
        text[n] = (char)take8(in);
    }
    if (!vt_evaluate(vm, text, &value, &error, &at)) {
        CLAIM(error != NULL && at <= strlen(text));
    }
}

static void edit(struct vt_machine *vm, struct input *in)
{
    u16 cell = take16(in);
    if (take8(in) & 1) {
        vt_set_memory(vm, take8(in) % 3, take16(in), &cell, 1);
    } else {
        vt_set_register(vm, take8(in), cell);
    }
}

static void look(struct vt_machine *vm, struct input *in)
{
    static char text[65536];
    static struct vt_delta delta;
    struct vt_why links[8];
    struct vt_frame frames[8];
    struct vt_place place = {.kind = 1 + take8(in) % 2, .index = take16(in)};
    if (place.kind == VT_PLACE_REGISTER) {
        place.index %= vt_describe(vm)->register_count;
    }
    if (vt_predict(vm, &delta)) {
        vt_json_delta(vm, &delta, text, sizeof text);
    }
    vt_delta(vm, take16(in) % (vt_steps(vm) + 1), &delta);
    vt_json_why(vm, links, vt_why(vm, &place, links, 8), text, sizeof text);
    vt_frames(vm, frames, 8);
}

static void move(struct vt_machine *vm, struct input *in)
{
    u8 way = take8(in);
    enum vt_motion motion = (enum vt_motion)(way % 4);
    if (way & 16) {
        vt_go_to(vm, take16(in));
    } else if (way & 8) {
        vt_move_back(vm, motion);
    } else {
        vt_move_forward(vm, motion, STEPS);
    }
}

static void command(struct vt_machine *vm, struct input *in)
{
    switch (take8(in) % 8) {
    case 0: add_break(vm, in); break;
    case 1: evaluate(vm, in); break;
    case 2: edit(vm, in); break;
    case 3: look(vm, in); break;
    case 4: vt_break_remove(vm, take8(in) % 8); break;
    case 5: {
        u8 key = take8(in);
        vt_serial_input(vm, 0, &key, 1);
        break;
    }
    default: move(vm, in); break;
    }
}

// Back to the beginning and forward again: the same moment must have the same digest.
static void check_time(struct vt_machine *vm)
{
    u64 now = vt_steps(vm), digest = vt_digest(vm), first, last;
    vt_history(vm, &first, &last);
    CLAIM(first <= now && now <= last);
    if (vt_go_to(vm, first)) {
        CLAIM(vt_go_to(vm, now));
        CLAIM(vt_digest(vm) == digest);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes};
    struct vt_host host = {.alloc = study_alloc, .release = fuzz_release};
    struct vt_machine *vm = take8(&in) & 1 ? create_lc3(&in, &host) : create_toy(&in, &host);
    for (unsigned n = 0; n < COMMANDS && in.left > 0; n++) {
        command(vm, &in);
    }
    check_time(vm);
    vt_destroy(vm);
    return 0;
}
