#include "front/cli/prefix.h"

enum { CTRL_A = 0x01 };

enum prefix_action prefix_take(struct prefix *p, uint8_t byte)
{
    if (!p->is_begun) {
        p->is_begun = byte == CTRL_A;
        return p->is_begun ? PREFIX_SWALLOW : PREFIX_PASS;
    }
    p->is_begun = false;
    switch (byte) {
    case CTRL_A: return PREFIX_PASS;
    case 'x':
    case 'X': return PREFIX_END;
    case 'h':
    case 'H':
    case '?': return PREFIX_HELP;
    case 'c':
    case 'C': return PREFIX_MONITOR;
    case 'r':
    case 'R': return PREFIX_RESET;
    case 'p':
    case 'P': return PREFIX_POWER;
    default: return PREFIX_SWALLOW;
    }
}

const char *prefix_help(void)
{
    return "Ctrl-A and then: X end, R reset, P power button, C monitor, H help, Ctrl-A sends "
           "Ctrl-A";
}
