// VGA: the registers and the PCI function. Memory is in vga_memory.c, the display extension in
// vga_dispi.c, the beam in vga_beam.c; drawing in vga_look.c, vga_line.c, vga_draw.c, text as
// characters in vga_text.c.
//
//     3B4/3B5 or 3D4/3D5  CRTC index, data      3C0/3C1  attribute index and data, data (read)
//     3BA or 3DA  input status 1, feature       3C2      miscellaneous output; input status 0:
//                                                        7 vertical interrupt, 4 switch sense
//     3C4/3C5     sequencer index, data         3C3      enable; 46E8h too, write only
//     3C6-3C9     DAC mask, read index/state, write index, data
//     3CA, 3CC    feature, miscellaneous (read) 3CE/3CF  graphics controller index, data
//     1CE/1CF     display extension index, data
//     BAR 0       video memory in a row         ROM BAR  the video BIOS
//
// The vertical interrupt is an ISA interrupt, as IBM's is: the function has no interrupt pin, as on
// boards that leave INTA# unconnected, and drivers find interrupt 0 there.
//
// Not implemented: decoding off through the PCI command register (registers and A0000h-BFFFFh
// answer without it), light pen.
#include "dev/vga.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "dev/vga_impl.h"

enum {
    VGA_WINDOW_BASE = 0xA0000,
    LINEAR_BAR = 0,
    CRTC_PROTECT = 0x80,
    ADAPTER_ENABLE = 0x08, // of 46E8h
};

static const struct field vga_fields[] = {
    FIELD_ARRAY(struct vga_state, config),
    FIELD(struct vga_state, misc),
    FIELD(struct vga_state, feature),
    FIELD(struct vga_state, enable),
    FIELD(struct vga_state, sequencer_index),
    FIELD_ARRAY(struct vga_state, sequencer),
    FIELD(struct vga_state, crtc_index),
    FIELD_ARRAY(struct vga_state, crtc),
    FIELD(struct vga_state, graphics_index),
    FIELD_ARRAY(struct vga_state, graphics),
    FIELD(struct vga_state, attribute_index),
    FIELD_ARRAY(struct vga_state, attribute),
    FIELD(struct vga_state, attribute_expects_data),
    FIELD(struct vga_state, latch),
    FIELD(struct vga_state, dac_mask),
    FIELD(struct vga_state, dac_read_index),
    FIELD(struct vga_state, dac_write_index),
    FIELD(struct vga_state, dac_component),
    FIELD(struct vga_state, dac_is_reading),
    FIELD_ARRAY(struct vga_state, dac_partial),
    FIELD_ARRAY(struct vga_state, dac),
    FIELD(struct vga_state, dispi_index),
    FIELD_ARRAY(struct vga_state, dispi),
    FIELD(struct vga_state, shown_start),
    FIELD(struct vga_state, start_written_ns),
    FIELD(struct vga_state, is_interrupt),
    FIELD(struct vga_state, interrupt_since_ns),
};
static const struct field_table vga_table = FIELD_TABLE("vga", 3, struct vga_state, vga_fields);

// Bits that exist. [VGA] 4
static const u8 sequencer_bits[VGA_SEQUENCER_REGISTERS] = {0x03, 0x3D, 0x0F, 0x3F, 0x0E};
static const u8 graphics_bits[VGA_GRAPHICS_REGISTERS] = {0x0F, 0x0F, 0x0F, 0x1F, 0x03,
                                                         0x7B, 0x0F, 0x0F, 0xFF};
static const u8 attribute_bits[VGA_ATTRIBUTE_REGISTERS] = {
    0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F,
    0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0xEF, 0xFF, 0x3F, 0x0F, 0x0F};

// --- the DAC ---

static u8 dac_read(struct vga_state *s)
{
    u8 value = s->dac[3 * s->dac_read_index + s->dac_component];
    if (++s->dac_component == 3) {
        s->dac_component = 0;
        s->dac_read_index++;
    }
    return value;
}

static void dac_write(struct vga *v, u8 value)
{
    struct vga_state *s = &v->s;
    value &= s->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? 0xFF : 0x3F;
    if (s->dac_component < 2) {
        s->dac_partial[s->dac_component++] = value;
        return;
    }
    const u8 colour[3] = {s->dac_partial[0], s->dac_partial[1], value};
    vga_raster_note(v, s->dac_write_index, colour);
    memcpy(s->dac + 3 * s->dac_write_index++, colour, sizeof colour); // all three at once
    s->dac_component = 0;
}

// The DAC's comparator says whether all three outputs are below 335 mV. A colour monitor's 75 ohms
// make 700 mV of the highest value, no monitor twice as much: so a BIOS finds out what there is,
// with the screen in the border's colour. [BT476] SENSE*
static bool is_below_sense_level(const struct vga_state *s)
{
    const u8 *colour = s->dac + 3u * (s->attribute[AC_OVERSCAN] & s->dac_mask);
    unsigned highest = s->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC ? 255 : 63;
    for (unsigned n = 0; n < 3; n++) {
        if (colour[n] * 700 > highest * 335) {
            return false;
        }
    }
    return true;
}

// --- registers 3C0h-3CFh ---

static u32 registers_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct vga *v = owner;
    struct vga_state *s = &v->s;
    (void)size_bytes;
    if (!s->enable && offset != 0x3) {
        return 0xFF;
    }
    switch (offset) {
    case 0x0: return s->attribute_index;
    case 0x1: {
        unsigned n = s->attribute_index & 0x1F;
        return n < VGA_ATTRIBUTE_REGISTERS ? s->attribute[n] : 0;
    }
    case 0x2: return (vga_is_interrupt(v) ? 0x80u : 0) | (is_below_sense_level(s) ? 0x10u : 0);
    case 0x3: return s->enable;
    case 0x4: return s->sequencer_index;
    case 0x5:
        return s->sequencer_index < VGA_SEQUENCER_REGISTERS ? s->sequencer[s->sequencer_index] : 0;
    case 0x6: return s->dac_mask;
    case 0x7: return s->dac_is_reading ? 3 : 0;
    case 0x8: return s->dac_write_index;
    case 0x9: return dac_read(s);
    case 0xA: return s->feature;
    case 0xC: return s->misc;
    case 0xE: return s->graphics_index;
    case 0xF:
        return s->graphics_index < VGA_GRAPHICS_REGISTERS ? s->graphics[s->graphics_index] : 0;
    default: return 0xFF;
    }
}

static void attribute_write(struct vga_state *s, u8 value)
{
    if (!s->attribute_expects_data) {
        s->attribute_index = value & 0x3F;
    } else {
        unsigned n = s->attribute_index & 0x1F;
        if (n < VGA_ATTRIBUTE_REGISTERS) {
            s->attribute[n] = value & attribute_bits[n];
        }
    }
    s->attribute_expects_data = !s->attribute_expects_data;
}

static void dac_select(struct vga_state *s, u8 index, bool is_reading)
{
    *(is_reading ? &s->dac_read_index : &s->dac_write_index) = index;
    s->dac_component = 0;
    s->dac_is_reading = is_reading;
}

static void sequencer_write(struct vga *v, u8 value)
{
    unsigned n = v->s.sequencer_index;
    if (n < VGA_SEQUENCER_REGISTERS) {
        vga_timing_changes(v);
        v->s.sequencer[n] = value & sequencer_bits[n];
        vga_timing_changed(v);
    }
}

static void registers_write(void *owner, unsigned offset, u32 value32, unsigned size_bytes)
{
    struct vga *v = owner;
    struct vga_state *s = &v->s;
    u8 value = (u8)value32;
    (void)size_bytes;
    if (!s->enable && offset != 0x3) {
        return;
    }
    switch (offset) {
    case 0x0: attribute_write(s, value); break;
    case 0x2:
        vga_timing_changes(v);
        s->misc = value;
        vga_timing_changed(v);
        break;
    case 0x3: s->enable = value & 1; break;
    case 0x4: s->sequencer_index = value & 0x07; break;
    case 0x5: sequencer_write(v, value); break;
    case 0x6: s->dac_mask = value; break;
    case 0x7: dac_select(s, value, true); break;
    case 0x8: dac_select(s, value, false); break;
    case 0x9: dac_write(v, value); break;
    case 0xE: s->graphics_index = value & 0x0F; break;
    case 0xF:
        if (s->graphics_index < VGA_GRAPHICS_REGISTERS) {
            s->graphics[s->graphics_index] = value & graphics_bits[s->graphics_index];
        }
        break;
    default: break;
    }
    if (offset != 0x0 && (offset < 0x6 || offset > 0x9)) { // attributes and DAC only colour
        vga_access_changed(v);
    }
}

// Port 46E8h, the adapter's own enable register. Bit 3 does what bit 0 of 3C3h does.
static void adapter_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct vga *v = owner;
    (void)offset, (void)size_bytes;
    v->s.enable = (value & ADAPTER_ENABLE) != 0;
    vga_access_changed(v);
}

// --- the CRTC and its neighbours, at 3Bxh or 3Dxh ---

static void crtc_write(struct vga *v, u8 value)
{
    struct vga_state *s = &v->s;
    unsigned n = s->crtc_index;
    if (n >= VGA_CRTC_REGISTERS) {
        return;
    }
    if (n == CRTC_START || n == CRTC_START + 1) {
        vga_start_changes(v);
    }
    if (n <= 7 && (s->crtc[0x11] & CRTC_PROTECT)) {
        if (n == 7) { // the line compare bit stays writable. [VGA] CRTC 11h
            s->crtc[7] = (u8)((s->crtc[7] & ~0x10) | (value & 0x10));
        }
        return;
    }
    vga_timing_changes(v);
    s->crtc[n] = value;
    vga_timing_changed(v);
}

static u32 crtc_port_read(struct vga *v, unsigned offset)
{
    struct vga_state *s = &v->s;
    switch (offset) {
    case 4: return s->crtc_index;
    case 5: return s->crtc_index < VGA_CRTC_REGISTERS ? s->crtc[s->crtc_index] : 0;
    case 10: s->attribute_expects_data = false; return vga_beam_status(v);
    default: return 0xFF;
    }
}

static void crtc_port_write(struct vga *v, unsigned offset, u8 value)
{
    switch (offset) {
    case 4: v->s.crtc_index = value & 0x1F; break;
    case 5: crtc_write(v, value); break;
    case 10: v->s.feature = value & 3; break;
    default: break;
    }
}

// Which of the two places answers. [VGA] miscellaneous output, bit 0
static bool is_at(const struct vga *v, bool is_colour)
{
    return v->s.enable && is_colour == ((v->s.misc & MISC_COLOUR) != 0);
}

static u32 mono_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct vga *v = owner;
    (void)size_bytes;
    return is_at(v, false) ? crtc_port_read(v, offset + 4) : 0xFF;
}

static void mono_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct vga *v = owner;
    (void)size_bytes;
    if (is_at(v, false)) {
        crtc_port_write(v, offset + 4, (u8)value);
    }
}

static u32 colour_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct vga *v = owner;
    (void)size_bytes;
    return is_at(v, true) ? crtc_port_read(v, offset + 4) : 0xFF;
}

static void colour_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct vga *v = owner;
    (void)size_bytes;
    if (is_at(v, true)) {
        crtc_port_write(v, offset + 4, (u8)value);
    }
}

// --- the PCI side ---

static u64 rom_read(void *owner, u64 offset, unsigned size_bytes)
{
    const struct vga *v = owner;
    u64 value = 0;
    for (unsigned n = 0; n < size_bytes; n++) {
        u64 byte = offset + n < v->rom_bytes ? v->rom[offset + n] : 0xFF;
        value |= byte << 8 * n;
    }
    return value;
}

static void vga_mapped(void *owner, unsigned bar, u32 base, bool is_enabled)
{
    struct vga *v = owner;
    struct phys_region *r = bar == LINEAR_BAR ? v->linear : v->rom_region;
    if (is_enabled) {
        r->base = base;
    }
    r->is_enabled = is_enabled;
    phys_update(v->phys);
}

static void vga_reset(void *owner)
{
    struct vga *v = owner;
    memset(&v->s, 0, sizeof v->s);
    v->s.dac_mask = 0xFF;
    v->s.enable = 1; // a PCI card is switched on by its command register
    vga_dispi_reset(v);
    vga_timing_changed(v);
    vga_access_changed(v);
    vga_memory_changed(v);
    vga_raster_forget(v);
    pci_function_reset(&v->function);
    store_le16(v->s.config + PCI_STATUS, 0x0280);
}

static void keep_bits(u8 *registers, const u8 *bits, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        registers[n] &= bits[n];
    }
}

// A state may come from anywhere: nothing in it is more than the registers can hold.
static void make_valid(struct vga *v)
{
    struct vga_state *s = &v->s;
    keep_bits(s->sequencer, sequencer_bits, VGA_SEQUENCER_REGISTERS);
    keep_bits(s->graphics, graphics_bits, VGA_GRAPHICS_REGISTERS);
    keep_bits(s->attribute, attribute_bits, VGA_ATTRIBUTE_REGISTERS);
    s->attribute_index &= 0x3F;
    s->dac_component %= 3;
    vga_dispi_make_valid(v);
}

static void vga_restored(void *owner)
{
    struct vga *v = owner;
    make_valid(v);
    pci_function_restored(&v->function);
    vga_timing_changed(v);
    vga_access_changed(v);
    vga_memory_changed(v);
    vga_raster_forget(v);
}

static u32 rom_bar_bytes(u32 rom_bytes)
{
    u32 size = PHYS_PAGE_BYTES;
    while (size < rom_bytes) {
        size *= 2;
    }
    return size;
}

static void map_ports(struct vga *v, struct ports *ports)
{
    ports_map(ports, 0x3B4, 7, 1, mono_read, mono_write, v, "vga crtc mono");
    ports_map(ports, 0x3C0, 16, 1, registers_read, registers_write, v, "vga");
    ports_map(ports, 0x3D4, 7, 1, colour_read, colour_write, v, "vga crtc");
    ports_map(ports, 0x46E8, 1, 1, NULL, adapter_write, v, "vga adapter");
    ports_map(ports, 0x1CE, 3, 2, vga_dispi_read, vga_dispi_write, v, "vga dispi");
}

static u64 upper_read(void *owner, u64 offset, unsigned size_bytes)
{
    return vga_window_read(owner, VGA_WINDOW_BYTES + offset, size_bytes);
}

static void upper_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    vga_window_write(owner, VGA_WINDOW_BYTES + offset, value, size_bytes);
}

static void map_memory(struct vga *v)
{
    v->window[0] = phys_map_mmio(v->phys, VGA_WINDOW_BASE, VGA_WINDOW_BYTES, 8, vga_window_read,
                                 vga_window_write, v, "vga window");
    v->window[1] = phys_map_mmio(v->phys, VGA_WINDOW_BASE + VGA_WINDOW_BYTES, VGA_WINDOW_BYTES, 8,
                                 upper_read, upper_write, v, "vga window");
    v->linear = phys_map_ram(v->phys, 0xE0000000, v->vram_bytes, v->vram, "vga linear");
    v->linear->is_enabled = false;
    v->linear->unwritten = v->unwritten;
    if (v->rom) {
        v->rom_region = phys_map_mmio(v->phys, 0xE0000000, rom_bar_bytes(v->rom_bytes), 8, rom_read,
                                      NULL, v, "vga rom");
        v->rom_region->is_enabled = false;
    }
    phys_update(v->phys);
}

void vga_init(struct vga *v, struct pci *pci, unsigned devfn, struct ports *ports,
              struct phys *phys, struct clock *clock, struct line irq, struct log *log, u8 *vram,
              u32 vram_bytes, const u8 *rom, u32 rom_bytes)
{
    memset(v, 0, sizeof *v);
    CHECK(is_power_of_2(vram_bytes) && vram_bytes >= 0x40000 && vram_bytes <= VGA_MEMORY_MAX);
    dev_init(&v->dev, "vga", &vga_table, &v->s, v, vga_reset, vga_restored);
    v->ports = ports;
    v->phys = phys;
    v->clock = clock;
    v->irq = irq;
    v->log = log;
    v->vram = vram;
    v->vram_bytes = vram_bytes;
    v->rom = rom_bytes ? rom : NULL;
    v->rom_bytes = rom_bytes;
    v->identity = (struct pci_identity){
        .vendor = 0x1234,
        .device = 0x1111,
        .subsystem_vendor = 0x1AF4,
        .subsystem = 0x1100,
        .class_code = 0x030000,
        .revision = 0, // QEMU's 2 promises its registers at BAR 2 too: SerenityOS goes by it
        .bars[LINEAR_BAR] = {.kind = PCI_BAR_PREFETCHABLE, .size_bytes = vram_bytes},
    };
    if (v->rom) {
        v->identity.bars[PCI_BAR_ROM] =
            (struct pci_bar){.kind = PCI_BAR_MEMORY, .size_bytes = rom_bar_bytes(rom_bytes)};
    }
    clock_add_event(clock, &v->vertical, "vga vertical", vga_vertical_due, v);
    map_ports(v, ports);
    map_memory(v);
    pci_add(pci, devfn, &v->function, &v->identity, v->s.config, v, vga_mapped, NULL);
    vga_reset(v);
}
