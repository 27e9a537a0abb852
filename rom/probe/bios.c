// The services and tables of the firmware that operating systems ask for.
#include "probe.h"

struct service {
    const char *name;
    u8 number;
    u32 eax, ebx, ecx, edx;
};

static void call(const struct service *s)
{
    struct registers r = {.eax = s->eax,
                          .ebx = s->ebx,
                          .ecx = s->ecx,
                          .edx = s->edx,
                          .edi = (u32)buffer,
                          .esi = (u32)buffer};
    int is_good = bios(s->number, &r);
    say("bios %s good %u eax %l ebx %l ecx %l edx %l edi %l\n", s->name, is_good, r.eax, r.ebx,
        r.ecx, r.edx, r.edi == (u32)buffer ? 0 : r.edi);
}

static const struct service services[] = {
    {"equipment", 0x11},
    {"memory", 0x12},
    {"extended memory", 0x15, 0x8800},
    {"e801", 0x15, 0xE801},
    {"a20 state", 0x15, 0x2402},
    {"a20 support", 0x15, 0x2403},
    {"ebda", 0x15, 0xC100},
    {"mouse", 0x15, 0xC201, 0},
    {"eisa", 0x15, 0xD800},
    {"apm check", 0x15, 0x5300},
    {"apm connect", 0x15, 0x5301},
    {"apm disconnect", 0x15, 0x5304},
    {"apm 16 bit", 0x15, 0x5302},
    {"apm disconnect", 0x15, 0x5304},
    {"apm 32 bit", 0x15, 0x5303},
    {"apm version", 0x15, 0x530E, 0, 0x0102},
    {"apm status", 0x15, 0x530A, 1},
    {"apm event", 0x15, 0x530B},
    {"apm state", 0x15, 0x530C, 1},
    {"apm disconnect", 0x15, 0x5304},
    {"pci present", 0x1A, 0xB101},
    {"pci find bridge", 0x1A, 0xB102, 0, 0x1237, 0x8086},
    {"pci find class", 0x1A, 0xB103, 0, 0x010180},
    {"pci read word", 0x1A, 0xB109, 0x0000, 0, 0},
    {"keyboard", 0x16, 0x0900},
    {"drive 0", 0x13, 0x0800, 0, 0, 0x00},
    {"drive 1", 0x13, 0x0800, 0, 0, 0x01},
    {"drive 80", 0x13, 0x0800, 0, 0, 0x80},
    {"drive 81", 0x13, 0x0800, 0, 0, 0x81},
    {"type 0", 0x13, 0x1500, 0, 0, 0x00},
    {"type 80", 0x13, 0x1500, 0, 0, 0x80},
    {"type 81", 0x13, 0x1500, 0, 0, 0x81},
    {"extensions 80", 0x13, 0x4100, 0x55AA, 0, 0x80},
    {"extensions 81", 0x13, 0x4100, 0x55AA, 0, 0x81},
    {"extensions 0", 0x13, 0x4100, 0x55AA, 0, 0x00},
    {"video", 0x10, 0x0F00},
    {"video combination", 0x10, 0x1A00},
    {"video select", 0x10, 0x1210, 0xFF10},
    {"serial", 0x14, 0x0300, 0, 0, 0},
    {"printer", 0x17, 0x0200, 0, 0, 0},
};

static void probe_memory_map(void)
{
    struct registers r = {.ebx = 0};
    for (unsigned n = 0; n < 20; n++) {
        r = (struct registers){
            .eax = 0xE820, .ebx = r.ebx, .ecx = 20, .edx = 0x534D4150, .edi = (u32)buffer};
        if (!bios(0x15, &r)) {
            break;
        }
        say("bios e820%m\n", buffer, 20);
        if (!r.ebx) {
            break;
        }
    }
}

static void probe_edd(void)
{
    for (unsigned n = 0; n < 128; n++) {
        buffer[n] = 0;
    }
    buffer[0] = 0x4A;
    struct registers r = {.eax = 0x4800, .edx = 0x80, .esi = (u32)buffer};
    say("bios edd good %u", bios(0x13, &r));
    say("%m\n", buffer, 0x4A);
    u32 parameters = buffer[26] | buffer[27] << 8 | (u32)(buffer[28] | buffer[29] << 8) << 16;
    if (buffer[0] >= 30 && parameters != 0xFFFFFFFF) {
        say("bios edd parameters");
        for (unsigned n = 0; n < 16; n++) {
            say(" %b", peek((parameters >> 16 << 4) + (parameters & 0xFFFF) + n));
        }
        say("\n");
    }
}

void probe_bios(void)
{
    for (unsigned n = 0; n < COUNT_OF(services); n++) {
        call(&services[n]);
    }
    struct registers r = {.eax = 0xC000};
    say("bios c0 good %u", bios(0x15, &r));
    for (unsigned n = 0; n < 10; n++) {
        say(" %b", peek(((u32)r.es << 4) + (r.ebx & 0xFFFF) + n));
    }
    say("\n");
    probe_memory_map();
    probe_edd();
    say("bios data");
    for (u32 at = 0x400; at < 0x418; at++) {
        say(" %b", peek(at));
    }
    say(" disks %b mode %b\n", peek(0x475), peek(0x449));
}

// --- tables in the BIOS's memory ---

static int is_text_at(u32 at, const char *text)
{
    for (; *text; text++, at++) {
        if (peek(at) != (u8)*text) {
            return 0;
        }
    }
    return 1;
}

static u8 sum_of(u32 at, unsigned count)
{
    u8 sum = 0;
    while (count--) {
        sum = (u8)(sum + peek(at++));
    }
    return sum;
}

struct table {
    const char *name;
    u8 shown;     // bytes
    u8 length_at; // of the byte with the length; 0: `shown` are all
    u8 unit;      // of the length
};

static void say_table(const struct table *t, u32 at)
{
    unsigned length = t->length_at ? peek(at + t->length_at) * t->unit : t->shown;
    say("table %s sum %b:", t->name, sum_of(at, length));
    for (unsigned n = 0; n < t->shown; n++) {
        say(" %b", peek(at + n));
    }
    say("\n");
}

// The BIOS's block move, for what lies above 1 MiB.
static int fetch(u32 from, unsigned count)
{
    static u8 gdt[48];
    for (unsigned n = 0; n < sizeof gdt; n++) {
        gdt[n] = 0;
    }
    u32 bases[2] = {from, (u32)buffer};
    for (unsigned n = 0; n < 2; n++) {
        u8 *d = gdt + 16 + 8 * n;
        d[0] = d[1] = 0xFF;
        d[2] = (u8)bases[n];
        d[3] = (u8)(bases[n] >> 8);
        d[4] = (u8)(bases[n] >> 16);
        d[5] = 0x93;
        d[7] = (u8)(bases[n] >> 24);
    }
    struct registers r = {.eax = 0x8700, .ecx = count / 2, .esi = (u32)gdt};
    return bios(0x15, &r);
}

static u32 buffered32(unsigned at)
{
    return buffer[at] | buffer[at + 1] << 8 | buffer[at + 2] << 16 | (u32)buffer[at + 3] << 24;
}

static void probe_acpi(u32 rsdp)
{
    u32 rsdt = peek32(rsdp + 16), entries[16];
    fetch(rsdt, 128);
    unsigned count = (buffered32(4) - 36) / 4;
    for (unsigned n = 0; n < count && n < COUNT_OF(entries); n++) {
        entries[n] = buffered32(36 + 4 * n);
    }
    for (unsigned n = 0; n < count && n < COUNT_OF(entries); n++) {
        fetch(entries[n], 256);
        say("acpi length %l revision %b:%m\n", buffered32(4), buffer[8], buffer, 4);
        if (buffer[0] == 'F') {
            say("acpi facp%m\n", buffer + 44, 116 - 44);
        } else {
            unsigned length = buffered32(4) < 160 ? buffered32(4) : 160;
            say("acpi body%m\n", buffer + 36, length - 36);
        }
    }
}

void probe_tables(void)
{
    static const struct table tables[] = {
        {"_32_", 16, 9, 16}, {"$PnP", 33, 5, 1}, {"$PIR", 32, 6, 1},
        {"_MP_", 16, 8, 16}, {"_SM_", 31, 5, 1}, {"RSD PTR ", 20, 0, 1},
    };
    for (unsigned n = 0; n < COUNT_OF(tables); n++) {
        unsigned found = 0;
        for (u32 at = 0xE0000; at < 0x100000; at += 16) {
            if (is_text_at(at, tables[n].name)) {
                say_table(&tables[n], at);
                found++;
                if (n == 2) {
                    unsigned length = peek(at + 6) | peek(at + 7) << 8;
                    say("table $PIR length %u slots:", length);
                    for (unsigned i = 32; i < length; i++) {
                        say(" %b", peek(at + i));
                    }
                    say("\n");
                } else if (n == 5) {
                    probe_acpi(at);
                }
            }
        }
        say("table %s found %u\n", tables[n].name, found);
    }
    say("rom date");
    for (u32 at = 0xFFFF0; at < 0x100000; at++) {
        say(" %b", peek(at));
    }
    say("\n");
    for (u32 at = 0xC0000; at < 0xF0000; at += 2048) {
        if (is_text_at(at, "\x55\xAA")) {
            say("rom at %l size %b sum %b\n", at, peek(at + 2), sum_of(at, peek(at + 2) * 512));
        }
    }
}
