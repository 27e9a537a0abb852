// Expected values: IBM PS/2 hardware interface reference, video subsystem (VGA registers, write
// modes); the tables of mode 3 as an IBM VGA BIOS sets them; Bochs VBE display interface.
#include "test/dev/vga_rig.h"

#include <stdlib.h>

// All four planes at A0000h, write mode 0.
static void set_planar(void)
{
    set_pair(0x3C4, 2, 0x0F);
    set_pair(0x3C4, 4, 0x06);
    set_pair(0x3CE, 5, 0x00);
    set_pair(0x3CE, 6, 0x05);
    set_pair(0x3CE, 8, 0xFF);
}

static void text_written_at_b8000_is_on_the_screen(void **state)
{
    (void)state;
    static struct vt_text_screen screen;
    assert_false(vga_text_screen(&vga, &screen));
    set_mode(&mode_3);
    poke(0xB8000, 0x1F421F41, 4); // "AB", white on blue
    poke(0xB8000 + 2 * (24 * 80 + 79), 0x4E5A, 2);
    set_pair(0x3D4, 0x0E, 0x00);
    set_pair(0x3D4, 0x0F, 82);
    assert_true(vga_text_screen(&vga, &screen));
    assert_int_equal(screen.columns, 80);
    assert_int_equal(screen.rows, 25);
    assert_int_equal(screen.characters[0][0], 'A');
    assert_int_equal(screen.characters[0][1], 'B');
    assert_int_equal(screen.attributes[0][1], 0x1F);
    assert_int_equal(screen.characters[24][79], 'Z');
    assert_int_equal(screen.attributes[24][79], 0x4E);
    assert_int_equal(screen.cursor_row, 1);
    assert_int_equal(screen.cursor_column, 2);
    assert_true(screen.is_cursor_visible);
    assert_int_equal(peek(0xB8002, 2), 0x1F42);
}

static void bit_7_of_an_attribute_blinks_if_the_mode_register_says_so(void **state)
{
    (void)state;
    static struct vt_text_screen screen;
    set_mode(&mode_3);
    assert_true(vga_text_screen(&vga, &screen));
    assert_true(screen.blinks);
    set_attribute(0x30, 0x04); // with the display on
    assert_true(vga_text_screen(&vga, &screen));
    assert_false(screen.blinks);
}

static void the_start_address_scrolls_text(void **state)
{
    (void)state;
    static struct vt_text_screen screen;
    set_mode(&mode_3);
    poke(0xB8000 + 160, 0x0758, 2);
    set_pair(0x3D4, 0x0D, 80);
    set_pair(0x3D4, 0x0A, 0x2D); // cursor off
    assert_true(vga_text_screen(&vga, &screen));
    assert_int_equal(screen.characters[0][0], 'X');
    assert_false(screen.is_cursor_visible);
}

static void the_other_windows_are_empty_in_text_mode(void **state)
{
    (void)state;
    set_mode(&mode_3);
    poke(0xA0000, 0x55, 1);
    assert_int_equal(peek(0xA0000, 1), 0xFF);
    assert_int_equal(peek(0xB0000, 1), 0xFF);
}

static void the_map_mask_chooses_planes(void **state)
{
    (void)state;
    set_planar();
    set_pair(0x3C4, 2, 0x05);
    poke(0xA0001, 0xAB, 1);
    assert_int_equal(planes_at(1), 0x00AB00AB);
    set_pair(0x3CE, 4, 2); // read plane 2
    assert_int_equal(peek(0xA0001, 1), 0xAB);
    set_pair(0x3CE, 4, 1);
    assert_int_equal(peek(0xA0001, 1), 0);
}

static void write_mode_0_sets_rotates_masks_and_combines(void **state)
{
    (void)state;
    set_planar();
    store_le32(vram, 0x44332211);
    peek(0xA0000, 1); // fills the latches
    set_pair(0x3CE, 8, 0x0F);
    poke(0xA0000, 0xFF, 1);
    assert_int_equal(load_le32(vram), 0x4F3F2F1F);
    set_pair(0x3CE, 8, 0xFF);
    set_pair(0x3CE, 0, 0x02); // set/reset: plane 1 ones, plane 0 zeros
    set_pair(0x3CE, 1, 0x03);
    set_pair(0x3CE, 3, 0x01); // rotate right by 1
    poke(0xA0000, 0x81, 1);
    assert_int_equal(load_le32(vram), 0xC0C0FF00);
    peek(0xA0000, 1);
    set_pair(0x3CE, 1, 0);
    set_pair(0x3CE, 3, 0x18); // exclusive or
    poke(0xA0000, 0xFF, 1);
    assert_int_equal(load_le32(vram), 0x3F3F00FF);
}

static void write_mode_1_copies_the_latches(void **state)
{
    (void)state;
    set_planar();
    store_le32(vram, 0x44332211);
    peek(0xA0000, 1);
    set_pair(0x3CE, 5, 1);
    poke(0xA0003, 0x99, 1);
    assert_int_equal(planes_at(3), 0x44332211);
}

static void write_mode_2_writes_a_colour(void **state)
{
    (void)state;
    set_planar();
    set_pair(0x3CE, 5, 2);
    set_pair(0x3CE, 8, 0x80);
    peek(0xA0000, 1);
    poke(0xA0000, 0x09, 1);
    assert_int_equal(load_le32(vram), 0x80000080);
}

static void write_mode_3_masks_set_reset(void **state)
{
    (void)state;
    set_planar();
    set_pair(0x3CE, 5, 3);
    set_pair(0x3CE, 0, 0x06);
    peek(0xA0000, 1);
    poke(0xA0000, 0x18, 1);
    assert_int_equal(load_le32(vram), 0x00181800);
}

static void read_mode_1_compares_colours(void **state)
{
    (void)state;
    set_planar();
    store_le32(vram, 0x000000F0); // colour 1 in the left half, 0 in the right
    set_pair(0x3CE, 5, 8);
    set_pair(0x3CE, 2, 1);
    set_pair(0x3CE, 7, 0x0F);
    assert_int_equal(peek(0xA0000, 1), 0xF0);
    set_pair(0x3CE, 7, 0x0E); // plane 0 does not matter
    assert_int_equal(peek(0xA0000, 1), 0xFF);
}

static void chain_4_shows_bytes_in_a_row(void **state)
{
    (void)state;
    set_planar();
    set_pair(0x3C4, 4, 0x0E);
    poke(0xA0000 + 320, 0x04030201, 4);
    assert_int_equal(load_le32(vram + 320), 0x04030201);
    assert_int_equal(peek(0xA0000 + 321, 1), 2);
}

static void the_dac_takes_three_writes_of_six_bits(void **state)
{
    (void)state;
    out(0x3C8, 5, 1);
    out(0x3C9, 0x11, 1);
    out(0x3C9, 0x22, 1);
    out(0x3C9, 0xFF, 1);
    out(0x3C9, 0x01, 1); // entry 6 begins
    out(0x3C7, 5, 1);
    assert_int_equal(in(0x3C7, 1), 3);
    assert_int_equal(in(0x3C9, 1), 0x11);
    assert_int_equal(in(0x3C9, 1), 0x22);
    assert_int_equal(in(0x3C9, 1), 0x3F);
    assert_int_equal(in(0x3C9, 1), 0);
}

static void the_attribute_controller_alternates_index_and_data(void **state)
{
    (void)state;
    set_attribute(0x13, 0x08);
    set_attribute(0x02, 0x3F);
    in(0x3DA, 1);
    out(0x3C0, 0x13, 1);
    assert_int_equal(in(0x3C1, 1), 0x08);
    out(0x3C0, 0x02, 1); // data: the flip-flop had moved on
    assert_int_equal(in(0x3C1, 1), 0x02);
}

static void crtc_registers_0_to_7_can_be_protected(void **state)
{
    (void)state;
    set_pair(0x3D4, 0, 0x5F);
    set_pair(0x3D4, 0x11, 0x8E);
    set_pair(0x3D4, 0, 0);
    set_pair(0x3D4, 7, 0xFF);
    out(0x3D4, 0, 1);
    assert_int_equal(in(0x3D5, 1), 0x5F);
    out(0x3D4, 7, 1);
    assert_int_equal(in(0x3D5, 1), 0x10);
}

static void the_crtc_moves_with_the_colour_bit(void **state)
{
    (void)state;
    set_pair(0x3D4, 0x0C, 0x12);
    assert_int_equal(in(0x3B5, 1), 0xFF);
    out(0x3C2, 0x66, 1);
    assert_int_equal(in(0x3B5, 1), 0x12);
    assert_int_equal(in(0x3D5, 1), 0xFF);
}

// Mode 3 shows 70.08 pictures a second (28.322 MHz / (900 * 449)), of which 400 lines are visible.
static void the_retrace_bit_follows_guest_time(void **state)
{
    (void)state;
    set_mode(&mode_3);
    unsigned retraces = 0, hidden = 0;
    bool was_retrace = false;
    for (unsigned n = 0; n < 100000; n++) { // one second in steps of 10 us
        u8 beam = (u8)in(0x3DA, 1);
        retraces += (beam & 8) && !was_retrace;
        was_retrace = beam & 8;
        hidden += beam & 1;
        clock_skip_to(&rig.clock, (n + 1) * 10000ull);
    }
    assert_int_equal(retraces, 70);
    // 80 of 100 characters of 400 of 449 lines are shown
    assert_in_range(hidden, 28000, 29500);
}

static void a_dispi_mode_is_set_by_its_size(void **state)
{
    (void)state;
    static const u16 values[][2] = {{4, 0}, {1, 640}, {2, 400}, {3, 32}};
    memset(vram, 0xEE, sizeof vram);
    out(0x1CE, 0, 2);
    assert_int_equal(in(0x1CF, 2), 0xB0C5);
    for (unsigned n = 0; n < 4; n++) {
        out(0x1CE, values[n][0], 2);
        out(0x1CF, values[n][1], 2);
    }
    out(0x1CE, 4, 2);
    out(0x1CF, 0x41, 2); // enabled, linear
    assert_int_equal(in(0x1CF, 2), 0x41);
    assert_int_equal(vram[640 * 400 * 4 - 1], 0); // cleared
    out(0x1CE, 6, 2);
    assert_int_equal(in(0x1CF, 2), 640);
    out(0x1CE, 7, 2);
    assert_int_equal(in(0x1CF, 2), VRAM_BYTES / (640 * 4));
    out(0x1CE, 10, 2);
    assert_int_equal(in(0x1CF, 2), VRAM_BYTES >> 16);
    out(0x1CE, 5, 2);
    out(0x1CF, 2, 2); // bank
    poke(0xA0004, 0x55, 1);
    assert_int_equal(vram[0x20004], 0x55);
}

static void a_dispi_mode_that_does_not_fit_stays_off(void **state)
{
    (void)state;
    static const u16 values[][2] = {{1, 1024}, {2, 768}, {3, 32}, {4, 0x41}};
    for (unsigned n = 0; n < 4; n++) {
        out(0x1CE, values[n][0], 2);
        out(0x1CF, values[n][1], 2);
    }
    assert_int_equal(in(0x1CF, 2), 0);
}

static void caps_are_shown_on_request(void **state)
{
    (void)state;
    out(0x1CE, 4, 2);
    out(0x1CF, 2, 2);
    out(0x1CE, 1, 2);
    assert_int_equal(in(0x1CF, 2), 2560);
    out(0x1CE, 3, 2);
    assert_int_equal(in(0x1CF, 2), 32);
}

static void the_frame_buffer_and_the_rom_are_bars(void **state)
{
    (void)state;
    config_out(VGA, 0x10, 0xFD000000, 4);
    config_out(VGA, 0x30, 0xFEBE0001, 4);
    config_out(VGA, PCI_COMMAND, 2, 2);
    poke(0xFD001234, 0xCAFEF00D, 4);
    assert_int_equal(load_le32(vram + 0x1234), 0xCAFEF00D);
    assert_int_equal(peek(0xFEBE0000, 2), 0xAA55);
    assert_int_equal(peek(0xFEBE0000 + 5000, 1), 0xFF);
    config_out(VGA, 0x30, 0xFFFFF800, 4);
    assert_int_equal(config_in(VGA, 0x30, 4), 0xFFFFE000); // 8 KiB for 5000 bytes
}

// SerenityOS's driver (BochsGraphicsAdapter) takes the ports for revision 0, and BAR 2 for others.
static void the_extension_is_at_the_ports_only_and_the_revision_says_so(void **state)
{
    (void)state;
    assert_int_equal(config_in(VGA, 0x08, 1), 0);
    config_out(VGA, 0x18, 0xFFFFFFFF, 4);
    assert_int_equal(config_in(VGA, 0x18, 4), 0);
}

static void a_restored_state_has_its_bars_where_they_were(void **state)
{
    (void)state;
    static u8 first[2 * sizeof(struct vga_state)], second[sizeof first];
    set_mode(&mode_3);
    config_out(VGA, 0x10, 0xFD000000, 4);
    config_out(VGA, PCI_COMMAND, 2, 2);
    size_t size = fields_size(vga.dev.fields);
    fields_save(vga.dev.fields, &vga.s, first);
    vga.dev.reset(&vga);
    assert_int_equal(peek(0xFD000000, 4), 0xFFFFFFFF);
    fields_load(vga.dev.fields, &vga.s, first);
    vga.dev.restored(&vga);
    fields_save(vga.dev.fields, &vga.s, second);
    assert_memory_equal(first, second, size);
    assert_int_equal(peek(0xFD000000, 4), 0);
}

// A snapshot may be damaged, or made to harm.
static void a_restored_state_holds_no_more_than_the_registers_can(void **state)
{
    (void)state;
    static u32 pixels[64 * 64];
    struct vt_screen *screen = calloc(1, sizeof *screen);
    screen->pixels = pixels;
    screen->pixel_capacity = COUNT_OF(pixels);
    set_extension(64, 64, 32);
    vga.dev.restored(&vga);
    assert_true(vga_draw(&vga, screen));
    assert_int_equal(screen->width, 64);
    vga.s.dispi[DISPI_XRES] = 0xFFF8;
    vga.s.dispi[DISPI_BANK] = 0x1FF;
    memset(vga.s.sequencer, 0xFF, sizeof vga.s.sequencer);
    memset(vga.s.graphics, 0xFF, sizeof vga.s.graphics);
    vga.s.dac_component = 200;
    vga.dev.restored(&vga);
    assert_int_equal(vga.s.dispi[DISPI_ENABLE], 0);
    assert_int_equal(vga.s.sequencer[2], 0x0F);
    assert_int_equal(vga.s.graphics[0], 0x0F);
    assert_in_range(vga.s.dac_component, 0, 2);
    free(screen);
}

static void the_adapter_can_be_switched_off(void **state)
{
    (void)state;
    set_planar();
    out(0x3C3, 0, 1);
    assert_int_equal(in(0x3CC, 1), 0xFF);
    assert_int_equal(in(0x3D4, 1), 0xFF);
    poke(0xA0000, 0x55, 1);
    assert_int_equal(peek(0xA0000, 1), 0xFF);
    out(0x46E8, 0x0E, 1);
    assert_int_equal(in(0x3CC, 1), 0x67);
    assert_int_equal(peek(0xA0000, 1), 0);
    out(0x3C2, 0x65, 1); // memory alone
    assert_int_equal(peek(0xA0000, 1), 0xFF);
}

// [VGA] sequencer 4, graphics controller 5 and 6: even addresses are planes 0 and 2, odd ones 1 and
// 3, and the lowest address bit is replaced.
static void odd_even_chooses_planes_by_the_lowest_address_bit(void **state)
{
    (void)state;
    set_mode(&mode_3);
    set_pair(0x3C4, 2, 0x0F);
    poke(0xB8006, 0x2211, 2);
    assert_int_equal(planes_at(6), 0x22112211);
    set_pair(0x3CE, 4, 2); // reads show planes 2 and 3
    vram[vga_group_at(&vga, 6) + 3] = 0x99;
    assert_int_equal(peek(0xB8006, 2), 0x9911);
}

// Chain-4 through the mapped window and through the registers is the same memory: bits 15 and 14 of
// the address take the place of bits 1 and 0 ([VGA], doubleword addresses of the CRTC).
static void chain_4_is_the_same_memory_mapped_or_not(void **state)
{
    (void)state;
    set_mode(&mode_13);
    assert_non_null(vga.window[0]->write_memory);
    poke(0xAC123, 0x5A, 1);
    assert_int_equal(planes_at(0xC120 | 3) >> 24, 0x5A);
    set_pair(0x3C4, 2, 0x08); // one plane: no longer plain memory
    assert_null(vga.window[0]->write_memory);
    assert_int_equal(peek(0xAC123, 1), 0x5A);
    poke(0xAC120, 0x44332211, 4);
    set_pair(0x3C4, 2, 0x0F);
    assert_int_equal(peek(0xAC120, 4), 0x44000000);
    set_pair(0x3CE, 5, 0x48); // read mode 1 compares
    assert_null(vga.window[0]->read_memory);
}

static void banks_of_the_extension_move_the_mapped_window(void **state)
{
    (void)state;
    set_extension(640, 400, 8);
    assert_non_null(vga.window[0]->write_memory);
    set_dispi(DISPI_BANK, 3);
    poke(0xA0010, 0x5A, 1);
    assert_int_equal(vram[0x30010], 0x5A);
    set_dispi(DISPI_BANK, 16); // past 1 MiB: not taken
    assert_int_equal(peek(0xA0010, 1), 0x5A);
    set_dispi(DISPI_ENABLE, DISPI_ENABLED | DISPI_BANK_32K | DISPI_NOCLEARMEM);
    assert_int_equal(peek(0xA8010, 1), 0);
    set_dispi(DISPI_BANK, 6);
    assert_int_equal(peek(0xA0010, 1), 0x5A);
}

enum {
    DOT_HZ = 28322000, // of mode 3
    LINE_DOTS = 900,
    SHOWN_LINES = 400,
    LINES = 449,
};

// Guest time of the first ns at which the beam has come to a dot since power-on.
static u64 ns_of_dot(u64 dot)
{
    return (dot * NS_PER_SECOND + DOT_HZ - 1) / DOT_HZ;
}

static void go_to(u64 ns)
{
    clock_skip_to(&rig.clock, ns);
    clock_run_due(&rig.clock);
}

// [VGA] CRTC 11h bits 4 and 5, input status 0 bit 7: the flip-flop is set at the end of the
// displayed part, and cleared by 0 in bit 4.
static void the_vertical_interrupt_comes_at_the_end_of_the_displayed_part(void **state)
{
    (void)state;
    const u64 end_ns = ns_of_dot(SHOWN_LINES * LINE_DOTS);
    set_mode(&mode_3);
    assert_int_equal(rig.clock.next_ns, CLOCK_NEVER); // as a BIOS leaves it: costs nothing
    set_pair(0x3D4, 0x11, 0x9E);                      // on
    assert_int_equal(rig.clock.next_ns, end_ns);
    go_to(end_ns - 1);
    assert_false(rig.level[9]);
    assert_int_equal(in(0x3C2, 1) & 0x80, 0);
    go_to(end_ns);
    assert_true(rig.level[9]);
    assert_int_equal(in(0x3C2, 1) & 0x80, 0x80);
    assert_int_equal(rig.clock.next_ns, CLOCK_NEVER); // until it is acknowledged
    set_pair(0x3D4, 0x11, 0x8E);
    assert_false(rig.level[9]);
    assert_int_equal(in(0x3C2, 1) & 0x80, 0);
    set_pair(0x3D4, 0x11, 0x9E);
    assert_int_equal(rig.clock.next_ns, ns_of_dot((LINES + SHOWN_LINES) * LINE_DOTS));
}

static void the_vertical_flip_flop_can_be_polled_with_the_interrupt_off(void **state)
{
    (void)state;
    const u64 end_ns = ns_of_dot(SHOWN_LINES * LINE_DOTS);
    set_mode(&mode_3);
    set_pair(0x3D4, 0x11, 0xBE); // 5: off, 4: not cleared
    assert_int_equal(rig.clock.next_ns, CLOCK_NEVER);
    go_to(end_ns - 1);
    assert_int_equal(in(0x3C2, 1) & 0x80, 0);
    go_to(end_ns);
    assert_int_equal(in(0x3C2, 1) & 0x80, 0x80);
    assert_false(rig.level[9]);
    set_pair(0x3D4, 0x06, 0x0B); // another timing: what was set stays set
    assert_int_equal(in(0x3C2, 1) & 0x80, 0x80);
    set_pair(0x3D4, 0x11, 0x9E); // on, and due already
    assert_true(rig.level[9]);
    vga.dev.reset(vga.dev.owner);
    assert_false(rig.level[9]);
}

// [BT476] SENSE*: 335 mV, where a monitor's load makes 700 mV of the highest value.
static void the_switch_sense_compares_the_colour_of_the_border(void **state)
{
    (void)state;
    set_mode(&mode_3);
    out(0x3C8, 0, 1);
    for (unsigned n = 0; n < 3; n++) {
        out(0x3C9, 30, 1);
    }
    assert_int_equal(in(0x3C2, 1) & 0x10, 0x10);
    out(0x3C8, 0, 1);
    for (unsigned n = 0; n < 3; n++) {
        out(0x3C9, n == 1 ? 31 : 0, 1);
    }
    assert_int_equal(in(0x3C2, 1) & 0x10, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_written_at_b8000_is_on_the_screen),
        TEST(bit_7_of_an_attribute_blinks_if_the_mode_register_says_so),
        TEST(the_start_address_scrolls_text),
        TEST(the_other_windows_are_empty_in_text_mode),
        TEST(the_map_mask_chooses_planes),
        TEST(write_mode_0_sets_rotates_masks_and_combines),
        TEST(write_mode_1_copies_the_latches),
        TEST(write_mode_2_writes_a_colour),
        TEST(write_mode_3_masks_set_reset),
        TEST(read_mode_1_compares_colours),
        TEST(chain_4_shows_bytes_in_a_row),
        TEST(the_dac_takes_three_writes_of_six_bits),
        TEST(the_attribute_controller_alternates_index_and_data),
        TEST(crtc_registers_0_to_7_can_be_protected),
        TEST(the_crtc_moves_with_the_colour_bit),
        TEST(the_retrace_bit_follows_guest_time),
        TEST(the_vertical_interrupt_comes_at_the_end_of_the_displayed_part),
        TEST(the_vertical_flip_flop_can_be_polled_with_the_interrupt_off),
        TEST(the_switch_sense_compares_the_colour_of_the_border),
        TEST(a_dispi_mode_is_set_by_its_size),
        TEST(a_dispi_mode_that_does_not_fit_stays_off),
        TEST(caps_are_shown_on_request),
        TEST(the_frame_buffer_and_the_rom_are_bars),
        TEST(the_extension_is_at_the_ports_only_and_the_revision_says_so),
        TEST(a_restored_state_has_its_bars_where_they_were),
        TEST(a_restored_state_holds_no_more_than_the_registers_can),
        TEST(the_adapter_can_be_switched_off),
        TEST(odd_even_chooses_planes_by_the_lowest_address_bit),
        TEST(chain_4_is_the_same_memory_mapped_or_not),
        TEST(banks_of_the_extension_move_the_mapped_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
