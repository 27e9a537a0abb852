// The sixteen conditions in the order of the opcodes: X(prefix ## suffix, number) for each.
#pragma once

// clang-format off
#define CONDITIONS(X, prefix)                                                                      \
    X(prefix##o, 0)  X(prefix##no, 1)  X(prefix##b, 2)  X(prefix##ae, 3)                           \
    X(prefix##e, 4)  X(prefix##ne, 5)  X(prefix##be, 6) X(prefix##a, 7)                            \
    X(prefix##s, 8)  X(prefix##ns, 9)  X(prefix##p, 10) X(prefix##np, 11)                          \
    X(prefix##l, 12) X(prefix##ge, 13) X(prefix##le, 14) X(prefix##g, 15)
// clang-format on
