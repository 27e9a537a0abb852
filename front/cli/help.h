// What `vitrine`, `vitrine --help`, `vitrine help TOPIC` and `--version` print.
#pragma once

#include <stdbool.h>
#include <stdio.h>

void help_print_usage(FILE *to);
void help_print_version(void);
// False: no such topic; nothing was printed.
bool help_print_topic(const char *topic);
void help_print_topics(FILE *to); // their names
