// `vitrine toy`: assembles a program for the toy machine and runs it.
#pragma once

// Returns the exit code of the process.
int toy_main(int argc, char **argv);
void toy_print_help(void);
