// `vitrine lc3 --grade`: runs the tests of a file and prints a score; doc/lc3.md has its form.
#pragma once

#include "front/cli/lc3_session.h"

// Returns the exit code of the process: 0 all passed, 4 some failed, 1 the file makes no sense.
int lc3_grade(struct lc3_session *s);
