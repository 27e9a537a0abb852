// Pictures, worked out by hand from [VGA]: which memory a dot comes from, and which colour it gets.
#include "test/dev/vga_rig.h"

static u32 pixels[VT_SCREEN_MAX_WIDTH * VT_SCREEN_MAX_HEIGHT];
static struct vt_screen screen;

static int set_up_screen(void **state)
{
    screen = (struct vt_screen){.pixels = pixels, .pixel_capacity = COUNT_OF(pixels)};
    return set_up(state);
}

static u32 pixel(unsigned x, unsigned y)
{
    return pixels[y * screen.width + x];
}

// A row of pixels from (x, y) on as a text: a digit or letter for each palette index.
static void expect_row(int line, unsigned x, unsigned y, const char *row)
{
    for (unsigned n = 0; row[n]; n++) {
        unsigned index = row[n] <= '9' ? (unsigned)row[n] - '0' : (unsigned)row[n] - 'A' + 10;
        u32 wanted = colour(vga.s.attribute[index]);
        if (pixel(x + n, y) != wanted) {
            fail_msg("line %d: dot %u of line %u is %08x, not %08x", line, x + n, y,
                     pixel(x + n, y), wanted);
        }
    }
}
#define EXPECT_ROW(x, y, row) expect_row(__LINE__, x, y, row)

static void draw(void)
{
    assert_true(vga_draw(&vga, &screen));
}

// --- colours within the picture ---

enum { LINE_NS = 31777 };               // of modes 3 and 13h, which have 449 of them
static const u64 picture_ns = 14268123; // 800 * 449 / 25.175 MHz

// The beam has gone behind the displayed part of a line.
static void go_behind_line(unsigned picture, unsigned line)
{
    clock_skip_to(&rig.clock, picture * picture_ns + line * LINE_NS + 28000);
}

static void set_red(u8 entry, u8 red)
{
    out(0x3C8, entry, 1);
    out(0x3C9, red, 1);
    out(0x3C9, 0, 1);
    out(0x3C9, 0, 1);
}

// Black, 20h from line 101 on, 3Fh from line 301 on; black again behind the picture.
static void show_bars(unsigned picture)
{
    go_behind_line(picture, 100);
    set_red(0, 0x20);
    go_behind_line(picture, 300);
    set_red(0, 0x3F);
    go_behind_line(picture, 420);
    set_red(0, 0);
}

static void colours_that_change_in_each_picture_are_drawn_from_their_lines_on(void **state)
{
    (void)state;
    set_mode(&mode_13);
    set_red(0, 0);
    show_bars(3);
    show_bars(4);
    go_behind_line(5, 50);
    draw();
    assert_int_equal(pixel(0, 100), 0xFF000000);
    assert_int_equal(pixel(0, 101), 0xFF000082);
    assert_int_equal(pixel(639, 300), 0xFF000082);
    assert_int_equal(pixel(0, 301), 0xFF0000FF);
    show_bars(5);
    go_behind_line(6, 50);
    draw(); // the same again
    assert_int_equal(screen.changed_first, screen.changed_end);
    go_behind_line(7, 50);
    draw(); // no bars any more
    assert_int_equal(pixel(0, 350), 0xFF000000);
}

static void a_palette_loaded_within_one_picture_is_in_all_of_it(void **state)
{
    (void)state;
    set_mode(&mode_13);
    set_red(0, 0);
    go_behind_line(3, 200);
    set_red(0, 0x3F);
    for (unsigned picture = 3; picture < 6; picture++) {
        go_behind_line(picture, 300);
        draw();
        assert_int_equal(pixel(0, 0), 0xFF0000FF);
    }
}

// --- size and shape ---

static void expect_size(unsigned width, unsigned height, unsigned pixel_width,
                        unsigned pixel_height)
{
    draw();
    assert_int_equal(screen.width, width);
    assert_int_equal(screen.height, height);
    assert_int_equal(screen.pixel_width, pixel_width);
    assert_int_equal(screen.pixel_height, pixel_height);
}

static void a_picture_has_the_dots_of_its_mode_on_a_screen_of_4_to_3(void **state)
{
    (void)state;
    set_mode(&mode_3);
    expect_size(720, 400, 20, 27);
    assert_true(screen.is_text);
    set_mode(&mode_4); // 320 at half the clock
    expect_size(640, 400, 5, 6);
    assert_false(screen.is_text);
    set_mode(&mode_12);
    expect_size(640, 480, 1, 1);
    set_mode(&mode_13);
    expect_size(640, 400, 5, 6);
    set_extension(1280, 64, 8);
    expect_size(1280, 64, 1, 1);
}

static void too_little_room_is_told_with_the_size(void **state)
{
    (void)state;
    set_mode(&mode_12);
    screen.pixel_capacity = 640 * 480 - 1;
    assert_false(vga_draw(&vga, &screen));
    assert_int_equal(screen.width, 640);
    screen.pixel_capacity = 640 * 480;
    draw();
    assert_int_equal(screen.changed_end, 480);
}

// --- text ---

// Character 41h of font n (at its plane offset) has the given rows.
static void set_glyph(u32 font, u8 character, u8 scan, u8 dots)
{
    u32 at = font + character * 32u + scan;
    set_planes(at, (planes_at(at) & 0xFF00FFFF) | (u32)dots << 16);
}

// Cell n of the text: word mode, so at plane offset 2 n.
static void set_cell(u32 n, u8 character, u8 attribute)
{
    set_planes(2 * n, (planes_at(2 * n) & 0xFFFF0000) | (u32)attribute << 8 | character);
}

static void set_text(void)
{
    set_mode(&mode_3);
    set_pair(0x3D4, 0x0A, 0x20); // no cursor
    set_glyph(0, 'A', 0, 0xA5);
    set_glyph(0, 0xC4, 0, 0x0F);
    set_glyph(0, 0xE0, 0, 0x0F);
}

static void a_cell_has_nine_dots_and_line_graphics_go_on_in_the_ninth(void **state)
{
    (void)state;
    set_text();
    set_cell(0, 'A', 0x1E);
    set_cell(1, 0xC4, 0x07);
    set_cell(2, 0xE0, 0x07);
    draw();
    EXPECT_ROW(0, 0,
               "E1E11E1E1"
               "000077777"
               "000077770");
    set_attribute(0x10, 0x08); // line graphics off
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(9, 0, "000077770");
    set_pair(0x3C4, 1, 0x01); // eight dots
    draw();
    assert_int_equal(screen.width, 640);
    EXPECT_ROW(0, 0, "E1E11E1E00007777"); // panning by 8, none with nine dots, is none here, too
}

static void attribute_bit_3_chooses_one_of_two_fonts(void **state)
{
    (void)state;
    static const u32 places[8] = {0, 0x4000, 0x8000, 0xC000, 0x2000, 0x6000, 0xA000, 0xE000};
    set_text();
    for (u8 n = 0; n < 8; n++) {
        set_glyph(places[n], 'B', 0, (u8)(0x80 >> n));
    }
    set_cell(0, 'B', 0x07);
    set_cell(1, 'B', 0x0F);
    set_pair(0x3C4, 3, 0x29); // bits 5,3,2: 110, A is 6; bits 4,1,0: 001, B is 1
    draw();
    EXPECT_ROW(0, 0,
               "070000000"
               "000000F00");
    set_pair(0x3C4, 3, 0x17); // A is 1, B is 7
    draw();
    EXPECT_ROW(0, 0,
               "000000070"
               "0F0000000");
}

static void the_cursor_fills_its_lines_and_blinks_every_16_pictures(void **state)
{
    (void)state;
    set_text();
    set_cell(1, ' ', 0x1F);
    set_pair(0x3D4, 0x0A, 2);
    set_pair(0x3D4, 0x0B, 3);
    set_pair(0x3D4, 0x0F, 1);
    draw();
    EXPECT_ROW(9, 1, "111111111");
    EXPECT_ROW(9, 2, "FFFFFFFFF0");
    EXPECT_ROW(9, 3, "FFFFFFFFF0");
    EXPECT_ROW(9, 4, "111111111");
    clock_skip_to(&rig.clock, 10 * 14268230ull); // ten pictures of 1/70.09 s
    draw();
    EXPECT_ROW(9, 2, "111111111");
    clock_skip_to(&rig.clock, 18 * 14268230ull);
    draw();
    EXPECT_ROW(9, 2, "FFFFFFFFF");
    set_pair(0x3D4, 0x0B, 0x23); // skewed by one
    draw();
    EXPECT_ROW(9, 2, "111111111");
    set_pair(0x3D4, 0x0B, 1); // ends before it begins
    set_pair(0x3D4, 0x0F, 0);
    draw();
    EXPECT_ROW(0, 1, "000000000");
}

static void attribute_bit_7_blinks_or_is_a_bright_ground(void **state)
{
    (void)state;
    set_text();
    set_cell(0, 'A', 0x9E);
    draw();
    EXPECT_ROW(0, 0, "E1E11E1E1");
    clock_skip_to(&rig.clock, 20 * 14268230ull);
    draw();
    EXPECT_ROW(0, 0, "111111111");
    set_attribute(0x10, 0x04);
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 0, "E9E99E9E9");
}

static void blue_on_black_is_underlined_where_the_crtc_says(void **state)
{
    (void)state;
    set_text();
    set_cell(0, 'A', 0x01);
    set_cell(1, 'A', 0x07);
    set_pair(0x3D4, 0x14, 12);
    draw();
    EXPECT_ROW(0, 12, "111111111000000000");
    EXPECT_ROW(0, 0, "101001010707007070");
}

static void text_pans_by_dots_and_rows_by_lines(void **state)
{
    (void)state;
    set_text();
    set_cell(0, 'A', 0x07);
    set_cell(80, 0xE0, 0x07);
    set_pair(0x3D4, 8, 15); // begin at the last line of row 0
    set_attribute(0x13, 0); // one dot to the left
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 0, "000000000");
    EXPECT_ROW(0, 1, "00077770");
    set_pair(0x3D4, 8, 0x20); // byte panning: one character
    draw();
    EXPECT_ROW(0, 0, "000000000");
}

// [VGA] CRTC 0Ch: a page flip is seen whole.
static void a_new_start_address_waits_for_the_retrace(void **state)
{
    (void)state;
    set_text();
    set_cell(0, 'A', 0x1E);
    set_cell(80, 'A', 0x2E);
    clock_skip_to(&rig.clock,
                  5 * 14268230ull); // the beginning of a picture; retrace is at line 412
    set_pair(0x3D4, 0x0D, 80);
    draw();
    EXPECT_ROW(0, 0, "E1E11E1E1");
    clock_skip_to(&rig.clock, 5 * 14268230ull + 411 * 31777);
    draw();
    EXPECT_ROW(0, 0, "E1E11E1E1");
    clock_skip_to(&rig.clock, 5 * 14268230ull + 413 * 31777);
    draw();
    EXPECT_ROW(0, 0, "E2E22E2E2");
    set_pair(0x3D4, 0x0D, 0);
    draw();
    EXPECT_ROW(0, 0, "E2E22E2E2");
}

// --- graphics ---

static void a_planar_byte_is_eight_dots(void **state)
{
    (void)state;
    set_mode(&mode_12);
    set_planes(0, 0x0F3355AA); // planes 3, 2, 1, 0
    set_planes(80, 0x000000FF);
    draw();
    // bits 7 to 0 of planes 0: 10101010, 1: 01010101, 2: 00110011, 3: 00001111
    EXPECT_ROW(0, 0, "12569ADE");
    EXPECT_ROW(0, 1, "111111110");
}

static void the_palette_is_masked_and_selected(void **state)
{
    (void)state;
    set_mode(&mode_12);
    set_planes(0, 0x0F3355AA);
    set_attribute(0x12, 0x0D); // plane 1 does not count
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 0, "105498DC");
    set_attribute(0x12, 0x0F);
    set_attribute(0x14, 0x0E); // bits 7-6: 11, and 5-4: 10 where attribute 10h bit 7 asks for it
    out(0x3C0, 0x20, 1);
    draw();
    assert_int_equal(pixel(4, 0), colour(0xC0 | 0x39)); // palette 9
    set_attribute(0x10, 0x81);
    out(0x3C0, 0x20, 1);
    draw();
    assert_int_equal(pixel(4, 0), colour(0xE0 | 0x09));
    out(0x3C6, 0x0F, 1); // the DAC's mask
    draw();
    assert_int_equal(pixel(4, 0), colour(0x09));
}

static void cga_pairs_come_from_even_and_odd_bytes_and_lines_interleave(void **state)
{
    (void)state;
    set_mode(&mode_4);
    poke(0xB8000, 0x1B, 1); // 0 1 2 3
    poke(0xB8001, 0xE4, 1); // 3 2 1 0
    poke(0xBA000, 0xFF, 1); // line 1
    poke(0xB8000 + 80, 0x55, 1);
    draw();
    EXPECT_ROW(0, 0, "0011223333221100"); // each dot at half the clock: two pixels
    EXPECT_ROW(0, 1, "0011223333221100"); // and each line twice
    EXPECT_ROW(0, 2, "3333333300");
    EXPECT_ROW(0, 4, "1111111100");
    assert_int_equal(peek(0xB8001, 1), 0xE4);
}

static void mode_13h_shows_bytes_in_a_row_as_two_dots_each(void **state)
{
    (void)state;
    set_mode(&mode_13);
    poke(0xA0000, 0x84C81204, 4);
    poke(0xA0000 + 320, 0x63, 1);
    poke(0xAF9FF, 0x21, 1); // line 199, column 319
    draw();
    assert_int_equal(pixel(0, 0), colour(0x04));
    assert_int_equal(pixel(1, 1), colour(0x04));
    assert_int_equal(pixel(2, 0), colour(0x12));
    assert_int_equal(pixel(5, 0), colour(0xC8));
    assert_int_equal(pixel(7, 1), colour(0x84));
    assert_int_equal(pixel(0, 2), colour(0x63));
    assert_int_equal(pixel(639, 399), colour(0x21));
}

// Mode X: chain-4 off, byte mode; each plane has every fourth column.
static void unchained_256_colours_have_a_column_in_each_plane(void **state)
{
    (void)state;
    set_mode(&mode_13);
    set_pair(0x3C4, 4, 0x06);
    set_pair(0x3D4, 0x14, 0x00);
    set_pair(0x3D4, 0x17, 0xE3);
    set_pair(0x3C4, 2, 0x04);
    poke(0xA0000 + 1, 0x77, 1); // plane 2: column 6
    poke(0xA0000 + 80, 0x55, 1);
    set_attribute(0x13, 2); // panning by two dots is by one column
    draw();
    draw();
    out(0x3C0, 0x20, 1);
    draw();
    assert_int_equal(pixel(9, 0), colour(0));
    assert_int_equal(pixel(10, 0), colour(0x77));
    assert_int_equal(pixel(11, 1), colour(0x77));
    assert_int_equal(pixel(12, 0), colour(0));
    assert_int_equal(pixel(2, 2), colour(0x55));
}

static void below_the_line_compare_the_picture_begins_at_0_unpanned_if_asked(void **state)
{
    (void)state;
    set_mode(&mode_12);
    set_planes(0, 0x000000FF);
    set_planes(80 * 100 + 1, 0x0000FF00);
    set_planes(1, 0x00FF0000);
    set_pair(0x3D4, 0x0C, 80 * 100 >> 8);
    set_pair(0x3D4, 0x0D, 80 * 100 & 0xFF);
    clock_skip_to(&rig.clock, 20000000); // behind a retrace
    set_pair(0x3D4, 0x18, 9);
    set_pair(0x3D4, 0x07, 0x2E); // bit 8 of line compare, bit 4 here, 0
    set_pair(0x3D4, 0x09, 0x00);
    set_attribute(0x13, 3);
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 0, "00000222222220");
    EXPECT_ROW(0, 9, "0000000000000");
    EXPECT_ROW(0, 10, "11111444444440"); // panned as well
    set_attribute(0x10, 0x21);
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 0, "00000222222220");
    EXPECT_ROW(0, 10, "1111111144444444");
}

static void a_screen_that_is_off_has_one_colour(void **state)
{
    (void)state;
    set_mode(&mode_12);
    set_planes(0, 0x000000FF);
    set_attribute(0x11, 0x05);
    in(0x3DA, 1);
    out(0x3C0, 0x00, 1); // the palette is the processor's
    draw();
    assert_true(screen.is_blank);
    assert_int_equal(pixel(0, 0), colour(5));
    assert_int_equal(pixel(639, 479), colour(5));
    out(0x3C0, 0x20, 1);
    out(0x3C0, 0x20, 1);
    set_pair(0x3C4, 1, 0x21);
    draw();
    assert_int_equal(pixel(0, 0), 0xFF000000);
}

// --- the display extension ---

static void each_depth_has_its_layout(void **state)
{
    (void)state;
    static const struct {
        u16 bits;
        u32 bytes[2], pixel[2];
    } cases[] = {
        {15, {0x03E07C00, 0}, {0xFF0000FF, 0xFF00FF00}},
        {16, {0x07E0F800, 0}, {0xFF0000FF, 0xFF00FF00}},
        {16, {0x0841001F, 0}, {0xFFFF0000, 0xFF080808}},
        {24, {0x44112233, 0x00006655}, {0xFF332211, 0xFF445566}},
        {32, {0x99112233, 0x00445566}, {0xFF332211, 0xFF665544}},
    };
    for (unsigned n = 0; n < COUNT_OF(cases); n++) {
        set_extension(64, 64, cases[n].bits);
        poke(0xA0000, cases[n].bytes[0], 4);
        poke(0xA0004, cases[n].bytes[1], 4);
        draw();
        assert_int_equal(pixel(0, 0), cases[n].pixel[0]);
        assert_int_equal(pixel(1, 0), cases[n].pixel[1]);
    }
}

static void the_extension_shows_a_part_of_a_larger_screen(void **state)
{
    (void)state;
    set_extension(64, 64, 8);
    set_dispi(DISPI_VIRT_WIDTH, 256);
    set_dispi(DISPI_X_OFFSET, 3);
    set_dispi(DISPI_Y_OFFSET, 2);
    poke(0xA0000 + 256 * 2 + 3, 0x41, 1);
    poke(0xA0000 + 256 * 65 + 66, 0x42, 1);
    draw();
    assert_int_equal(pixel(0, 0), colour(0x41));
    assert_int_equal(pixel(63, 63), colour(0x42));
}

static void the_extension_has_four_planes_with_4_bits(void **state)
{
    (void)state;
    set_extension(64, 64, 4);
    set_pair(0x3C4, 2, 0x0A);
    set_pair(0x3CE, 8, 0xFF);
    poke(0xA0000 + 8, 0x81, 1);
    for (u8 n = 0; n < 16; n++) {
        set_attribute(n, n);
    }
    set_attribute(0x12, 0x0F);
    out(0x3C0, 0x20, 1);
    draw();
    EXPECT_ROW(0, 1, "A000000A0");
}

// --- what has changed ---

static void only_lines_that_differ_are_reported(void **state)
{
    (void)state;
    set_mode(&mode_13);
    draw();
    assert_int_equal(screen.changed_first, 0);
    assert_int_equal(screen.changed_end, 400);
    draw();
    assert_int_equal(screen.changed_first, screen.changed_end);
    poke(0xA0000 + 320 * 10, 5, 1);
    poke(0xA0000 + 320 * 20, 0, 1); // written, but the same
    poke(0xA0000 + 320 * 30, 5, 1);
    draw();
    assert_int_equal(screen.changed_first, 20);
    assert_int_equal(screen.changed_end, 62);
    assert_true(screen.is_line_changed[21]);
    assert_false(screen.is_line_changed[22]);
    assert_false(screen.is_line_changed[40]);
    out(0x3C8, 5, 1);
    out(0x3C9, 1, 1);
    out(0x3C9, 1, 1);
    out(0x3C9, 1, 1);
    draw();
    assert_int_equal(screen.changed_first, 20);
    assert_int_equal(screen.changed_end, 62);
}

static void two_pictures_follow_at_their_own_pace(void **state)
{
    (void)state;
    static u32 others[640 * 400];
    static struct vt_screen other;
    other = (struct vt_screen){.pixels = others, .pixel_capacity = COUNT_OF(others)};
    set_mode(&mode_13);
    draw();
    assert_true(vga_draw(&vga, &other));
    poke(0xA0000, 5, 1);
    draw();
    poke(0xA0000 + 320 * 199, 6, 1);
    draw();
    assert_int_equal(screen.changed_first, 398);
    assert_true(vga_draw(&vga, &other));
    assert_int_equal(other.changed_first, 0);
    assert_int_equal(other.changed_end, 400);
    assert_int_equal(others[0], colour(5));
}

static void looking_does_not_change_the_state(void **state)
{
    (void)state;
    static u8 before[2 * sizeof(struct vga_state)], after[sizeof before];
    set_mode(&mode_3);
    set_pair(0x3D4, 0x0D, 80);
    clock_skip_to(&rig.clock, 50000000);
    fields_save(vga.dev.fields, &vga.s, before);
    draw();
    fields_save(vga.dev.fields, &vga.s, after);
    assert_memory_equal(before, after, fields_size(vga.dev.fields));
}

#define TEST(f) cmocka_unit_test_setup(f, set_up_screen)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_picture_has_the_dots_of_its_mode_on_a_screen_of_4_to_3),
        TEST(too_little_room_is_told_with_the_size),
        TEST(colours_that_change_in_each_picture_are_drawn_from_their_lines_on),
        TEST(a_palette_loaded_within_one_picture_is_in_all_of_it),
        TEST(a_cell_has_nine_dots_and_line_graphics_go_on_in_the_ninth),
        TEST(attribute_bit_3_chooses_one_of_two_fonts),
        TEST(the_cursor_fills_its_lines_and_blinks_every_16_pictures),
        TEST(attribute_bit_7_blinks_or_is_a_bright_ground),
        TEST(blue_on_black_is_underlined_where_the_crtc_says),
        TEST(text_pans_by_dots_and_rows_by_lines),
        TEST(a_new_start_address_waits_for_the_retrace),
        TEST(a_planar_byte_is_eight_dots),
        TEST(the_palette_is_masked_and_selected),
        TEST(cga_pairs_come_from_even_and_odd_bytes_and_lines_interleave),
        TEST(mode_13h_shows_bytes_in_a_row_as_two_dots_each),
        TEST(unchained_256_colours_have_a_column_in_each_plane),
        TEST(below_the_line_compare_the_picture_begins_at_0_unpanned_if_asked),
        TEST(a_screen_that_is_off_has_one_colour),
        TEST(each_depth_has_its_layout),
        TEST(the_extension_shows_a_part_of_a_larger_screen),
        TEST(the_extension_has_four_planes_with_4_bits),
        TEST(only_lines_that_differ_are_reported),
        TEST(two_pictures_follow_at_their_own_pace),
        TEST(looking_does_not_change_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
