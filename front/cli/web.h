// `vitrine web`: serves the page to browsers on this machine.
#pragma once

// Arguments behind the command's word; returns the exit code.
int web_main(int argc, char **argv);
