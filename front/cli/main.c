// The command `vitrine`: finds the part that is asked for.
#define _XOPEN_SOURCE 700
#include "front/cli/help.h"
#include "front/cli/lc3.h"
#include "front/cli/options.h"
#include "front/cli/pc.h"
#include "front/cli/toy.h"
#include "front/cli/values.h"
#include "front/cli/web.h"
#include "host/posix/message.h"
#include "vitrine/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int version_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    help_print_version();
    return EXIT_GOOD;
}

static int help_main(int argc, char **argv)
{
    if (argc == 0) {
        help_print_usage(stdout);
        help_print_topics(stdout);
        return EXIT_GOOD;
    }
    if (!help_print_topic(argv[0])) {
        message("help: '%s': no such topic", argv[0]);
        help_print_topics(stderr);
        return EXIT_BAD_USE;
    }
    return EXIT_GOOD;
}

// clang-format off
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"pc",        pc_main},
    {"lc3",       lc3_main},
    {"toy",       toy_main},
    {"web",       web_main},
    {"help",      help_main},
    {"--help",    help_main},
    {"-help",     help_main},
    {"-h",        help_main},
    {"--version", version_main},
    {"-version",  version_main},
    {"-V",        version_main},
};
// clang-format on

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

// A file opened later must not become standard output by chance.
static void occupy_standard_files(void)
{
    int fd = open("/dev/null", O_RDWR);

    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR);
    }
    if (fd >= 0) {
        close(fd);
    }
}

// A file that reaches the limit of its size (ulimit -f) is an error like a full disk, not the end.
static void ignore_size_limit(void)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN};

    sigaction(SIGXFSZ, &ignored, NULL);
}

static int tell_unknown(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].name[0] != '-' && vt_distance(name, commands[i].name) < 2) {
            message("%s: no such command; did you mean %s?", name, commands[i].name);
            return EXIT_BAD_USE;
        }
    }
    message("%s: no such command (a disk is run by: vitrine pc %s)", name, name);
    return EXIT_BAD_USE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        help_print_usage(stderr);
        return EXIT_BAD_USE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 2, argv + 2);
        }
    }
    return tell_unknown(argv[1]);
}

int main(int argc, char **argv)
{
    int code;

    occupy_standard_files();
    ignore_size_limit();
    code = dispatch(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_GOOD) {
        message("standard output: %s", strerror(errno));
        code = EXIT_BAD_USE;
    }
    return code;
}
