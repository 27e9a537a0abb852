// What `info` shows.
#include "front/cli/monitor_commands.h"

#include "front/cli/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VALUES_AT_ONCE = 64, LINE_COLUMNS = 78 };

static uint64_t reg(const struct monitor *m, const char *name)
{
    return vt_register(m->vm, (unsigned)vt_register_by_name(m->vm, name));
}

// --- registers ---

static void show_flags(const struct monitor *m)
{
    const struct vt_description *d = vt_describe(m->vm);

    for (unsigned n = 0; n < d->flag_count; n++) {
        const struct vt_flag_info *f = &d->flags[n];

        if (d->registers[f->reg].role != VT_ROLE_FLAGS) {
            continue;
        }
        uint64_t value = vt_register(m->vm, f->reg) >> f->first_bit & ((1u << f->bits) - 1);

        if (f->bits > 1) {
            monitor_print(m, " %s=%" PRIu64, f->name, value);
        } else if (value) {
            monitor_print(m, " %s", f->name);
        }
    }
    monitor_print(m, "\n");
}

static void show_segment(const struct monitor *m, const char *name)
{
    static const char *const parts[] = {"base", "limit", "rights"};
    uint64_t values[3];

    for (unsigned n = 0; n < 3; n++) {
        char full[16];

        snprintf(full, sizeof full, "%s.%s", name, parts[n]);
        values[n] = reg(m, full);
    }
    monitor_print(m,
                  "%-4s %04" PRIx64 "  base %08" PRIx64 "  limit %08" PRIx64 "  rights %04" PRIx64,
                  name, reg(m, name), values[0], values[1], values[2]);
    monitor_print(m, "  dpl %" PRIu64 " %s%s%s\n", values[2] >> 5 & 3,
                  !(values[2] & 0x10) ? "system"
                  : values[2] & 8     ? "code"
                                      : "data",
                  (values[2] & 0x18) == 0x18 ? values[2] & 0x4000 ? " 32" : " 16" : "",
                  values[2] & 0x80 ? "" : " not present");
}

static const char *mode(const struct monitor *m)
{
    if (!(reg(m, "cr0") & 1)) {
        return "real mode";
    }
    return reg(m, "eflags") & 0x20000 ? "virtual-8086 mode" : "protected mode";
}

static void show_registers(const struct monitor *m, const char *rest)
{
    static const char *const general[] = {"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp"};
    static const char *const segments[] = {"cs", "ss", "ds", "es", "fs", "gs", "ldtr", "tr"};

    (void)rest;
    for (unsigned n = 0; n < 8; n++) {
        monitor_print(m, "%s %08" PRIx64 "%s", general[n], reg(m, general[n]),
                      n % 4 == 3 ? "\n" : "  ");
    }
    monitor_print(m, "eip %08" PRIx64 "  eflags %08" PRIx64, reg(m, "eip"), reg(m, "eflags"));
    show_flags(m);
    for (unsigned n = 0; n < 8; n++) {
        show_segment(m, segments[n]);
    }
    monitor_print(
        m, "gdtr %08" PRIx64 " limit %04" PRIx64 "   idtr %08" PRIx64 " limit %04" PRIx64 "\n",
        reg(m, "gdtr.base"), reg(m, "gdtr.limit"), reg(m, "idtr.base"), reg(m, "idtr.limit"));
    monitor_print(m, "cr0 %08" PRIx64 "  cr2 %08" PRIx64 "  cr3 %08" PRIx64 "  cr4 %08" PRIx64 "\n",
                  reg(m, "cr0"), reg(m, "cr2"), reg(m, "cr3"), reg(m, "cr4"));
    monitor_print(m, "%s, cpl %" PRIu64 "%s\n", mode(m), reg(m, "cpl"),
                  vt_is_idle(m->vm) ? ", halted" : "");
    monitor_show_instruction(m, reg(m, "pc"), true);
}

// Every register of the description, under its group's name.
static void show_all(const struct monitor *m, const char *rest)
{
    const struct vt_description *d = vt_describe(m->vm);

    (void)rest;
    for (unsigned group = 0; group < d->group_count; group++) {
        monitor_print(m, "%s\n", d->groups[group]);
        for (unsigned n = 0; n < d->register_count; n++) {
            const struct vt_register_info *r = &d->registers[n];

            if (r->group == group) {
                monitor_print(m, "  %-11s %0*" PRIx64 "%*s %s\n", r->name, (r->bits + 3) / 4,
                              vt_register(m->vm, n), 17 - (r->bits + 3) / 4, "", r->text);
            }
        }
    }
}

// --- memory ---

void monitor_show_instruction(const struct monitor *m, uint64_t address, bool is_next)
{
    struct vt_instruction i;
    char bytes[2 * VT_INSTRUCTION_CELLS + 1] = "";

    vt_instruction_at(m->vm, address, &i);
    for (unsigned n = 0; n < i.length; n++) {
        snprintf(bytes + 2 * n, 3, "%02x", i.cells[n] & 0xffu);
    }
    monitor_print(m, "%s %08" PRIx64 "  %-16s  %s\n", is_next ? "=>" : "  ", address, bytes,
                  i.text);
}

void monitor_show_walk(const struct monitor *m, uint64_t linear)
{
    struct vt_page_walk w;

    if (!vt_page_walk(m->vm, linear, &w) || !w.is_paged) {
        monitor_print(m, "paging is off: the physical address is the same\n");
        return;
    }
    for (unsigned n = 0; n < w.level_count; n++) {
        if (w.levels[n].address == UINT64_MAX) {
            monitor_print(m, "%-5s              %016" PRIx64 "\n", w.levels[n].name,
                          w.levels[n].entry);
        } else {
            monitor_print(m, "%-5s at %09" PRIx64 " %016" PRIx64 "\n", w.levels[n].name,
                          w.levels[n].address, w.levels[n].entry);
        }
    }
    if (!w.is_mapped) {
        monitor_print(m, "not mapped\n");
        return;
    }
    monitor_print(m, "physical %09" PRIx64 ", page of %" PRIu64 " KiB, %s, %s%s\n", w.physical,
                  w.page_bytes / 1024, w.is_user ? "user" : "supervisor",
                  w.is_writable ? "writable" : "read only",
                  w.is_executable ? "" : ", no execution");
}

// Linear addresses that map one after the other with the same rights.
struct range {
    uint64_t first, next, physical;
    unsigned rights;
    bool is_open;
};

static void end_range(const struct monitor *m, struct range *r)
{
    if (r->is_open) {
        monitor_print(m, "%08" PRIx64 "-%08" PRIx64 " -> %09" PRIx64 "  %c%c%c\n", r->first,
                      r->next - 1, r->physical, r->rights & 4 ? 'u' : '-',
                      r->rights & 2 ? 'w' : 'r', r->rights & 1 ? 'x' : '-');
    }
    r->is_open = false;
}

static void add_page(const struct monitor *m, struct range *r, uint64_t linear,
                     const struct vt_page_walk *w)
{
    unsigned rights =
        (w->is_user ? 4u : 0) | (w->is_writable ? 2u : 0) | (w->is_executable ? 1u : 0);
    bool goes_on = r->is_open && r->next == linear && r->rights == rights &&
                   r->physical + (linear - r->first) == w->physical;

    if (!goes_on) {
        end_range(m, r);
        *r = (struct range){linear, linear, w->physical, rights, true};
    }
    r->next = linear + w->page_bytes;
}

// Bytes that an entry stands for which ends the walk.
static uint64_t step_of(const struct vt_page_walk *w, bool is_pae)
{
    if (w->is_mapped) {
        return w->page_bytes;
    }
    if (is_pae) {
        return w->level_count == 1 ? 1u << 30 : w->level_count == 2 ? 1u << 21 : 4096;
    }
    return w->level_count == 1 ? 1u << 22 : 4096;
}

static void show_map(const struct monitor *m, const char *rest)
{
    bool is_pae = (reg(m, "cr4") & 0x20) != 0;
    struct vt_page_walk w;
    struct range range = {0};

    (void)rest;
    if (!vt_page_walk(m->vm, 0, &w) || !w.is_paged) {
        monitor_print(m, "paging is off\n");
        return;
    }
    monitor_print(m, "linear               physical   user, writable, executable\n");
    for (uint64_t linear = 0; linear < UINT64_C(1) << 32;) {
        vt_page_walk(m->vm, linear, &w);
        if (w.is_mapped) {
            add_page(m, &range, linear, &w);
        }
        linear += step_of(&w, is_pae);
    }
    end_range(m, &range);
}

// --- devices ---

static void show_devices(const struct monitor *m, const char *rest)
{
    const char *name;

    (void)rest;
    for (unsigned n = 0; (name = vt_device(m->vm, n)) != NULL; n++) {
        monitor_print(m, "%s%s", n ? " " : "", name);
    }
    monitor_print(m, "\n");
}

// The values of one device, as many on a line as fit. Zeros of arrays are left out.
static void show_values(const struct monitor *m, unsigned device)
{
    struct vt_device_value values[VALUES_AT_ONCE];
    unsigned first = 0, count;
    int column = 0;

    while ((count = vt_device_values(m->vm, device, first, values, VALUES_AT_ONCE)) > 0) {
        for (unsigned n = 0; n < count; n++) {
            char text[100];
            int length =
                snprintf(text, sizeof text, "%s=%" PRIx64, values[n].name, values[n].value);

            if (values[n].value == 0 && strchr(values[n].name, '[')) {
                continue;
            }
            if (column > 0 && column + length + 2 > LINE_COLUMNS) {
                monitor_print(m, "\n");
                column = 0;
            }
            monitor_print(m, "  %s", text);
            column += length + 2;
        }
        first += count;
    }
    monitor_print(m, "\n");
}

// Devices whose names begin with `prefix`. False: there are none.
static bool show_matching(const struct monitor *m, const char *prefix)
{
    bool is_found = false;
    const char *name;

    for (unsigned n = 0; (name = vt_device(m->vm, n)) != NULL; n++) {
        if (strncmp(name, prefix, strlen(prefix)) == 0) {
            monitor_print(m, "%s\n", name);
            show_values(m, n);
            is_found = true;
        }
    }
    return is_found;
}

static void show_device(const struct monitor *m, const char *rest)
{
    if (*rest == 0 || !show_matching(m, rest)) {
        monitor_print(m, "which device? ");
        show_devices(m, "");
    }
}

static void show_interrupts(const struct monitor *m, const char *rest)
{
    static const char *const controllers[] = {"pic", "ioapic", "lapic"};

    (void)rest;
    for (unsigned n = 0; n < 3; n++) {
        show_matching(m, controllers[n]);
    }
}

// --- the rest ---

static void show_media(const struct monitor *m, const char *rest)
{
    static const char *const names[VT_SLOTS] = {"hda", "hdb", "hdc", "hdd", "fda", "fdb"};

    (void)rest;
    for (unsigned slot = 0; slot < VT_SLOTS; slot++) {
        const char *path = m->host.medium(m->host.owner, (enum vt_slot)slot);

        monitor_print(m, "%s  %s\n", names[slot], path ? path : "-");
    }
}

static void show_status(const struct monitor *m, const char *rest)
{
    struct vt_stats s;

    (void)rest;
    vt_stats(m->vm, &s);
    monitor_print(m, "%" PRIu64 " instructions, guest time %.6f s, of which halted %.6f s\n",
                  s.instructions, (double)s.guest_ns / 1e9, (double)s.halted_ns / 1e9);
    monitor_print(m,
                  "interrupts %" PRIu64 ", exceptions %" PRIu64 "; ports %" PRIu64 " read, %" PRIu64
                  " written; sectors %" PRIu64 " read, %" PRIu64 " written\n",
                  s.interrupts, s.exceptions, s.port_reads, s.port_writes, s.disk_reads,
                  s.disk_writes);
}

static const struct topic {
    const char *names;
    const char *help;
    void (*show)(const struct monitor *m, const char *rest);
} topics[] = {
    {"registers|r|cpus", "general, segment and control registers, the next instruction",
     show_registers},
    {"all", "every register with what it is for", show_all},
    {"mem|tlb", "which linear addresses are mapped where", show_map},
    {"irq|pic|interrupts", "interrupt controllers", show_interrupts},
    {"devices|qtree", "the devices' names", show_devices},
    {"device", "the state of the devices whose names begin so: info device pit", show_device},
    {"block|media", "what is in the drives", show_media},
    {"status", "time and counts", show_status},
};

enum { TOPICS = sizeof topics / sizeof topics[0] };

void monitor_show_topics(const struct monitor *m)
{
    for (unsigned n = 0; n < TOPICS; n++) {
        int length = (int)strcspn(topics[n].names, "|");

        monitor_print(m, "  info %.*s%*s %s\n", length, topics[n].names, 12 - length, "",
                      topics[n].help);
    }
}

void monitor_info(const struct monitor *m, const char *topic)
{
    size_t length = strcspn(topic, " ");
    const char *rest = topic + length + strspn(topic + length, " ");
    char name[32];

    snprintf(name, sizeof name, "%.*s", (int)length, topic);
    for (unsigned n = 0; n < TOPICS; n++) {
        if (name_is_one_of(name, topics[n].names)) {
            topics[n].show(m, rest);
            return;
        }
    }
    if (!show_matching(m, name)) {
        monitor_print(m, "no topic '%s'; there are:\n", name);
        monitor_show_topics(m);
    }
}
