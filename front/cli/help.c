#include "front/cli/help.h"

#include "front/cli/lc3.h"
#include "front/cli/options.h"
#include "front/cli/toy.h"
#include "vitrine/vitrine.h"

#include <string.h>

static const char usage_text[] =
    "Usage: vitrine pc [options] [DISK-or-ISO]    a PC\n"
    "       vitrine lc3 [options] PROGRAM         the LC-3\n"
    "       vitrine lc3 asm PROGRAM.asm [-o OUT]  its assembler\n"
    "       vitrine toy [options] PROGRAM         the first lesson\n"
    "       vitrine web [--port N]                serves the page to browsers here\n"
    "       vitrine help [TOPIC]                  more help\n"
    "       vitrine --version\n"
    "\n"
    "vitrine pc                                   a small Linux on this terminal; Ctrl-A X ends\n"
    "vitrine pc -m 512M -hda disk.img             boots from a disk\n"
    "vitrine pc --help                            the options of the PC\n";

static const char disks_text[] =
    "Disks are raw images: the bytes of the disk, one after the other.\n"
    "\n"
    "  -hda -hdb -hdc -hdd FILE   hard disks; -cdrom FILE the CD in the drive that is at hdc\n"
    "                             (empty without it) unless a disk is there, or -nodefaults is\n"
    "                             given, for systems that an empty drive confuses\n"
    "  -fda -fdb FILE             floppy disks from 160K to 2.88M; a shorter image is a disk's\n"
    "                             beginning, and what is behind it reads as zeros\n"
    "  -drive file=F,if=ide|floppy,index=N,media=disk|cdrom,format=raw,readonly=on,snapshot=on,\n"
    "         overlay=O           the guest's writes go into the file O, F stays as it is; later\n"
    "                             runs with the same F and O go on where this one ended\n"
    "                             a comma in a file's name is written twice\n"
    "  FILE                       without an option: an ISO becomes the CD, a file of a floppy's\n"
    "                             size fda, any other hda\n"
    "  -snapshot                  the guest's writes stay in memory, the files as they are\n"
    "\n"
    "Writes of the guest go into the image at once. An image that is written is locked against\n"
    "other writers and readers. An image that looks compressed, truncated or like qcow2, VMDK,\n"
    "VDI, VHD is refused; format=raw takes it as it is.\n";

static const char scripts_text[] =
    "--expect REGEX, --type TEXT and --do COMMAND are steps, in the order of the command line:\n"
    "\n"
    "  vitrine pc -nographic --expect 'login: ' --type 'root\\n' --expect '# ' --max-time 60s\n"
    "\n"
    "--expect waits until the POSIX extended expression appears on the console, within one line\n"
    "and after what the last one matched. --type types. --do gives the monitor a command, as\n"
    "'screenshot FILE.png', 'mouse_move 10 -5' or 'quit' (`vitrine help monitor`). If the\n"
    "last step is an --expect, the run then ends with 0; else the guest runs on. A guest that\n"
    "ends, or reaches a limit, with an --expect unmet: exit code 4. So give a limit, too.\n"
    "\n"
    "The console is the serial port under -nographic, else keyboard and text screen (and what\n"
    "comes over the serial port is looked at as well); --console serial|screen overrides. In the\n"
    "serial text, escape sequences and carriage returns are left out. Characters of the screen\n"
    "beyond ASCII are found in UTF-8, and as what looks like them: frames as + - = and |, blocks\n"
    "as @, arrows as ^ v < >, letters without their accents, the rest as ?. If an --expect is not\n"
    "met there, its text is shown.\n"
    "\n"
    "In TEXT: \\n and \\r Enter, \\t Tab, \\b Backspace, \\e Escape, \\0 a zero byte, \\\\ \\\" "
    "and\n"
    "\\xNN bytes, \\{ctrl+alt+delete} keys of the keyboard, \\{left:1500} held for 1500 ms.\n"
    "\n"
    "With --expect or --deterministic standard input is not read, and the guest is not slowed\n"
    "down to real time. With --deterministic also the clock starts at 2000-01-01 (unless -rtc\n"
    "base= says otherwise), and each run is the same, to the instruction.\n";

static const char keys_text[] =
    "--keys FILE: one line for each moment, in milliseconds of guest time since power-on:\n"
    "\n"
    "  # comment\n"
    "  1500 f12                 a key, pressed and released\n"
    "  +200 ctrl+alt+delete     200 ms after the line before; keys held together\n"
    "  +0   a b enter           one after the other\n"
    "  +0   left:1500           held for 1500 ms, as games want it\n"
    "  5000 \"root\\n\"            text with the escapes of --type (see `vitrine help scripts`)\n"
    "\n"
    "Keys: a-z 0-9 f1-f12 enter esc tab space backspace insert delete home end pgup pgdn up down\n"
    "left right shift rshift ctrl rctrl alt altgr win menu capslock numlock scrolllock print\n"
    "pause minus equal [ ] semicolon apostrophe grave backslash less comma dot slash kp-0 to kp-9\n"
    "kp-plus kp-minus kp-multiply kp-divide kp-dot kp-enter.\n";

static const char terminal_text[] =
    "With -nographic the first serial port, with -display tty screen and keyboard are on this\n"
    "terminal. Every key, Ctrl-C as well, goes to the guest; only Ctrl-A is Vitrine's:\n"
    "\n"
    "  Ctrl-A X       end                     Ctrl-A C       monitor\n"
    "  Ctrl-A R       reset button            Ctrl-A H       help\n"
    "  Ctrl-A P       power button            Ctrl-A Ctrl-A  Ctrl-A for the guest\n"
    "\n"
    "If standard input is no terminal, its bytes go to the serial port as they are. The terminal\n"
    "is put back as it was at the end, and when a signal ends or stops Vitrine. NO_COLOR leaves\n"
    "out the colours of -display tty.\n";

static const char monitor_text[] =
    "Ctrl-A C halts the guest and takes commands; an empty line or Ctrl-A C lets it run on. "
    "Looking\n"
    "leaves the guest as it is. `help` in it lists all commands; the usual ones:\n"
    "\n"
    "  info registers      registers, segments, mode, the next instruction\n"
    "  info mem, page ADDR which linear addresses are mapped, and how\n"
    "  info irq, info device NAME, info devices   the state that devices hold\n"
    "  x/8i $pc   x/32xb ds:0   xp/4xw 0xb8000    memory, disassembled or as numbers\n"
    "  step 10, next, finish, set eax 5, cont     Ctrl-C ends a long step\n"
    "  break c0100000h, watch eax, watch 0x46c 4, port out 3f8h, delete 0\n"
    "  change fda FILE, eject fda                 another medium\n"
    "  sendkey ctrl+alt+delete, mouse_move 10 -5, mouse_button left\n"
    "  screenshot FILE.png   reset, power, quit\n"
    "\n"
    "Addresses are sums of numbers (0x1f and 1fh are hexadecimal) and registers; SEGMENT:OFFSET "
    "with\n"
    "a segment register or a real-mode selector.\n"
    "\n"
    "--do COMMAND carries one out as a step of a script, --commands FILE some at guest times. The\n"
    "answers go to standard output. A line of FILE is a time since power-on and a command:\n"
    "\n"
    "  # comment\n"
    "  2.5s  info registers\n"
    "  10s   change fda second.img\n";

static const char exit_codes_text[] =
    "  0    the guest ended well: it switched itself off, reset itself with -no-reboot, halted\n"
    "       with --exit-on hlt, or all --expect were met\n"
    "  1    bad usage or file, or output that could not be written\n"
    "  2    the guest crashed: a triple fault with --exit-on triple-fault, or halted for good "
    "with\n"
    "       nobody there and without --exit-on hlt\n"
    "  3    --max-instructions or --max-time was reached\n"
    "  4    an --expect was not met\n"
    "  N    2 V + 1, for a guest that wrote V to the port of isa-debug-exit\n"
    "  128+S  signal S ended Vitrine\n";

static const char grading_text[] =
    "vitrine lc3 (or toy) --grade TESTS.toml [PROGRAM] runs a program for each test of a file:\n"
    "\n"
    "  program = \"sum.asm\"            # beside the file; PROGRAM goes first\n"
    "\n"
    "  [[test]]\n"
    "  name = \"adds what is typed\"\n"
    "  set_memory = { N = 5, x4000 = 3 }     # before the start; set_registers as well\n"
    "  input = \"12\\n\"                      # keys; input_at = 1000: after so many instructions\n"
    "  output = \"12\\n24\\n\"                 # all that is shown; or output_contains,\n"
    "  output_matches = \"^[0-9]+\"          # an extended regular expression\n"
    "  registers = { R0 = 18 }               # at the end\n"
    "  memory = { SUM = 24, x4000 = -1 }\n"
    "  ends = \"halt\"                       # or fault, input, any\n"
    "  max_instructions = 100000             # 10,000,000\n"
    "  points = 2                            # 1\n"
    "\n"
    "Prints a line for each test, what was wrong, and the score; with --json an object. Exit code "
    "0\n"
    "if all passed, 4 if not.\n";

static const struct {
    const char *name;
    const char *text;    // NULL: `print` prints it
    void (*print)(void); //
} topics[] = {
    {"pc", NULL, options_print_help},      {"lc3", NULL, lc3_print_help},
    {"lc3-asm", NULL, lc3_asm_print_help}, {"toy", NULL, toy_print_help},
    {"grading", grading_text, NULL},       {"disks", disks_text, NULL},
    {"scripts", scripts_text, NULL},       {"keys", keys_text, NULL},
    {"terminal", terminal_text, NULL},     {"exit-codes", exit_codes_text, NULL},
    {"monitor", monitor_text, NULL},
};

void help_print_usage(FILE *to)
{
    fputs(usage_text, to);
}

void help_print_version(void)
{
    puts("vitrine " VT_VERSION);
}

bool help_print_topic(const char *topic)
{
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(topics[i].name, topic) == 0) {
            if (topics[i].text) {
                fputs(topics[i].text, stdout);
            } else {
                topics[i].print();
            }
            return true;
        }
    }
    return false;
}

void help_print_topics(FILE *to)
{
    fputs("Topics:", to);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        fprintf(to, " %s", topics[i].name);
    }
    fputs("\n", to);
}
