// Vitrine's public interface: create a machine, run it, talk to it, destroy it.
//
// A machine is a value of the caller: no globals, so several run in one process, each on its own
// thread if wished. Nothing here reads a clock or the operating system; what a machine needs of the
// world it asks of the `struct vt_host` it was created with.
#pragma once

#include "vitrine/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VT_VERSION "0.1.0"

enum vt_status {
    VT_OK = 0,
    VT_ERROR_MEMORY,     // the host has not enough memory
    VT_ERROR_CONFIG,     // a setting makes no sense
    VT_ERROR_BAD_KERNEL, // the kernel is no Linux bzImage and no multiboot ELF, or does not fit
    VT_ERROR_FIXED,      // the drive is not there, or its medium can't be changed
    VT_ERROR_LOCKED,     // the guest has locked the drive's door
};

struct vt_bytes {
    const uint8_t *data; // not owned; must stay until the machine is destroyed
    size_t size_bytes;
};

// What is loaded beside a multiboot kernel. `text` is its command line, NULL: an empty one.
struct vt_module {
    struct vt_bytes bytes;
    const char *text;
};

// A drive and the image in it. `host_disk` is the number handed to vt_host.disk_read and friends.
struct vt_drive {
    bool is_present; // an image is in it. A hard disk without one is no drive, the others are empty
    bool is_read_only;
    bool is_snapshot; // writes stay in memory
    bool is_cdrom;    // a CD drive, which never writes
    unsigned host_disk;
    uint64_t size_bytes;
};

enum { VT_IDE_DRIVES = 4, VT_FLOPPY_DRIVES = 2, VT_SERIAL_PORTS = 4, VT_MODULES_MAX = 32 };
enum { VT_FLOPPY_BYTES_MAX = 84 * 2 * 48 * 512 }; // more than any floppy disk has

// Where drives are, in the order of vt_pc_config's ide[] and floppy[].
enum vt_slot { VT_HDA, VT_HDB, VT_HDC, VT_HDD, VT_FDA, VT_FDB, VT_SLOTS };

enum { VT_PC_NS_PER_INSTRUCTION = 4 };

struct vt_pc_config {
    uint64_t ram_bytes; // a multiple of 1 MiB, 1 MiB to 3 GiB
    const char *cpu;    // "486", "pentium", "pentium3", "max"; NULL: "max"
    struct vt_bytes bios;
    struct vt_bytes vga_bios; // option ROM of the VGA; may be empty
    bool has_vga;

    struct vt_bytes kernel; // bzImage or multiboot ELF; empty: boot from disk
    struct vt_bytes initrd; // of Linux; a multiboot kernel's only module if it has no others
    const struct vt_module *modules; // of a multiboot kernel; they stay until vt_create returns
    unsigned module_count;           // Linux: at most 1, which is ignored
    const char *append;              // kernel command line; NULL: none

    struct vt_drive ide[VT_IDE_DRIVES];       // hda hdb hdc hdd
    struct vt_drive floppy[VT_FLOPPY_DRIVES]; // fda fdb; without an image there is no fdb
    const char *boot_order;                   // letters of a c d n in order; NULL: "cad"
    bool boot_menu;

    int64_t rtc_unix_seconds;  // what the real-time clock shows at power-on (already shifted for
                               // localtime)
    bool no_reboot;            // a reset ends vt_run
    bool exit_on_triple_fault; // so does a triple fault (else it resets the machine)
    bool has_no_hpet;          // the board is without a high precision event timer
    bool has_debugcon;         // port E9h answers and goes to vt_host.debug_write
    uint16_t debug_exit_port;  // isa-debug-exit; 0: none
    const uint16_t *tap_ports; // bytes written there go to vt_host.port_write
    unsigned tap_port_count;
    unsigned serial_port_count; // UARTs fitted, 0 to 4
    bool has_parallel;          // the port with the printer, vt_host.parallel_write
    unsigned audio_hz;          // rate of vt_host.audio_write, 8000 to 96000; 0: no sound

    // Guest time: nanoseconds per instruction as a fraction. 0/0 means
    // VT_PC_NS_PER_INSTRUCTION/1; doc/determinism.md says why so many.
    uint32_t ns_per_instruction_numerator, ns_per_instruction_denominator;

    // Torture for tests: decoded blocks kept at most (0: as many as fit), and all dropped at each
    // event.
    unsigned max_blocks;
    bool flush_blocks_at_events;
};

enum vt_stop_reason {
    VT_STOP_LIMIT,        // the instruction limit was reached
    VT_STOP_TIME,         // guest time reached the given point
    VT_STOP_POWER_OFF,    // the guest switched itself off
    VT_STOP_RESET,        // the guest asked for a reset, and no_reboot is set
    VT_STOP_DEBUG_EXIT,   // isa-debug-exit; `code` is (value << 1) | 1
    VT_STOP_HALTED,       // halted with interrupts off: nothing can wake it
    VT_STOP_TRIPLE_FAULT, // only with exit_on_triple_fault
    VT_STOP_BREAK,        // a breakpoint; `code` is its number
    VT_STOP_FAULT,        // the guest broke a rule, and nothing in it handles that
    VT_STOP_INPUT,        // the guest does nothing but wait for a key
};

struct vt_stop {
    enum vt_stop_reason reason;
    unsigned code;
};

struct vt_stats {
    uint64_t instructions;
    uint64_t guest_ns;
    uint64_t halted_ns; // of guest_ns, how much passed with the processor halted
    uint64_t blocks_decoded;
    uint64_t blocks_invalidated;
    uint64_t tlb_misses;
    uint64_t interrupts;
    uint64_t exceptions;
    uint64_t port_reads, port_writes;
    uint64_t mmio_reads, mmio_writes;
    uint64_t disk_reads, disk_writes; // sectors
};

struct vt_machine;

// --- lifetime ---

// Creates a PC and powers it on. `config` may be thrown away after; the bytes that it points to may
// not. On failure *out is NULL, and vt_status_text() puts the status into words.
enum vt_status vt_pc_create(const struct vt_pc_config *config, const struct vt_host *host,
                            struct vt_machine **out);
void vt_destroy(struct vt_machine *vm);

// What a status means: static text, never NULL.
const char *vt_status_text(enum vt_status status);

// --- running ---

// Runs until `max_instructions` have been executed since power-on, or guest time reaches
// `until_ns`, or the guest stops of itself. UINT64_MAX means no limit. May be called again after
// LIMIT, TIME and HALTED.
struct vt_stop vt_run(struct vt_machine *vm, uint64_t max_instructions, uint64_t until_ns);
void vt_reset(struct vt_machine *vm); // presses the reset button
void vt_power_button(struct vt_machine *vm);

uint64_t vt_instructions(const struct vt_machine *vm);
uint64_t vt_guest_ns(const struct vt_machine *vm);
// True if the processor waits for an interrupt (a front end may sleep until vt_next_event_ns).
bool vt_is_idle(const struct vt_machine *vm);
uint64_t vt_next_event_ns(const struct vt_machine *vm);
void vt_stats(const struct vt_machine *vm, struct vt_stats *out);

// A hash of the whole state of the machine: processor, memory, devices, disk overlays.
uint64_t vt_digest(struct vt_machine *vm);

// One line for each instruction to vt_host.trace, from the given instruction on. UINT64_MAX: off.
void vt_trace_from(struct vt_machine *vm, uint64_t instruction);

// --- input: call between two vt_run; it takes effect at the present instruction count ---

// Bytes to a UART's receiver. Returns how many it took; offer the rest later.
size_t vt_serial_input(struct vt_machine *vm, unsigned uart, const uint8_t *bytes, size_t count);

// A key by its set-1 scancode (E0-prefixed keys: 100h + code; Pause is 200h), pressed or released.
// Returns false while the keyboard's buffer is full.
bool vt_key(struct vt_machine *vm, unsigned key, bool is_pressed);
// Room for keys in the keyboard's buffer.
unsigned vt_key_room(const struct vt_machine *vm);
// The keys (US layout) that make a character: fills up to 4 presses/releases, 80000000h marks a
// release. Returns how many; 0: no key makes it. `character` is ASCII.
unsigned vt_keys_of_character(char character, uint32_t keys[4]);
void vt_mouse(struct vt_machine *vm, int dx, int dy, int dz,
              unsigned buttons); // 1 left 2 right 4 middle

// Puts the image that `drive` describes into a CD or floppy drive, in place of the present one;
// NULL, or one that is not present, takes the medium out. The guest learns of it as with a real
// drive: by the disk change line, or by a unit attention. The host may close the old image after.
// Nothing changes on failure: VT_ERROR_FIXED for a hard disk or no drive, VT_ERROR_LOCKED while the
// guest keeps the door locked (the drive then asks the guest to let the medium go, as its button
// does), VT_ERROR_MEMORY.
enum vt_status vt_change_medium(struct vt_machine *vm, enum vt_slot slot,
                                const struct vt_drive *drive);
// The same past a locked door: the hole for a paper clip.
enum vt_status vt_force_medium(struct vt_machine *vm, enum vt_slot slot,
                               const struct vt_drive *drive);

// --- screen ---

// What of a text mode is beyond this is left out.
enum { VT_TEXT_MAX_COLUMNS = 132, VT_TEXT_MAX_ROWS = 60 };

struct vt_text_screen {
    unsigned columns, rows; // 0 x 0: the screen shows graphics or is off
    unsigned cursor_column, cursor_row;
    bool is_cursor_visible;
    bool blinks; // by bit 7 of an attribute; else it makes the ground bright
    uint8_t characters[VT_TEXT_MAX_ROWS][VT_TEXT_MAX_COLUMNS]; // code page 437
    uint8_t attributes[VT_TEXT_MAX_ROWS][VT_TEXT_MAX_COLUMNS]; // VGA attribute bytes
};

// The text screen as it is now; false if it does not show text.
bool vt_text_screen(const struct vt_machine *vm, struct vt_text_screen *out);

// The largest picture. A VGA mode is never larger than this, however its registers stand.
enum { VT_SCREEN_MAX_WIDTH = 2560, VT_SCREEN_MAX_HEIGHT = 1600 };

// A picture of the screen, text and graphics alike, that vt_screen_draw brings up to date. It is
// what a monitor would show between the borders: scan lines from top to bottom, each of the dots
// that the mode sends (320 x 200 in 256 colours is 640 dots on 400 lines, 80 x 25 text is 720 x
// 400), with the guest's fonts, palette, cursor and blinking.
//
// The caller owns it and its pixels; zeroed but for `pixels` and `pixel_capacity` it asks for
// everything. Any number of them may follow one machine, each at its own pace; drawing never
// changes the guest.
struct vt_screen {
    // Set by the caller. One pixel: 0xFFBBGGRR, so on a little-endian host the bytes red, green,
    // blue, 255, as a canvas wants them. Lines follow each other without a gap, `width` pixels
    // each.
    uint32_t *pixels;
    size_t pixel_capacity; // how many there is room for

    // Set by vt_screen_draw. 0 x 0: the machine has no screen.
    unsigned width, height;
    unsigned pixel_width, pixel_height; // the shape of a pixel: 1 and 1 is square, 5 and 6 higher
    bool is_text;                       // a text mode: vt_text_screen has the characters
    bool is_blank;                      // switched off by the guest: one colour everywhere
    // Lines that differ from before: from `changed_first` to before `changed_end` (equal: none),
    // and which of these. After a change of size all.
    unsigned changed_first, changed_end;
    bool is_line_changed[VT_SCREEN_MAX_HEIGHT];

    uint64_t seen; // private: up to where the pixels have followed the machine; 0: draw it all
};

// Draws what has changed since the last call with this `screen`. False: `pixel_capacity` is less
// than `width * height`, which are set; nothing was drawn: call again with more room.
//
// Call it as often as the picture is shown, 60 times a second at most: a picture that stands still
// costs next to nothing, and the guest pays only with one slower write for each page of video
// memory that it writes between two calls.
bool vt_screen_draw(struct vt_machine *vm, struct vt_screen *screen);
