// `vitrine lc3`: the LC-3, and its assembler.
#pragma once

// Each gets what stands behind its name, and returns the exit code of the process.
int lc3_main(int argc, char **argv);
int lc3_asm_main(int argc, char **argv);

void lc3_print_help(void);
void lc3_asm_print_help(void);

struct vt_lc3_program;
// What the assembler or loader has to say of a file, on standard error.
void lc3_print_diagnostics(const struct vt_lc3_program *p, const char *path);
