// Pairs that run as one: CMP or TEST of registers, and the conditional jump behind it.
//
// Both instructions stay in the block, each with its own handler; only the first one's handler is
// replaced by one that does both. Flags are stored as ever. If the run is to stop between the two
// (the second has been overwritten with op_block_break), the first does just its own work.
#include "cpu/x86/alu.h"
#include "cpu/x86/branch.h"
#include "cpu/x86/condition.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// clang-format off
#define BITS 8
#include "cpu/x86/op_fused.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_fused.inc"
#undef BITS

#define PICK_8(name, n) [n] = GLUE3(PREFIX, name, _8),
#define PICK_32(name, n) [n] = GLUE3(PREFIX, name, _32),

static const struct {
    insn_fn *first;
    insn_fn *fused[16];
} pairs[] = {
#define PREFIX op_cmp_EG_
    {op_cmp_EG_r8, {CONDITIONS(PICK_8, j)}},
    {op_cmp_EG_r32, {CONDITIONS(PICK_32, j)}},
#undef PREFIX
#define PREFIX op_cmp_GE_
    {op_cmp_GE_r8, {CONDITIONS(PICK_8, j)}},
    {op_cmp_GE_r32, {CONDITIONS(PICK_32, j)}},
#undef PREFIX
#define PREFIX op_cmp_EI_
    {op_cmp_EI_r8, {CONDITIONS(PICK_8, j)}},
    {op_cmp_EI_r32, {CONDITIONS(PICK_32, j)}},
#undef PREFIX
#define PREFIX op_test_EG_
    {op_test_EG_r8, {CONDITIONS(PICK_8, j)}},
    {op_test_EG_r32, {CONDITIONS(PICK_32, j)}},
#undef PREFIX
#define PREFIX op_test_EI_
    {op_test_EI_r8, {CONDITIONS(PICK_8, j)}},
    {op_test_EI_r32, {CONDITIONS(PICK_32, j)}},
#undef PREFIX
};
// clang-format on

insn_fn *x86_fused(insn_fn *first, unsigned condition)
{
    for (unsigned n = 0; n < COUNT_OF(pairs); n++) {
        if (pairs[n].first == first) {
            return pairs[n].fused[condition];
        }
    }
    return NULL;
}
