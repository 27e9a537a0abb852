// `vitrine lc3`: the LC-3, and its assembler.
#pragma once

// Each gets what stands behind its name, and returns the exit code of the process.
int lc3_main(int argc, char **argv);
int lc3_asm_main(int argc, char **argv);

void lc3_asm_print_help(void);
