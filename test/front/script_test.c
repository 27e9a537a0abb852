// What --expect, --type and --keys are made of: matching in serial text and on the text screen,
// escapes, names of keys, and keys that come from a terminal.
//
// Scancodes: set 1 of the PS/2 keyboard. Terminal sequences: those of xterm.
#include "front/cli/keys.h"
#include "front/cli/matcher.h"
#include "front/cli/screen_watch.h"
#include "front/cli/tty_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// --- serial text ---

static void put(struct matcher *m, const char *text)
{
    while (*text) {
        matcher_put(m, (uint8_t)*text++);
    }
}

static bool finds(struct matcher *m, const char *expression)
{
    regex_t compiled;
    bool is_found;

    assert_int_equal(regcomp(&compiled, expression, REG_EXTENDED), 0);
    is_found = matcher_find(m, &compiled);
    regfree(&compiled);
    return is_found;
}

static void an_unfinished_line_matches(void **state)
{
    struct matcher m = {0};

    (void)state;
    put(&m, "Welcome\r\nlog");
    assert_false(finds(&m, "^login: $"));
    put(&m, "in: ");
    assert_true(finds(&m, "^login: $"));
    matcher_free(&m);
}

static void what_matched_is_not_found_again(void **state)
{
    struct matcher m = {0};

    (void)state;
    put(&m, "# ls\nfile\n# ");
    assert_true(finds(&m, "# "));
    assert_true(finds(&m, "file"));
    assert_true(finds(&m, "# "));
    assert_false(finds(&m, "# "));
    put(&m, "#");
    assert_false(finds(&m, "^#")); // not the beginning of its line
    matcher_free(&m);
}

static void a_match_does_not_cross_lines(void **state)
{
    struct matcher m = {0};

    (void)state;
    put(&m, "one\ntwo\n");
    assert_false(finds(&m, "one.two"));
    matcher_free(&m);
}

static void escape_sequences_are_left_out(void **state)
{
    struct matcher m = {0};

    (void)state;
    put(&m, "\033]0;title\007\033[1;32mro\033[0mot\033[6n\033(B# \r");
    assert_true(finds(&m, "^root# $"));
    matcher_free(&m);
}

static void megabytes_of_text_are_forgotten_line_by_line(void **state)
{
    struct matcher m = {0};

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        put(&m, "a line of text that nobody waits for\n");
        if (i % 100 == 0) {
            assert_false(finds(&m, "never"));
        }
    }
    assert_true(m.capacity <= 64 * 1024);
    matcher_free(&m);
}

// --- text screen ---

static void show(struct vt_text_screen *screen, unsigned row, const char *text)
{
    memset(screen->characters[row], ' ', sizeof screen->characters[row]);
    memcpy(screen->characters[row], text, strlen(text));
    screen->cursor_row = row;
    screen->cursor_column = (unsigned)strlen(text);
}

static void blank(struct vt_text_screen *screen)
{
    memset(screen, 0, sizeof *screen);
    memset(screen->characters, ' ', sizeof screen->characters);
    screen->columns = 80;
    screen->rows = 25;
}

static bool sees(struct screen_watch *w, const struct vt_text_screen *screen,
                 const char *expression)
{
    regex_t compiled;
    bool is_found;

    assert_int_equal(regcomp(&compiled, expression, REG_EXTENDED), 0);
    screen_watch_update(w, screen);
    is_found = screen_watch_find(w, &compiled);
    regfree(&compiled);
    return is_found;
}

static void a_prompt_ends_at_the_cursor(void **state)
{
    static struct screen_watch w;
    static struct vt_text_screen screen;

    (void)state;
    memset(&w, 0, sizeof w);
    blank(&screen);
    show(&screen, 3, "login: ");
    assert_true(sees(&w, &screen, "^login: $"));
    assert_false(sees(&w, &screen, "login"));
}

static void the_next_prompt_is_found_and_the_old_one_not(void **state)
{
    static struct screen_watch w;
    static struct vt_text_screen screen;

    (void)state;
    memset(&w, 0, sizeof w);
    blank(&screen);
    show(&screen, 0, "A:\\>");
    assert_true(sees(&w, &screen, ">$"));
    show(&screen, 0, "A:\\>dir");
    assert_false(sees(&w, &screen, ">"));
    assert_true(sees(&w, &screen, "dir$"));
    show(&screen, 2, "A:\\>");
    assert_true(sees(&w, &screen, ">$"));
}

static void scrolling_brings_nothing_old_back(void **state)
{
    static struct screen_watch w;
    static struct vt_text_screen screen;

    (void)state;
    memset(&w, 0, sizeof w);
    blank(&screen);
    for (unsigned row = 0; row < 24; row++) {
        show(&screen, row, row % 2 ? "odd row" : "even row");
        screen.characters[row][20] = (uint8_t)('A' + row);
    }
    show(&screen, 24, "C:\\>");
    assert_true(sees(&w, &screen, "C:.>$"));
    memmove(screen.characters[0], screen.characters[3], 22 * sizeof screen.characters[0]);
    show(&screen, 22, "new");
    show(&screen, 23, "");
    show(&screen, 24, "D:\\>");
    assert_false(sees(&w, &screen, "row|C:.>"));
    assert_true(sees(&w, &screen, "new"));
    assert_true(sees(&w, &screen, "D:.>$"));
}

// By the chart of code page 437: the frame of GRUB's menu with its arrows, and a word with a block.
static void frames_arrows_and_accents_are_read_as_ascii(void **state)
{
    static struct screen_watch w;
    static struct vt_text_screen screen;

    (void)state;
    memset(&w, 0, sizeof w);
    blank(&screen);
    show(&screen, 0, "\xda\xc4\xc4\xbf");
    show(&screen, 1, "\xb3\x18\x19\xb3");
    show(&screen, 2, "\xc0\xc4\xc4\xd9");
    show(&screen, 3, "\xc9\xcd\xbb\xba\xc8\xbc");
    show(&screen, 4, "Gr\x81\xe1 dich \xdb\xb0\x10\x7f\xfb.");
    assert_true(sees(&w, &screen, "^\\+--\\+$"));
    assert_true(sees(&w, &screen, "^\\|\\^v\\|$"));
    assert_true(sees(&w, &screen, "^\\+--\\+$"));
    assert_true(sees(&w, &screen, "^\\+=\\+\\|\\+\\+$"));
    assert_true(sees(&w, &screen, "^Grus dich @@>\\?\\?\\.$"));
}

static void frames_arrows_and_accents_are_read_as_they_are(void **state)
{
    static struct screen_watch w;
    static struct vt_text_screen screen;

    (void)state;
    memset(&w, 0, sizeof w);
    blank(&screen);
    show(&screen, 0,
         "\xC9\xCD\xBB \x81"
         "ber \x18 ok");
    assert_true(sees(&w, &screen, "^╔═╗ über"));
    assert_true(sees(&w, &screen, " ↑ ok$")); // the rest begins where the match ended
    show(&screen, 1, "\x84: ");
    assert_true(sees(&w, &screen, "^ä: $"));
    assert_false(sees(&w, &screen, "ä"));
}

// --- keys ---

static void assert_items(const struct items *list, const uint32_t *expected, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list->rows[i], expected[i]);
    }
}

static void held_keys_are_released_in_reverse(void **state)
{
    static const uint32_t expected[] = {0x1d | ITEM_PRESS,   0x38 | ITEM_PRESS,
                                        0x153 | ITEM_PRESS,  0x153 | ITEM_RELEASE,
                                        0x38 | ITEM_RELEASE, 0x1d | ITEM_RELEASE};
    struct items list = {0};
    const char *text = "ctrl+ALT+delete", *bad;

    (void)state;
    assert_true(items_add_chord(&list, text, strlen(text), &bad));
    assert_items(&list, expected, 6);
    text = "ctrl+hyper";
    assert_false(items_add_chord(&list, text, strlen(text), &bad));
    assert_ptr_equal(bad, text + 5);
    text = "ctrl+";
    assert_false(items_add_chord(&list, text, strlen(text), &bad));
    items_free(&list);
}

static void keys_are_held_for_a_time(void **state)
{
    static const uint32_t expected[] = {0x2a | ITEM_PRESS, 0x14b | ITEM_PRESS, 1500 | ITEM_HOLD,
                                        0x14b | ITEM_RELEASE, 0x2a | ITEM_RELEASE};
    static const char *const wrong[] = {"left:", "left:0", "left:1s", "left:1000001", "left:-1"};
    struct items list = {0};
    const char *text = "shift+left:1500", *bad;

    (void)state;
    assert_true(items_add_chord(&list, text, strlen(text), &bad));
    assert_items(&list, expected, 5);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(items_add_chord(&list, wrong[i], strlen(wrong[i]), &bad));
        assert_ptr_equal(bad, wrong[i] + 5);
    }
    items_free(&list);
}

static void text_knows_escapes_and_keys(void **state)
{
    static const uint32_t expected[] = {
        'a', '\r', '\t', 0x1b, '\\', 0xff, 0, 0x58 | ITEM_PRESS, 0x58 | ITEM_RELEASE, 'z'};
    static const char *const wrong[] = {"\\",     "\\q",       "\\x1", "\\xgg",
                                        "\\{f12", "\\{hyper}", "\\{}"};
    struct items list = {0};
    const char *text = "a\\n\\t\\e\\\\\\xFf\\0\\{f12}z", *bad, *why;

    (void)state;
    assert_true(items_add_text(&list, text, strlen(text), &bad, &why));
    assert_items(&list, expected, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(items_add_text(&list, wrong[i], strlen(wrong[i]), &bad, &why));
    }
    items_free(&list);
}

static void type_at_terminal(struct items *list, const char *bytes)
{
    struct tty_keys keys = {0};

    while (*bytes) {
        tty_keys_take(&keys, (uint8_t)*bytes++, list);
    }
    tty_keys_pause(&keys, list);
}

static void terminal_sequences_become_keys(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
        uint32_t items[6];
    } cases[] = {
        {"a", 1, {'a'}},
        {"\r", 1, {'\r'}},
        {"\033[A", 2, {0x148 | ITEM_PRESS, 0x148 | ITEM_RELEASE}},
        {"\033OP", 2, {0x3b | ITEM_PRESS, 0x3b | ITEM_RELEASE}},
        {"\033[24~", 2, {0x58 | ITEM_PRESS, 0x58 | ITEM_RELEASE}},
        {"\033[[E", 2, {0x3f | ITEM_PRESS, 0x3f | ITEM_RELEASE}},
        {"\033", 2, {0x01 | ITEM_PRESS, 0x01 | ITEM_RELEASE}},
        {"\003",
         4,
         {0x1d | ITEM_PRESS, 0x2e | ITEM_PRESS, 0x2e | ITEM_RELEASE, 0x1d | ITEM_RELEASE}},
        {"\033x", 3, {0x38 | ITEM_PRESS, 'x', 0x38 | ITEM_RELEASE}},
        {"\033[1;5D",
         4,
         {0x1d | ITEM_PRESS, 0x14b | ITEM_PRESS, 0x14b | ITEM_RELEASE, 0x1d | ITEM_RELEASE}},
        {"\033[3;2~",
         4,
         {0x2a | ITEM_PRESS, 0x153 | ITEM_PRESS, 0x153 | ITEM_RELEASE, 0x2a | ITEM_RELEASE}},
        {"\303\244", 0, {0}}, // no key of the US keyboard
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct items list = {0};

        type_at_terminal(&list, cases[i].bytes);
        assert_items(&list, cases[i].items, cases[i].count);
        items_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unfinished_line_matches),
        cmocka_unit_test(what_matched_is_not_found_again),
        cmocka_unit_test(a_match_does_not_cross_lines),
        cmocka_unit_test(escape_sequences_are_left_out),
        cmocka_unit_test(megabytes_of_text_are_forgotten_line_by_line),
        cmocka_unit_test(a_prompt_ends_at_the_cursor),
        cmocka_unit_test(the_next_prompt_is_found_and_the_old_one_not),
        cmocka_unit_test(scrolling_brings_nothing_old_back),
        cmocka_unit_test(frames_arrows_and_accents_are_read_as_ascii),
        cmocka_unit_test(frames_arrows_and_accents_are_read_as_they_are),
        cmocka_unit_test(held_keys_are_released_in_reverse),
        cmocka_unit_test(keys_are_held_for_a_time),
        cmocka_unit_test(text_knows_escapes_and_keys),
        cmocka_unit_test(terminal_sequences_become_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
