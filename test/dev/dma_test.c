// Expected values: the 8237A datasheet ([8237A]: registers, modes, TC, auto-initialization), the
// page registers and word addressing of the PC/AT as the 82371SB describes them ([82371SB] 2.2).
#include "rig.h"

#include "core/dev.h"
#include "dev/dma.h"

enum { RAM_BYTES = 0x60000 };

struct board {
    struct rig rig;
    struct phys phys;
    struct dma dma;
    u8 page_flags[RAM_BYTES / PHYS_PAGE_BYTES];
    u8 ram[RAM_BYTES];
};

static struct board board;

static void out(u16 port, u8 value)
{
    rig_out(&board.rig, port, value);
}

static u8 in(u16 port)
{
    return rig_in(&board.rig, port);
}

static void out16(u16 port, u16 value)
{
    out(port, (u8)value);
    out(port, (u8)(value >> 8));
}

static u16 in16(u16 port)
{
    u8 low = in(port);
    return (u16)(low | in(port) << 8);
}

// As firmware leaves it: the cascade open, everything else masked.
static int set_up(void **state UNUSED)
{
    memset(&board, 0, sizeof board);
    rig_init(&board.rig);
    phys_init(&board.phys, board.ram, RAM_BYTES, board.page_flags);
    phys_map_ram(&board.phys, 0, RAM_BYTES, board.ram, "ram");
    dma_init(&board.dma, &board.rig.ports, &board.phys);
    out(0xd6, 0xc0);
    out(0xd4, 0x00);
    return 0;
}

// Programs channel 0 to 3 and unmasks it.
static void program(unsigned n, u8 mode, u8 page, u16 address, u16 count)
{
    static const u8 pages[] = {0x87, 0x83, 0x81, 0x82};
    out(0x0a, (u8)(4 | n));
    out(0x0b, (u8)(mode | n));
    out(0x0c, 0);
    out16((u16)(2 * n), address);
    out16((u16)(2 * n + 1), count);
    out(pages[n], page);
    out(0x0a, (u8)n);
}

// The same for channel 5 to 7, address and count in words.
static void program16(unsigned n, u8 mode, u8 page, u16 address, u16 count)
{
    static const u8 pages[] = {0x8f, 0x8b, 0x89, 0x8a};
    out(0xd4, (u8)n); // bit 2 is set: masked
    out(0xd6, (u8)(mode | (n & 3)));
    out(0xd8, 0);
    out16((u16)(0xc0 + 4 * (n & 3)), address);
    out16((u16)(0xc2 + 4 * (n & 3)), count);
    out(pages[n & 3], page);
    out(0xd4, n & 3);
}

static u32 send(unsigned n, const char *text, bool *is_end)
{
    struct dma_channel c = dma_channel(&board.dma, n);
    u8 bytes[64];
    memcpy(bytes, text, strlen(text));
    return dma_transfer(&c, bytes, (u32)strlen(text), DMA_TO_MEMORY, is_end);
}

static u32 receive(unsigned n, u8 *bytes, u32 size_bytes, bool *is_end)
{
    struct dma_channel c = dma_channel(&board.dma, n);
    return dma_transfer(&c, bytes, size_bytes, DMA_FROM_MEMORY, is_end);
}

enum { SINGLE = 0x40, BLOCK = 0x80, CASCADE = 0xc0, DOWN = 0x20, AUTO = 0x10 };
enum { VERIFY = 0, WRITE = 4, READ = 8 };

static void a_write_transfer_fills_memory_upwards_until_tc(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0x03, 0x1234, 7);
    assert_int_equal(send(2, "abcde", &is_end), 5);
    assert_false(is_end);
    assert_int_equal(in(0x08), 0x00);
    assert_int_equal(in16(0x04), 0x1239);
    assert_int_equal(in16(0x05), 2);
    assert_int_equal(send(2, "fghij", &is_end), 3);
    assert_true(is_end);
    assert_memory_equal(board.ram + 0x31234, "abcdefgh\0", 9);
    assert_int_equal(in16(0x04), 0x123c);
    assert_int_equal(in16(0x05), 0xffff); // it rolls over ([8237A], current word count)
}

static void tc_masks_the_channel_and_shows_until_status_is_read(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0, 0x100, 1);
    send(2, "ab", &is_end);
    assert_int_equal(in(0x0f), 0x0f);
    assert_int_equal(in(0x08), 0x04);
    assert_int_equal(in(0x08), 0x00);
    assert_int_equal(send(2, "c", &is_end), 0);
    assert_false(is_end);
    assert_int_equal(in(0x08), 0x40); // it still asks
    send(2, "", &is_end);             // and gives up
    assert_int_equal(in(0x08), 0x00);
}

static void a_read_transfer_brings_what_is_in_memory(void **state UNUSED)
{
    bool is_end;
    u8 bytes[8] = {0};
    memcpy(board.ram + 0x20010, "floppy", 6);
    program(1, READ, 0x02, 0x10, 0x100);
    assert_int_equal(receive(1, bytes, 6, &is_end), 6);
    assert_memory_equal(bytes, "floppy", 6);
    assert_false(is_end);
}

static void a_verify_transfer_counts_and_leaves_memory_alone(void **state UNUSED)
{
    bool is_end;
    program(3, SINGLE | VERIFY, 0, 0x200, 2);
    assert_int_equal(send(3, "abc", &is_end), 3);
    assert_true(is_end);
    assert_int_equal(board.ram[0x200], 0);
    assert_int_equal(in(0x08), 0x08);
}

static void a_device_of_the_wrong_direction_meets_open_bus(void **state UNUSED)
{
    bool is_end;
    u8 bytes[2] = {1, 2};
    board.ram[0x300] = 0x33;
    program(1, SINGLE | WRITE, 0, 0x300, 1);
    assert_int_equal(receive(1, bytes, 2, &is_end), 2);
    assert_int_equal(bytes[0], 0xff);
    assert_int_equal(board.ram[0x300], 0x33);
}

static void addresses_count_down_if_asked_to(void **state UNUSED)
{
    bool is_end;
    program(0, SINGLE | DOWN | WRITE, 0, 0x403, 3);
    assert_int_equal(send(0, "abcd", &is_end), 4);
    assert_memory_equal(board.ram + 0x400, "dcba", 4);
    assert_int_equal(in16(0x00), 0x03ff);
}

static void an_address_wraps_within_its_page(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0x01, 0xfffe, 3);
    send(2, "abcd", &is_end);
    assert_memory_equal(board.ram + 0x1fffe, "ab", 2);
    assert_memory_equal(board.ram + 0x10000, "cd", 2);
    program(2, SINGLE | DOWN | WRITE, 0x02, 0x0000, 1);
    send(2, "ef", &is_end);
    assert_int_equal(board.ram[0x20000], 'e');
    assert_int_equal(board.ram[0x2ffff], 'f');
}

static void auto_initialize_starts_anew_and_stays_unmasked(void **state UNUSED)
{
    bool is_end;
    program(1, SINGLE | AUTO | WRITE, 0, 0x500, 3);
    assert_int_equal(send(1, "abcdef", &is_end), 4);
    assert_true(is_end);
    assert_int_equal(in(0x0f), 0x0d);
    assert_int_equal(in16(0x02), 0x500);
    assert_int_equal(in16(0x03), 3);
    assert_int_equal(send(1, "ef", &is_end), 2);
    assert_memory_equal(board.ram + 0x500, "efcd", 4);
}

// A count register holds one less than the transfers.
static void a_count_of_ffff_is_64_ki(void **state UNUSED)
{
    static u8 bytes[0x10002];
    bool is_end;
    struct dma_channel c = dma_channel(&board.dma, 2);
    memset(bytes, 0x5a, sizeof bytes);
    program(2, SINGLE | WRITE, 0x04, 0, 0xffff);
    assert_int_equal(dma_transfer(&c, bytes, sizeof bytes, DMA_TO_MEMORY, &is_end), 0x10000);
    assert_true(is_end);
    assert_int_equal(board.ram[0x40000], 0x5a);
    assert_int_equal(board.ram[0x4ffff], 0x5a);
}

// [82371SB]: A0 is 0, the address register gives A16..A1, the page A23..A17.
static void word_channels_move_words_at_even_addresses(void **state UNUSED)
{
    bool is_end;
    program16(5, SINGLE | WRITE, 0x03, 0x0100, 2); // bit 0 of the page is not used
    assert_int_equal(send(5, "abcde", &is_end), 4);
    assert_memory_equal(board.ram + 0x20200, "abcd\0", 5);
    assert_int_equal(in16(0xc4), 0x0102);
    assert_int_equal(in16(0xc6), 0);
    assert_int_equal(send(5, "x", &is_end), 0); // half a word
    assert_int_equal(in(0xd0), 0x00);
    assert_int_equal(send(5, "efgh", &is_end), 2);
    assert_true(is_end);
    assert_int_equal(in(0xd0), 0x02);
    program16(7, SINGLE | WRITE, 0x04, 0xffff, 1);
    assert_int_equal(send(7, "1234", &is_end), 4);
    assert_memory_equal(board.ram + 0x5fffe, "12", 2);
    assert_memory_equal(board.ram + 0x40000, "34", 2);
}

static void words_count_down_word_by_word(void **state UNUSED)
{
    bool is_end;
    program16(6, SINGLE | DOWN | WRITE, 0, 0x0101, 1);
    send(6, "abcd", &is_end);
    assert_memory_equal(board.ram + 0x200, "cdab", 4);
}

static void a_masked_or_disabled_channel_moves_nothing(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0, 0x600, 9);
    out(0x0a, 0x06);
    assert_int_equal(send(2, "a", &is_end), 0);
    out(0x0f, 0x0b); // all but 2
    assert_int_equal(send(2, "a", &is_end), 1);
    out(0x08, 0x04);
    assert_int_equal(send(2, "b", &is_end), 0);
    out(0x08, 0x00);
    assert_int_equal(send(2, "b", &is_end), 1);
    out(0x0f, 0x0f);
    out(0x0e, 0x00); // clear the mask
    assert_int_equal(in(0x0f), 0x00);
    assert_int_equal(send(2, "c", &is_end), 1);
    assert_memory_equal(board.ram + 0x600, "abc", 3);
}

static void the_first_chip_needs_the_cascade(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0, 0x600, 9);
    out(0xd4, 0x04); // channel 4 masked
    assert_int_equal(send(2, "a", &is_end), 0);
    out(0xd4, 0x00);
    assert_int_equal(send(2, "a", &is_end), 1);
    out(0xd6, SINGLE); // not as a cascade
    assert_int_equal(send(2, "a", &is_end), 0);
    out(0xd6, CASCADE);
    out(0xd0, 0x04); // the second chip disabled
    assert_int_equal(send(2, "a", &is_end), 0);
}

static void a_cascade_channel_moves_nothing_itself(void **state UNUSED)
{
    bool is_end;
    program(3, CASCADE | WRITE, 0, 0x600, 9);
    assert_int_equal(send(3, "a", &is_end), 0);
    assert_int_equal(send(4, "ab", &is_end), 0);
}

static void the_byte_pointer_is_shared_by_all_counters_of_a_chip(void **state UNUSED)
{
    program(0, SINGLE, 0, 0x1122, 0x3344);
    assert_int_equal(in(0x00), 0x22);
    assert_int_equal(in(0x01), 0x33); // the high byte, of another register
    assert_int_equal(in(0x00), 0x22);
    out(0x0c, 0);
    assert_int_equal(in(0x00), 0x22);
    out(0x0c, 0);
    out(0x00, 0x99);
    out(0x0c, 0);
    assert_int_equal(in16(0x00), 0x1199); // one byte written changes one byte
}

static void master_clear_masks_all_and_forgets_the_rest(void **state UNUSED)
{
    bool is_end;
    program(2, SINGLE | WRITE, 0, 0x700, 0);
    send(2, "a", &is_end);
    out(0x08, 0x10);
    out(0x0f, 0x00);
    in(0x04); // flips the byte pointer
    out(0x0d, 0x00);
    assert_int_equal(in(0x0f), 0x0f);
    assert_int_equal(in(0x08), 0x00);
    assert_int_equal(in(0x0d), 0x00);
    assert_int_equal(in(0x04), 0x01); // 701h, low byte first
}

// [8237A]: a software request is served in block mode only, and not masked.
static void a_software_request_runs_a_block_to_tc(void **state UNUSED)
{
    program(0, SINGLE | VERIFY, 0, 0x0100, 0x1f);
    out(0x0a, 0x04);
    out(0x09, 0x04);
    assert_int_equal(in(0x08), 0x10); // waits
    out(0x0b, BLOCK | VERIFY);
    assert_int_equal(in(0x08), 0x01);
    assert_int_equal(in16(0x00), 0x0120);
    assert_int_equal(in16(0x01), 0xffff);
    out(0x09, 0x06);
    out(0x09, 0x02); // taken back
    assert_int_equal(in(0x08), 0x00);
}

static void registers_answer_at_their_aliases(void **state UNUSED)
{
    program(0, SINGLE, 0, 0x1234, 0);
    assert_int_equal(in16(0x10), 0x1234);
    out(0xdf, 0x0e); // mask of the second chip
    assert_int_equal(in(0xde), 0x0e);
    out(0x97, 0x42);
    assert_int_equal(in(0x87), 0x42);
    assert_int_equal(in(0x92), 0xff); // another device's
    assert_int_equal(in(0x0b), 0xff);
}

static void pages_without_a_channel_keep_a_byte(void **state UNUSED)
{
    for (unsigned n = 0; n < 16; n++) {
        out((u16)(0x80 + n), (u8)(0xa0 + n));
    }
    for (unsigned n = 0; n < 16; n++) {
        assert_int_equal(in((u16)(0x80 + n)), 0xa0 + n);
    }
}

static unsigned code_written_count;

static void on_code_written(void *owner UNUSED, u64 address, u64 size_bytes)
{
    code_written_count += address == 0x800 && size_bytes == 2;
}

static void dma_into_code_is_told(void **state UNUSED)
{
    bool is_end;
    code_written_count = 0;
    board.phys.code_written = on_code_written;
    board.page_flags[0] = PHYS_PAGE_CODE;
    program(2, SINGLE | WRITE, 0, 0x800, 9);
    send(2, "ab", &is_end);
    assert_int_equal(code_written_count, 1);
}

static void a_loaded_state_is_the_saved_one(void **state UNUSED)
{
    static u8 saved[256], again[256];
    bool is_end;
    program(2, SINGLE | AUTO | WRITE, 3, 0x800, 3);
    program16(6, SINGLE | READ, 5, 0x1111, 0x2222);
    send(2, "abcd", &is_end);
    send(3, "x", &is_end);
    out(0x09, 0x05);
    out(0x08, 0x20);
    in(0x00);
    size_t size = fields_size(board.dma.dev.fields);
    assert_true(size <= sizeof saved);
    assert_int_equal(size, 2 * (4 * 9 + 6) + 16);
    fields_save(board.dma.dev.fields, board.dma.dev.state, saved);
    memset(&board.dma.s, 0xee, sizeof board.dma.s);
    fields_load(board.dma.dev.fields, board.dma.dev.state, saved);
    fields_save(board.dma.dev.fields, board.dma.dev.state, again);
    assert_memory_equal(saved, again, size);
    assert_int_equal(in(0x08), 0xa4); // 1 by software, 3 refused; TC of 2
    assert_int_equal(send(2, "wxyz", &is_end), 4);
    assert_memory_equal(board.ram + 0x30800, "wxyz", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_write_transfer_fills_memory_upwards_until_tc, set_up),
        cmocka_unit_test_setup(tc_masks_the_channel_and_shows_until_status_is_read, set_up),
        cmocka_unit_test_setup(a_read_transfer_brings_what_is_in_memory, set_up),
        cmocka_unit_test_setup(a_verify_transfer_counts_and_leaves_memory_alone, set_up),
        cmocka_unit_test_setup(a_device_of_the_wrong_direction_meets_open_bus, set_up),
        cmocka_unit_test_setup(addresses_count_down_if_asked_to, set_up),
        cmocka_unit_test_setup(an_address_wraps_within_its_page, set_up),
        cmocka_unit_test_setup(auto_initialize_starts_anew_and_stays_unmasked, set_up),
        cmocka_unit_test_setup(a_count_of_ffff_is_64_ki, set_up),
        cmocka_unit_test_setup(word_channels_move_words_at_even_addresses, set_up),
        cmocka_unit_test_setup(words_count_down_word_by_word, set_up),
        cmocka_unit_test_setup(a_masked_or_disabled_channel_moves_nothing, set_up),
        cmocka_unit_test_setup(the_first_chip_needs_the_cascade, set_up),
        cmocka_unit_test_setup(a_cascade_channel_moves_nothing_itself, set_up),
        cmocka_unit_test_setup(the_byte_pointer_is_shared_by_all_counters_of_a_chip, set_up),
        cmocka_unit_test_setup(master_clear_masks_all_and_forgets_the_rest, set_up),
        cmocka_unit_test_setup(a_software_request_runs_a_block_to_tc, set_up),
        cmocka_unit_test_setup(registers_answer_at_their_aliases, set_up),
        cmocka_unit_test_setup(pages_without_a_channel_keep_a_byte, set_up),
        cmocka_unit_test_setup(dma_into_code_is_told, set_up),
        cmocka_unit_test_setup(a_loaded_state_is_the_saved_one, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
