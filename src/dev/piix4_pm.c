// Power management of the PIIX4, PCI function 3 beside a PIIX3.
//
//     configuration  40h PMBASE | 58h DEVACTB | 5Ch to 7Fh DEVRESA to J |
//                    80h PMREGMISC: 0 decode PMBASE | 90h SMBus base | D2h 0 decode the SMBus
//     DEVRESA        31 parallel port decoded, 30..29 where (0: 378h), 28 floppy controller
//     DEVRESC        31 serial port B, 30..28 where (1: 2F8h), 27 serial port A, 26..24 (0: 3F8h)
//     PMBASE + 0  PM1 status   15 woken, 10 RTC, 8 power button, 5 global, 4 bus master, 0 timer
//            + 2  PM1 enable   10, 8, 5, 0
//            + 4  PM1 control  13 go, 12..10 where to (0: off), 0 SCI rather than SMI
//            + 8  timer        24 bits at 3.579545 MHz
//     600h        PMBASE's registers again (QUIRK: kernels without ACPI know where QEMU's firmware
//                 has them, and power off by 2000h to 604h)
//     AFE0h       general purpose events: status, enable (where QEMU's firmware expects them)
//     AE00h       its slot hot-plug registers: nothing can be plugged
//     B2h, B3h    APM control and status; F1h and F0h turn ACPI on and off, as the SMI handler of a
//                 firmware would
//
// There is no system management mode: DEVACTB says that SMIs by B2h are set up already, which makes
// SeaBIOS leave SMM alone. A firmware sets DEVRES for the chips that it has found; SeaBIOS counts
// on QEMU to have done so, and its ACPI tables ask these bits whether a port is there. What they
// decode makes no difference here, where ISA devices answer anyway.
//
// Not implemented: sleeping (S1 to S4), SMIs, device monitors, GPIO, devices on the SMBus (every
// address goes unanswered).
#include "dev/piix4_pm.h"

#include "base/bytes.h"

enum {
    PMBASE = 0x40,
    DEVACTB = 0x58,
    DEVRESA = 0x5C,
    DEVRESC = 0x64,
    DEVRES_END = 0x80,
    PMREGMISC = 0x80,
    SMBBASE = 0x90,
    SMBHSTCFG = 0xD2,
    APMC_ENABLED = 0x02, // in DEVACTB's last byte

    PM_PORTS = 64,
    QEMU_PM_BASE = 0x600,
    SMBUS_PORTS = 16,
    GPE_BASE = 0xAFE0,
    HOTPLUG_BASE = 0xAE00,
    HOTPLUG_PORTS = 0x14,

    STATUS_TIMER = 0x01,  // first byte
    STATUS_BUTTON = 0x01, // second byte
    STATUS_WOKEN = 0x80,  // second byte
    CONTROL_SCI = 0x01,   // first byte
    CONTROL_GO = 0x20,    // second byte
    CONTROL_TYPE = 0x1C,  // second byte
    TYPE_OFF = 0x00,      // what the firmware's \_S5 says
    TYPE_DISK = 0x08,     // S4: the guest has saved itself, off as well

    SMBUS_START = 0x40,
    SMBUS_NO_ANSWER = 0x04,
};

static const u64 TIMER_HZ = 3579545;
static const unsigned TIMER_TOP_BIT = 23;

static const struct pci_identity piix4_pm_identity = {
    .vendor = 0x8086,
    .device = 0x7113,
    .subsystem_vendor = 0x1AF4,
    .subsystem = 0x1100,
    .class_code = 0x068000,
    .revision = 3,
    .interrupt_pin = 1,
};

static const struct field piix4_pm_fields[] = {
    FIELD_ARRAY(struct piix4_pm_state, config),
    FIELD_ARRAY(struct piix4_pm_state, pm1_status),
    FIELD_ARRAY(struct piix4_pm_state, pm1_enable),
    FIELD_ARRAY(struct piix4_pm_state, pm1_control),
    FIELD_ARRAY(struct piix4_pm_state, gpe_status),
    FIELD_ARRAY(struct piix4_pm_state, gpe_enable),
    FIELD(struct piix4_pm_state, apm_control),
    FIELD(struct piix4_pm_state, apm_status),
    FIELD(struct piix4_pm_state, timer_toggles_seen),
    FIELD(struct piix4_pm_state, smbus_status),
    FIELD_ARRAY(struct piix4_pm_state, smbus),
};
static const struct field_table piix4_pm_table =
    FIELD_TABLE("piix4_pm", 1, struct piix4_pm_state, piix4_pm_fields);

// --- timer and interrupt ---

static u64 timer_ticks(const struct piix4_pm *p)
{
    return clock_ticks(clock_now_ns(p->clock), TIMER_HZ);
}

// Notes that bit 23 has toggled since the last look.
static void look_at_timer(struct piix4_pm *p)
{
    u64 toggles = timer_ticks(p) >> TIMER_TOP_BIT;
    if (toggles != p->s.timer_toggles_seen) {
        p->s.timer_toggles_seen = toggles;
        p->s.pm1_status[0] |= STATUS_TIMER;
    }
}

static void update_sci(struct piix4_pm *p)
{
    const struct piix4_pm_state *s = &p->s;
    bool is_due = false;
    for (unsigned n = 0; n < 2; n++) {
        is_due |= (s->pm1_status[n] & s->pm1_enable[n]) || (s->gpe_status[n] & s->gpe_enable[n]);
    }
    line_set(&p->sci, is_due && (s->pm1_control[0] & CONTROL_SCI));
    if (s->pm1_enable[0] & STATUS_TIMER) {
        u64 next = (s->timer_toggles_seen + 1) << TIMER_TOP_BIT;
        clock_arm(p->clock, &p->timer_event, clock_ns_of_ticks(next, TIMER_HZ));
    } else {
        clock_disarm(p->clock, &p->timer_event);
    }
}

static void timer_due(void *owner)
{
    struct piix4_pm *p = owner;
    look_at_timer(p);
    update_sci(p);
}

void piix4_pm_power_button(struct piix4_pm *p)
{
    p->s.pm1_status[1] |= STATUS_BUTTON;
    update_sci(p);
}

// --- the PM block, byte by byte ---

static u8 pm_read_byte(struct piix4_pm *p, unsigned offset)
{
    const struct piix4_pm_state *s = &p->s;
    switch (offset) {
    case 0:
    case 1: return s->pm1_status[offset];
    case 2:
    case 3: return s->pm1_enable[offset - 2];
    case 4:
    case 5: return s->pm1_control[offset - 4];
    case 8:
    case 9:
    case 10: return (u8)(timer_ticks(p) >> 8 * (offset - 8));
    default: return 0;
    }
}

static void go_to_sleep(struct piix4_pm *p)
{
    u8 type = p->s.pm1_control[1] & CONTROL_TYPE;
    if (type == TYPE_OFF || type == TYPE_DISK) {
        line_set(&p->power_off, true);
        return;
    }
    log_stub(p->log, "pm: the guest wants to sleep (type %u), it is woken at once",
             (unsigned)type >> 2);
    p->s.pm1_status[1] |= STATUS_WOKEN;
}

static void pm_write_byte(struct piix4_pm *p, unsigned offset, u8 value)
{
    struct piix4_pm_state *s = &p->s;
    switch (offset) {
    case 0:
    case 1: s->pm1_status[offset] &= (u8)~value; break;
    case 2: s->pm1_enable[0] = value & 0x21; break;
    case 3: s->pm1_enable[1] = value & 0x05; break;
    case 4: s->pm1_control[0] = value & 0x03; break;
    case 5:
        s->pm1_control[1] = value & CONTROL_TYPE; // the bit that starts it reads as 0
        if (value & CONTROL_GO) {
            go_to_sleep(p);
        }
        break;
    default: break;
    }
}

static u32 pm_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct piix4_pm *p = owner;
    u32 value = 0;
    look_at_timer(p);
    for (unsigned n = 0; n < size_bytes; n++) {
        value |= (u32)pm_read_byte(p, offset + n) << 8 * n;
    }
    return value;
}

static void pm_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct piix4_pm *p = owner;
    look_at_timer(p);
    for (unsigned n = 0; n < size_bytes; n++) {
        pm_write_byte(p, offset + n, (u8)(value >> 8 * n));
    }
    update_sci(p);
}

// --- the other ports ---

static u32 gpe_read(void *owner, unsigned offset, unsigned size_bytes)
{
    const struct piix4_pm *p = owner;
    (void)size_bytes;
    return offset < 2 ? p->s.gpe_status[offset] : p->s.gpe_enable[offset - 2];
}

static void gpe_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct piix4_pm *p = owner;
    (void)size_bytes;
    if (offset < 2) {
        p->s.gpe_status[offset] &= (u8)~value;
    } else {
        p->s.gpe_enable[offset - 2] = (u8)value;
    }
    update_sci(p);
}

static u32 hotplug_read(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)owner;
    (void)offset;
    (void)size_bytes;
    return 0;
}

static u32 apm_read(void *owner, unsigned offset, unsigned size_bytes)
{
    const struct piix4_pm *p = owner;
    (void)size_bytes;
    return offset == 0 ? p->s.apm_control : p->s.apm_status;
}

static void apm_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    enum { ACPI_ENABLE = 0xF1, ACPI_DISABLE = 0xF0 };
    struct piix4_pm *p = owner;
    (void)size_bytes;
    if (offset == 1) {
        p->s.apm_status = (u8)value;
        return;
    }
    p->s.apm_control = (u8)value;
    if (value == ACPI_ENABLE) {
        p->s.pm1_control[0] |= CONTROL_SCI;
    } else if (value == ACPI_DISABLE) {
        p->s.pm1_control[0] &= (u8)~CONTROL_SCI;
    }
    update_sci(p);
}

static u32 smbus_read(void *owner, unsigned offset, unsigned size_bytes)
{
    const struct piix4_pm *p = owner;
    (void)size_bytes;
    return offset == 0 ? p->s.smbus_status : offset < 8 ? p->s.smbus[offset] : 0;
}

static void smbus_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct piix4_pm *p = owner;
    (void)size_bytes;
    if (offset == 0) {
        p->s.smbus_status &= (u8)~value;
    } else if (offset == 2) {
        p->s.smbus[2] = (u8)(value & ~(u32)SMBUS_START);
        p->s.smbus_status |= value & SMBUS_START ? SMBUS_NO_ANSWER : 0;
    } else if (offset < 8) {
        p->s.smbus[offset] = (u8)value;
    }
}

// --- configuration ---

static void update_ranges(struct piix4_pm *p)
{
    const u8 *c = p->s.config;
    u16 pm = load_le16(c + PMBASE) & 0xFFC0, smbus = load_le16(c + SMBBASE) & 0xFFF0;
    bool has_pm = (c[PMREGMISC] & 1) && pm;
    ports_move(p->ports, p->pm_range, pm, has_pm);
    ports_move(p->ports, p->pm_again_range, QEMU_PM_BASE, has_pm && pm != QEMU_PM_BASE);
    ports_move(p->ports, p->smbus_range, smbus, (c[SMBHSTCFG] & 1) && smbus);
}

static void piix4_pm_written(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)offset;
    (void)size_bytes;
    update_ranges(owner);
}

static void describe_isa(struct piix4_pm *p)
{
    static const struct {
        unsigned isa;
        u8 offset, bits;
    } decodes[] = {
        {PIIX4_PM_FLOPPY, DEVRESA + 3, 0x10},
        {PIIX4_PM_PARALLEL, DEVRESA + 3, 0x80},
        {PIIX4_PM_SERIAL_A, DEVRESC + 3, 0x08},
        {PIIX4_PM_SERIAL_B, DEVRESC + 3, 0x90},
    };
    for (unsigned n = 0; n < COUNT_OF(decodes); n++) {
        if (p->isa & decodes[n].isa) {
            p->s.config[decodes[n].offset] |= decodes[n].bits;
        }
    }
}

static void piix4_pm_reset(void *owner)
{
    struct piix4_pm *p = owner;
    struct piix4_pm_state *s = &p->s;
    memset(s, 0, sizeof *s);
    pci_function_reset(&p->function);
    store_le16(s->config + PCI_STATUS, 0x0280);
    s->config[PMBASE] = 1; // an I/O address
    s->config[SMBBASE] = 1;
    s->config[DEVACTB + 3] = APMC_ENABLED;
    describe_isa(p);
    s->timer_toggles_seen = timer_ticks(p) >> TIMER_TOP_BIT;
    update_ranges(p);
    update_sci(p);
    line_set(&p->power_off, false);
}

static void piix4_pm_restored(void *owner)
{
    update_ranges(owner);
    update_sci(owner);
}

static void set_writable(struct pci_function *f)
{
    store_le16(f->writable + PMBASE, 0xFFC0);
    store_le16(f->writable + SMBBASE, 0xFFF0);
    store_le32(f->writable + DEVACTB, 0xFFFFFFFF);
    memset(f->writable + DEVRESA, 0xFF, DEVRES_END - DEVRESA);
    f->writable[PMREGMISC] = 1;
    f->writable[SMBHSTCFG] = 0x0F;
}

void piix4_pm_init(struct piix4_pm *p, struct pci *pci, unsigned devfn, struct ports *ports,
                   struct clock *clock, struct log *log, struct line sci, struct line power_off,
                   unsigned isa)
{
    memset(p, 0, sizeof *p);
    dev_init(&p->dev, "piix4_pm", &piix4_pm_table, &p->s, p, piix4_pm_reset, piix4_pm_restored);
    p->ports = ports;
    p->clock = clock;
    p->log = log;
    p->sci = sci;
    p->power_off = power_off;
    p->isa = isa;
    clock_add_event(clock, &p->timer_event, "acpi timer", timer_due, p);
    pci_add(pci, devfn, &p->function, &piix4_pm_identity, p->s.config, p, NULL, piix4_pm_written);
    set_writable(&p->function);
    p->pm_range = ports_map(ports, 0xB000, PM_PORTS, 4, pm_read, pm_write, p, "acpi pm");
    p->pm_again_range =
        ports_map(ports, QEMU_PM_BASE, PM_PORTS, 4, pm_read, pm_write, p, "acpi pm again");
    p->smbus_range = ports_map(ports, 0xB100, SMBUS_PORTS, 1, smbus_read, smbus_write, p, "smbus");
    ports_map(ports, GPE_BASE, 4, 1, gpe_read, gpe_write, p, "acpi gpe");
    ports_map(ports, HOTPLUG_BASE, HOTPLUG_PORTS, 4, hotplug_read, NULL, p, "acpi hot-plug");
    ports_map(ports, 0xB2, 2, 1, apm_read, apm_write, p, "apm");
    piix4_pm_reset(p);
}
