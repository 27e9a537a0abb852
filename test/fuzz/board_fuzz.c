// The whole PC, driven by a firmware made of the input: port and memory accesses of every size,
// strings, halts, interrupts on and off, and bytes as they come.
//
// Each input runs twice, in slices of different lengths; both must end in the same state.
#define _DEFAULT_SOURCE
#include "test/fuzz/guarded.h"

#include "machine/pc.h"
#include "vitrine/vitrine.h"

enum {
    BIOS_BYTES = 64 * 1024,
    DISK_BYTES = 256 * 1024,
    CODE_MAX = 0x8000,
    CODE_AT = 0x1000, // in the firmware, at F0000h
    INSTRUCTIONS_MAX = 20000,
};

struct bench {
    struct vt_host host;
    u8 image[DISK_BYTES];
    u64 seen;
};

// --- a host ---

static bool image_read(void *owner, unsigned disk, u64 offset, void *to, size_t size_bytes)
{
    const struct bench *b = owner;
    (void)disk;
    CLAIM(offset <= DISK_BYTES && size_bytes <= DISK_BYTES - offset);
    memcpy(to, b->image + offset, size_bytes);
    return true;
}

static bool image_write(void *owner, unsigned disk, u64 offset, const void *from, size_t size_bytes)
{
    struct bench *b = owner;
    CLAIM(disk == 0 && offset <= DISK_BYTES && size_bytes <= DISK_BYTES - offset);
    memcpy(b->image + offset, from, size_bytes);
    return true;
}

static void serial_write(void *owner, unsigned uart, u8 byte)
{
    struct bench *b = owner;
    b->seen = (b->seen ^ uart << 8 ^ byte) * 0x9e3779b97f4a7c15ull;
}

// --- the firmware ---

struct code {
    u8 *bytes;
    unsigned used;
    bool is_32;
};

static void put8(struct code *c, u8 byte)
{
    if (c->used < CODE_MAX) {
        c->bytes[CODE_AT + c->used++] = byte;
    }
}

static void put16(struct code *c, u32 v)
{
    put8(c, (u8)v);
    put8(c, (u8)(v >> 8));
}

static void put32(struct code *c, u32 v)
{
    put16(c, v);
    put16(c, v >> 16);
}

// Prefix that makes an operand 32 (or 16) bits wide.
static void put_size(struct code *c, bool wants_32)
{
    if (wants_32 != c->is_32) {
        put8(c, 0x66);
    }
}

// MOV r32, imm32
static void put_mov(struct code *c, unsigned reg, u32 v)
{
    put_size(c, true);
    put8(c, (u8)(0xb8 + reg));
    put32(c, v);
}

static u16 pick_port(struct input *in)
{
    static const struct {
        u16 first, count;
    } ports[] = {{0x20, 2},    {0x40, 4},    {0x60, 5},    {0x70, 2},  {0x92, 1},  {0xa0, 2},
                 {0xf0, 1},    {0x1f0, 8},   {0x3f6, 1},   {0x3f8, 8}, {0x2f8, 8}, {0x3b0, 48},
                 {0x1ce, 3},   {0x510, 12},  {0xcf8, 8},   {0xcfc, 4}, {0xcf9, 1}, {0x4d0, 2},
                 {0xc000, 16}, {0xb000, 64}, {0xb100, 16}, {0xb2, 2},  {0xe9, 1},  {0x501, 1}};
    u8 choice = take8(in);
    if (choice >= 0xf8) {
        return take16(in);
    }
    unsigned n = choice % COUNT_OF(ports);
    return (u16)(ports[n].first + take_below(in, ports[n].count));
}

static u32 pick_address(struct input *in)
{
    static const u32 bases[] = {0xfee00000, 0xfec00000, 0xa0000, 0xb8000, 0xc0000,    0xf0000,
                                0xe0000000, 0x1000,     0x80000, 0xffff0, 0xffffff00, 0xfffc};
    u8 choice = take8(in);
    return choice >= 0xf8 ? take32(in) : bases[choice % COUNT_OF(bases)] + take16(in);
}

static void put_port_access(struct code *c, struct input *in, u8 op)
{
    put_mov(c, 2, pick_port(in));
    u8 width = op >> 4 & 3;
    bool is_write = op & 0x40;
    if (is_write) {
        put_mov(c, 0, width == 0 ? take8(in) : take32(in));
    }
    if (width) {
        put_size(c, width == 2);
    }
    put8(c, (u8)((is_write ? 0xee : 0xec) + (width != 0)));
}

// MOV [DS:imm], (e)ax and back; the segment, in real mode, from the address.
static void put_memory_access(struct code *c, struct input *in, u8 op)
{
    u32 address = pick_address(in);
    bool is_write = op & 0x40;
    if (!c->is_32) {
        put8(c, 0xb8); // MOV AX, segment; MOV DS, AX
        put16(c, address >> 4);
        put16(c, 0xd88e);
    }
    if (is_write) {
        put_mov(c, 0, take32(in));
    }
    u8 width = op >> 4 & 3;
    if (width) {
        put_size(c, width == 2);
    }
    put8(c, (u8)((is_write ? 0xa2 : 0xa0) + (width != 0)));
    c->is_32 ? put32(c, address) : put16(c, address & 0xf);
}

// REP INS, OUTS, MOVS, STOS with counts and addresses.
static void put_string(struct code *c, struct input *in, u8 op)
{
    static const u8 codes[] = {0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xaa, 0xab};
    put_mov(c, 1, take16(in) % 2048);
    put_mov(c, 2, pick_port(in));
    put_mov(c, 6, pick_address(in));
    put_mov(c, 7, pick_address(in));
    put8(c, 0xf3);
    put8(c, codes[op >> 4 & 7]);
}

static void put_ata(struct code *c, struct input *in)
{
    static const u16 offsets[] = {6, 2, 3, 4, 5, 7};
    for (unsigned n = 0; n < COUNT_OF(offsets); n++) {
        put_mov(c, 2, 0x1f0u + offsets[n]);
        put_mov(c, 0, offsets[n] == 6 ? 0xe0 : take8(in) & (offsets[n] == 4 ? 1 : 0xff));
        put8(c, 0xee);
    }
}

static void put_step(struct code *c, struct input *in)
{
    u8 op = take8(in);
    switch (op % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: put_port_access(c, in, op); break;
    case 5:
    case 6:
    case 7: put_memory_access(c, in, op); break;
    case 8: put_string(c, in, op); break;
    case 9: put_ata(c, in); break;
    case 10: put8(c, op & 0x10 ? 0xfb : 0xfa); break; // STI, CLI
    case 11: put16(c, 0xf4fb); break;                 // STI; HLT
    case 12:                                          // a loop that lets time pass
        put_mov(c, 1, take16(in) % 4096);
        put16(c, 0xfee2);
        break;
    default:
        for (unsigned n = 1u + op / 16u; n > 0; n--) {
            put8(c, take8(in));
        }
        break;
    }
}

// The jump at the end of the firmware, an IDT or interrupt table, and the way into protected mode.
static void put_start(struct code *c, bool is_protected)
{
    static const u8 reset[] = {0xea, 0x00, 0x10, 0x00, 0xf0};
    static const u8 gdt[] = {0,    0,    0,    0,    0,    0,    0,    0,    0xff, 0xff, 0,    0,
                             0,    0x9b, 0xcf, 0,    0xff, 0xff, 0,    0,    0,    0x93, 0xcf, 0,
                             0x17, 0,    0x00, 0x08, 0x0f, 0,    0xff, 0x01, 0x00, 0x0a, 0x0f, 0};
    memcpy(c->bytes + 0xfff0, reset, sizeof reset);
    memcpy(c->bytes + 0x800, gdt, sizeof gdt);
    for (unsigned n = 0; n < 64; n++) { // interrupt gates to an IRET at F0900h
        store_le32(c->bytes + 0xa00 + 8 * n, 8u << 16 | 0x0900);
        store_le32(c->bytes + 0xa04 + 8 * n, 0x000f8e00);
    }
    c->bytes[0x900] = 0xcf;
    static const u8 real[] = {// the same in real mode: 256 vectors F000:0900
                              0xfc, 0x31, 0xc0, 0x8e, 0xc0, 0x8e, 0xd0, 0x31, 0xff,
                              0xbc, 0x00, 0x7c, 0xb9, 0x00, 0x01, 0xb8, 0x00, 0x09,
                              0xab, 0xb8, 0x00, 0xf0, 0xab, 0xe2, 0xf7};
    for (unsigned n = 0; n < sizeof real; n++) {
        put8(c, real[n]);
    }
    if (!is_protected) {
        return;
    }
    static const u8 enter[] = {0x2e, 0x0f, 0x01, 0x16, 0x18, 0x08, 0x2e, 0x0f, 0x01, 0x1e, 0x1e,
                               0x08, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0x66, 0xea};
    for (unsigned n = 0; n < sizeof enter; n++) {
        put8(c, enter[n]);
    }
    put32(c, 0xf0000 + CODE_AT + c->used + 6);
    put16(c, 8);
    c->is_32 = true;
    put_mov(c, 0, 0x10);
    put16(c, 0xd88e);
    put16(c, 0xc08e);
    put16(c, 0xd08e);
    put_mov(c, 4, 0x7c00);
}

static void make_firmware(u8 *bios, struct input in, bool is_protected)
{
    struct code c = {.bytes = bios};
    memset(bios, 0xf4, BIOS_BYTES);
    put_start(&c, is_protected);
    while (in.left > 0) {
        put_step(&c, &in);
    }
    put16(&c, 0xfeeb); // JMP $
}

// --- running ---

static struct vt_machine *create(struct bench *b, const u8 *bios, u8 options)
{
    memset(b, 0, sizeof *b);
    for (unsigned n = 0; n < DISK_BYTES; n += 64) {
        store_le32(b->image + n, n * 2654435761u);
    }
    b->host = (struct vt_host){
        .owner = b,
        .alloc = guarded_alloc,
        .release = guarded_release,
        .disk_read = image_read,
        .disk_write = image_write,
        .serial_write = serial_write,
    };
    struct vt_drive disk = {.is_present = true, .size_bytes = DISK_BYTES};
    struct vt_drive snapshot = {
        .is_present = true, .is_snapshot = true, .host_disk = 1, .size_bytes = DISK_BYTES};
    static const char *const models[4] = {"486", "pentium", "pentium3", "max"};
    struct vt_pc_config config = {
        .ram_bytes = (1u + (options >> 2 & 3)) << 20,
        .cpu = models[options & 3],
        .bios = {bios, BIOS_BYTES},
        .has_vga = true,
        .ide = {disk, snapshot},
        .rtc_unix_seconds = 1150560081,
        .has_debugcon = true,
        .debug_exit_port = 0x501,
        .exit_on_triple_fault = true,
        .serial_port_count = 2,
    };
    struct vt_machine *vm;
    CLAIM(vt_pc_create(&config, &b->host, &vm) == VT_OK);
    return vm;
}

static struct vt_stop run(struct vt_machine *vm, u64 instructions, unsigned longest, u32 seed)
{
    struct dice d = dice_from(seed);
    struct vt_stop stop = {0};
    u64 end = 0;
    while (end < instructions) {
        end += longest ? 1 + roll(&d) % longest : instructions;
        end = end < instructions ? end : instructions;
        stop = vt_run(vm, end, 100000000);
        CLAIM(vt_instructions(vm) <= end);
        if (stop.reason != VT_STOP_LIMIT) {
            break;
        }
    }
    return stop;
}

// Without the video memory, which takes longer than everything else; nobody but the VGA writes it.
static u64 digest_of(struct vt_machine *vm, const struct bench *b)
{
    struct pc *pc = (struct pc *)vm; // its first member
    struct digest d;
    digest_init(&d);
    dev_digest_all(&pc->m.devs, &d);
    digest_add(&d, pc->ram, (size_t)pc->ram_bytes);
    digest_add(&d, pc->vram, 0x20000);
    digest_add(&d, b->image, sizeof b->image);
    digest_add_u64(&d, b->seen);
    digest_add_u64(&d, clock_now_ns(&pc->m.clock));
    digest_add_u64(&d, clock_instructions(&pc->m.clock));
    return digest_end(&d);
}

static void feed_input(struct vt_machine *vm, u8 options)
{
    if (options & 0x40) {
        (void)vt_key(vm, 0x1e, true);
        vt_mouse(vm, 3, -4, 0, 1);
        (void)vt_serial_input(vm, 0, (const u8 *)"fuzz", 4);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    static struct bench benches[2];
    static u8 bios[BIOS_BYTES];
    struct input in = {data, size_bytes};
    u8 options = take8(&in), how = take8(&in);
    u64 instructions = 1 + take16(&in) % INSTRUCTIONS_MAX;
    make_firmware(bios, in, options & 0x80);
    u64 digests[2];
    struct vt_stop stops[2];
    for (unsigned n = 0; n < 2; n++) {
        struct vt_machine *vm = create(&benches[n], bios, options);
        feed_input(vm, options);
        stops[n] = run(vm, instructions, n == 0 ? 0 : 1u << how % 16, how);
        digests[n] = digest_of(vm, &benches[n]);
        static struct vt_text_screen screen;
        (void)vt_text_screen(vm, &screen);
        vt_destroy(vm);
    }
    CLAIM(stops[0].reason == stops[1].reason && stops[0].code == stops[1].code);
    CLAIM(digests[0] == digests[1]);
    return 0;
}
