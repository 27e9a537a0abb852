// The state of SSE and x87 as a whole: MXCSR, FXSAVE and FXRSTOR; what keeps SSE and MMX from
// working; prefetches, fences and CLFLUSH, which have nothing to do here. [SDM1] 10.2, 10.5,
// [SDM2], [SDM3] 12, 13.
#include "cpu/x86/simd.h"

#include "core/line.h"

// --- checks ---

NOINLINE void sse_unavailable(struct x86 *c)
{
    bool is_off = (c->s.cr0 & X86_CR0_EM) || !(c->s.cr4 & X86_CR4_OSFXSR);
    x86_raise(c, is_off ? X86_UD : X86_NM);
}

NOINLINE bool mmx_unavailable(struct x86 *c)
{
    if (c->s.cr0 & X86_CR0_EM) {
        return x86_raise(c, X86_UD);
    }
    if (c->s.cr0 & X86_CR0_TS) {
        return x86_raise(c, X86_NM);
    }
    if (c->s.cr0 & X86_CR0_NE) {
        return x86_raise(c, X86_MF);
    }
    line_set(&c->w.ferr, true); // the PC's way, [SDM3] 6.15 (#MF)
    return true;
}

// --- MXCSR ---

// DAZ came with SSE2.
static u32 mxcsr_mask(const struct x86 *c)
{
    return c->model->features_edx & X86_HAS_SSE2 ? 0xffff : 0xffbf;
}

OP(sse_ldmxcsr)
{
    u64 value;
    if (!sse_ready(c) || !x86_load(c, i->seg, ea(c, i), 32, &value)) {
        LEAVE;
    }
    if (value & ~(u64)mxcsr_mask(c)) {
        x86_raise_error(c, X86_GP, 0);
        LEAVE;
    }
    c->s.mxcsr = (u32)value;
    NEXT;
}

OP(sse_stmxcsr)
{
    if (!sse_ready(c) || !x86_store(c, i->seg, ea(c, i), 32, c->s.mxcsr)) {
        LEAVE;
    }
    NEXT;
}

// --- FXSAVE, FXRSTOR ---
//
//   byte  0    2    4    6    8          12   16         20   24       28         32
//         |FCW |FSW |FTW |FOP |FIP       |CS  |FDP       |DS  |MXCSR   |MXCSR mask|
//         32 + 16 n: ST(n), 10 bytes, n = 0 to 7      160 + 16 n: XMMn
//
// FTW has a bit for each physical register, set: not empty.
enum {
    IMAGE_BYTES = 512,
    IMAGE_ST = 32,
    IMAGE_XMM = 160,
    IMAGE_XMM_COUNT = 8,
    IMAGE_USED = IMAGE_XMM + 16 * IMAGE_XMM_COUNT, // the rest is reserved: not touched
};

#define FCW_WRITABLE   0x1f3fu
#define FCW_ALWAYS_SET 0x0040u
#define FSW_EXCEPTIONS 0x3fu
#define FSW_TOP_SHIFT  11
#define FSW_BUSY       0x8000u

// Unlike the x87 and MMX instructions these raise #NM for EM as well, and no #MF.
static bool fx_ready(struct x86 *c)
{
    return !(c->s.cr0 & (X86_CR0_EM | X86_CR0_TS)) || x86_raise(c, X86_NM);
}

static bool fx_linear_is_aligned(struct x86 *c, const struct insn *i)
{
    u64 base = i->seg == X86_FLAT ? 0 : c->limits[i->seg].base;
    return !((base + ea(c, i)) & 15) || x86_raise_error(c, X86_GP, 0);
}

static void fx_fill_x87(const struct x86_fpu *fpu, u8 *image)
{
    store_le16(image, fpu->control);
    store_le16(image + 2, (u16)(fpu->status | fpu->top << FSW_TOP_SHIFT));
    image[4] = (u8)~fpu->empty;
    store_le16(image + 6, fpu->opcode);
    store_le32(image + 8, (u32)fpu->code_offset);
    store_le16(image + 12, fpu->code_selector);
    store_le32(image + 16, (u32)fpu->data_offset);
    store_le16(image + 20, fpu->data_selector);
    for (unsigned n = 0; n < 8; n++) {
        const struct float80 *st = &fpu->fpr[(fpu->top + n) & 7];
        store_le64(image + IMAGE_ST + 16 * n, st->mantissa);
        store_le16(image + IMAGE_ST + 16 * n + 8, st->sign_exponent);
    }
}

// ES and B follow from the exceptions and masks, and the reserved bits of FCW are what they always
// are, whatever the image says.
static void fx_take_x87(struct x86_fpu *fpu, const u8 *image)
{
    u16 status = load_le16(image + 2);
    fpu->control = (load_le16(image) & FCW_WRITABLE) | FCW_ALWAYS_SET;
    fpu->top = (status >> FSW_TOP_SHIFT) & 7;
    status &= (u16) ~(FSW_BUSY | X87_ERROR_SUMMARY | 7u << FSW_TOP_SHIFT);
    if (status & ~fpu->control & FSW_EXCEPTIONS) {
        status |= FSW_BUSY | X87_ERROR_SUMMARY;
    }
    fpu->status = status;
    fpu->empty = (u8)~image[4];
    fpu->opcode = load_le16(image + 6) & 0x7ff;
    fpu->code_offset = load_le32(image + 8);
    fpu->code_selector = load_le16(image + 12);
    fpu->data_offset = load_le32(image + 16);
    fpu->data_selector = load_le16(image + 20);
    for (unsigned n = 0; n < 8; n++) {
        struct float80 *st = &fpu->fpr[(fpu->top + n) & 7];
        st->mantissa = load_le64(image + IMAGE_ST + 16 * n);
        st->sign_exponent = load_le16(image + IMAGE_ST + 16 * n + 8);
    }
}

// Without OSFXSR the SSE state is neither saved nor restored ([SDM2] leaves it to the processor).
static bool fx_has_sse(const struct x86 *c)
{
    return (c->model->features_edx & X86_HAS_SSE) && (c->s.cr4 & X86_CR4_OSFXSR);
}

static bool fxsave(struct x86 *c, const struct insn *i)
{
    u64 to = ea(c, i);
    if (!fx_ready(c) || !fx_linear_is_aligned(c, i) ||
        !x86_probe(c, i->seg, to, IMAGE_BYTES, X86_WRITE)) {
        return false;
    }
    u8 image[IMAGE_USED] = {0};
    unsigned used = IMAGE_XMM;
    fx_fill_x87(&c->s.fpu, image);
    if (fx_has_sse(c)) {
        store_le32(image + 24, c->s.mxcsr);
        store_le32(image + 28, mxcsr_mask(c));
        for (unsigned n = 0; n < IMAGE_XMM_COUNT; n++) {
            store_le64(image + IMAGE_XMM + 16 * n, c->s.xmm[n].lo);
            store_le64(image + IMAGE_XMM + 16 * n + 8, c->s.xmm[n].hi);
        }
        used = IMAGE_USED;
    }
    for (unsigned n = 0; n < used; n += 8) {
        if (!x86_store(c, i->seg, (u32)(to + n), 64, load_le64(image + n))) {
            return false;
        }
    }
    return true;
}

static bool fxrstor(struct x86 *c, const struct insn *i)
{
    u64 from = ea(c, i);
    if (!fx_ready(c) || !fx_linear_is_aligned(c, i) ||
        !x86_probe(c, i->seg, from, IMAGE_BYTES, X86_READ)) {
        return false;
    }
    u8 image[IMAGE_USED];
    for (unsigned n = 0; n < IMAGE_USED; n += 8) {
        u64 value;
        if (!x86_load(c, i->seg, (u32)(from + n), 64, &value)) {
            return false;
        }
        store_le64(image + n, value);
    }
    if (fx_has_sse(c)) {
        u32 mxcsr = load_le32(image + 24);
        if (mxcsr & ~mxcsr_mask(c)) {
            return x86_raise_error(c, X86_GP, 0);
        }
        c->s.mxcsr = mxcsr;
        for (unsigned n = 0; n < IMAGE_XMM_COUNT; n++) {
            c->s.xmm[n].lo = load_le64(image + IMAGE_XMM + 16 * n);
            c->s.xmm[n].hi = load_le64(image + IMAGE_XMM + 16 * n + 8);
        }
    }
    bool was_pending = (c->s.fpu.status & X87_ERROR_SUMMARY) != 0;
    fx_take_x87(&c->s.fpu, image);
    if (was_pending && !(c->s.fpu.status & X87_ERROR_SUMMARY)) {
        line_set(&c->w.ferr, false);
    }
    return true;
}

HANDLER(sse_fxsave, fxsave(c, i))
HANDLER(sse_fxrstor, fxrstor(c, i))

// --- caches ---

// One processor that executes in order: nothing to fence.
OP(sse_fence)
{
    NEXT;
}

// The line's address is checked as for a load ([SDM2] CLFLUSH); there is no cache.
OP(sse_clflush)
{
    if (!x86_probe(c, i->seg, ea(c, i), 1, X86_READ)) {
        LEAVE;
    }
    NEXT;
}
