// The cache of decoded blocks: runs of instructions that end at a jump, at a page end, or after
// X86_BLOCK_INSNS.
//
// A block is found by the physical address of its first byte and the mode it was decoded in, so
// that it survives a change of address space. Blocks live in an arena that is only ever filled;
// when it is full everything is dropped. A write to a block's bytes kills it: it is marked dead,
// which makes every link to it fail, and its instructions are overwritten with op_block_break,
// which makes it leave at the next instruction if it happens to be running.
#include "base/check.h"
#include "cpu/x86/branch.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/isa.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/x86.h"

#include <string.h>

enum {
    HASH_BITS = 17,
    HASH_SIZE = 1 << HASH_BITS,
    RECENT = 8192, // few enough to stay in the host's caches
    ARENA_BYTES = 24 << 20,
    MAX_INSN_BYTES = 15,
    GRANULE_BYTES = X86_PAGE_BYTES / 64, // writes to a page are told apart by this much
};

struct x86_block_cache {
    struct x86_block *recent[RECENT]; // by physical address: the one last found by a jump
    struct x86_block *hash[HASH_SIZE];
    struct x86_block **by_page; // for each RAM page: its blocks
    u64 *granules;              // for each RAM page: bit n: block bytes lie in its nth 64 bytes
    u32 page_count;

    u8 *arena;
    size_t used_bytes;
    unsigned block_count, max_blocks; // max_blocks 0: as the arena allows

    struct decoder decoder;
    u16 *decoder_order;

    // op_block_break put over an instruction of the running block, and what was there.
    struct insn *broken;
    insn_fn *broken_fn;

    struct x86_block never; // what an unused link points to: costs more than any budget
};

const struct decoder *x86_decoder(const struct x86 *c)
{
    return &c->blocks->decoder;
}

static void forget_recent(struct x86_block_cache *cache)
{
    for (unsigned n = 0; n < RECENT; n++) {
        cache->recent[n] = &cache->never;
    }
}

bool x86_blocks_init(struct x86 *c, unsigned max_blocks)
{
    const struct vt_host *h = c->w.host;
    struct x86_block_cache *b = h->alloc(h->owner, sizeof *b);
    if (!b) {
        return false;
    }
    c->blocks = b;
    b->max_blocks = max_blocks;
    b->page_count = (u32)(c->w.phys->ram_bytes / X86_PAGE_BYTES);
    b->arena = h->alloc(h->owner, ARENA_BYTES);
    b->by_page = h->alloc(h->owner, b->page_count * sizeof *b->by_page);
    b->granules = h->alloc(h->owner, b->page_count * sizeof *b->granules);
    b->decoder_order = h->alloc(h->owner, isa_row_count * sizeof *b->decoder_order);
    if (!b->arena || !b->by_page || !b->granules || !b->decoder_order) {
        x86_blocks_destroy(c);
        return false;
    }
    b->never.cost = UINT32_MAX;
    b->never.mode = X86_MODE_DEAD;
    forget_recent(b);
    decoder_init(&b->decoder, b->decoder_order, c->model);
    return true;
}

static void release(struct x86 *c, void *memory, size_t size_bytes)
{
    if (memory) {
        c->w.host->release(c->w.host->owner, memory, size_bytes);
    }
}

void x86_blocks_destroy(struct x86 *c)
{
    struct x86_block_cache *b = c->blocks;
    if (!b) {
        return;
    }
    release(c, b->arena, ARENA_BYTES);
    release(c, b->by_page, b->page_count * sizeof *b->by_page);
    release(c, b->granules, b->page_count * sizeof *b->granules);
    release(c, b->decoder_order, isa_row_count * sizeof *b->decoder_order);
    release(c, b, sizeof *b);
    c->blocks = NULL;
}

static unsigned hash_of(u64 phys)
{
    return (unsigned)((phys ^ phys >> HASH_BITS) % HASH_SIZE);
}

// The RAM page that a physical address lies in, or X86_NO_PAGE: ROM, device memory.
static u32 ram_page(const struct x86 *c, u64 phys)
{
    const struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, phys);
    if (!r->read_memory) {
        return X86_NO_PAGE;
    }
    const u8 *at = r->read_memory + ((phys & p->address_mask) - r->base);
    u64 offset = (u64)(at - p->ram);
    return at >= p->ram && offset < p->ram_bytes ? (u32)(offset / X86_PAGE_BYTES) : X86_NO_PAGE;
}

// --- killing blocks ---

static void kill_block(struct x86_block *b)
{
    b->mode |= X86_MODE_DEAD;
    b->cost = UINT32_MAX;
    for (unsigned n = 0; n <= b->count; n++) {
        b->insn[n].fn = op_block_break;
    }
}

static void forget_page(struct x86 *c, u32 page)
{
    if (page != X86_NO_PAGE) {
        c->blocks->by_page[page] = NULL;
        c->blocks->granules[page] = 0;
        c->w.phys->page_flags[page] &= (u8)~PHYS_PAGE_CODE;
    }
}

static size_t block_bytes(const struct x86_block *b)
{
    return sizeof *b + (b->count + 1u) * sizeof(struct insn);
}

void x86_blocks_flush(struct x86 *c)
{
    struct x86_block_cache *cache = c->blocks;
    for (size_t at = 0; at < cache->used_bytes;) {
        struct x86_block *b = (struct x86_block *)(void *)(cache->arena + at);
        cache->hash[hash_of(b->phys)] = NULL;
        forget_page(c, b->page);
        forget_page(c, b->second_page);
        at += block_bytes(b);
    }
    forget_recent(cache);
    cache->used_bytes = 0;
    cache->block_count = 0;
    cache->broken = NULL;
}

static struct x86_block **next_in_page(struct x86_block *b, u64 page)
{
    return b->page == page ? &b->next_in_page : &b->next_in_second_page;
}

static bool overlaps(const struct x86_block *b, u64 phys, u64 size_bytes)
{
    u64 in_first = X86_PAGE_BYTES - b->phys % X86_PAGE_BYTES;
    u64 first = b->bytes < in_first ? b->bytes : in_first;
    bool hits_first = phys < b->phys + first && b->phys < phys + size_bytes;
    bool hits_second = (b->mode & X86_MODE_STRADDLE) &&
                       phys < b->phys_second + (b->bytes - first) &&
                       b->phys_second < phys + size_bytes;
    return hits_first || hits_second;
}

// Unlinks a dead block from its hash bucket.
static void unhash(struct x86_block_cache *cache, struct x86_block *b)
{
    struct x86_block **at = &cache->hash[hash_of(b->phys)];
    while (*at && *at != b) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = b->next;
    }
}

static u64 granule_mask(u64 phys, u64 size_bytes)
{
    u64 first = phys % X86_PAGE_BYTES / GRANULE_BYTES;
    u64 last = (phys % X86_PAGE_BYTES + size_bytes - 1) / GRANULE_BYTES;
    last = last > 63 ? 63 : last;
    return (last == 63 ? UINT64_MAX : (1ull << (last + 1)) - 1) & ~((1ull << first) - 1);
}

// `phys` .. + size_bytes lies in one page.
static void written_in_page(struct x86 *c, u64 phys, u64 size_bytes)
{
    struct x86_block_cache *cache = c->blocks;
    u32 page = ram_page(c, phys);
    if (page == X86_NO_PAGE || !(cache->granules[page] & granule_mask(phys, size_bytes))) {
        return;
    }
    struct x86_block **at = &cache->by_page[page];
    while (*at) {
        struct x86_block *b = *at;
        struct x86_block **next = next_in_page(b, page);
        if (b->mode & X86_MODE_DEAD) { // by a write to its other page
            *at = *next;
        } else if (overlaps(b, phys, size_bytes)) {
            *at = *next;
            unhash(cache, b);
            kill_block(b);
            c->stats.blocks_invalidated++;
        } else {
            at = next;
        }
    }
    if (!cache->by_page[page]) {
        cache->granules[page] = 0;
        c->w.phys->page_flags[page] &= (u8)~PHYS_PAGE_CODE;
    }
}

void x86_code_written(void *cpu, u64 phys, u64 size_bytes)
{
    struct x86 *c = cpu;
    while (size_bytes > 0) {
        u64 room = X86_PAGE_BYTES - phys % X86_PAGE_BYTES;
        u64 piece = size_bytes < room ? size_bytes : room;
        written_in_page(c, phys, piece);
        phys += piece;
        size_bytes -= piece;
    }
}

// --- stopping inside a block ---

void x86_block_restore(struct x86 *c)
{
    struct x86_block_cache *cache = c->blocks;
    if (cache->broken) {
        cache->broken->fn = cache->broken_fn;
        cache->broken = NULL;
    }
}

void x86_block_break(struct x86 *c, unsigned n)
{
    struct x86_block_cache *cache = c->blocks;
    struct insn *i = &c->block->insn[n];
    if (c->block->mode & X86_MODE_DEAD) {
        return; // leaves at the next instruction anyway
    }
    x86_block_restore(c);
    cache->broken = i;
    cache->broken_fn = i->fn;
    i->fn = op_block_break;
}

void x86_leave_after_this(struct x86 *c)
{
    if (c->block && c->at < &c->block->insn[c->block->count]) {
        x86_block_break(c, (unsigned)(c->at - c->block->insn) + 1);
    }
}

// Stands where the run must stop: leaves before the instruction that it covers.
OP(block_break)
{
    u64 rip = c->block_rip + i->next - i->length;
    c->budget += c->block->count - (i - c->block->insn);
    x86_block_restore(c);
    c->s.rip = rip;
    c->block = NULL;
    return NULL;
}

// Stands behind the last instruction of a block that does not end in a jump.
OP_PURE(block_end)
{
    return jump_linked(c, i, i->next, 0xffffffff, 0);
}

OP(undefined)
{
    (void)i;
    x86_raise(c, X86_UD);
    LEAVE;
}

// --- decoding ---

static u32 flat_mask(const struct x86 *c)
{
    static const struct {
        u16 mode;
        u8 seg;
    } flat[] = {
        {X86_MODE_ES_FLAT, X86_ES}, {X86_MODE_CS_FLAT, X86_CS}, {X86_MODE_SS_FLAT, X86_SS},
        {X86_MODE_DS_FLAT, X86_DS}, {X86_MODE_FS_FLAT, X86_FS}, {X86_MODE_GS_FLAT, X86_GS},
    };
    u32 mask = c->mode & X86_MODE_STACK_FLAT ? DECODE_STACK_FLAT : 0;
    for (unsigned n = 0; n < COUNT_OF(flat); n++) {
        mask |= c->mode & flat[n].mode ? 1u << flat[n].seg : 0;
    }
    return mask;
}

static bool is_relative(const struct isa_row *row)
{
    return row->operand[0] == ISA_Jb || row->operand[0] == ISA_Jz;
}

static bool is_conditional_jump(const struct isa_row *row)
{
    return (row->opcode & ~15u) == 0x70 || (row->opcode & ~15u) == 0x0f80;
}

// Makes the block's next instruction out of decoded ones. True: the block ends with it.
static bool append(struct x86_block *b, const struct decode_result *d)
{
    struct insn *i = &b->insn[b->count++];
    b->bytes = (u16)(b->bytes + d->length);
    i->next = b->bytes;
    if (d->is_valid && is_relative(d->row)) {
        i->disp += i->next;
    }
    if (d->is_valid && is_conditional_jump(d->row) && b->count > 1) {
        insn_fn *fused = x86_fused(i[-1].fn, d->row->opcode & 15);
        i[-1].fn = fused ? fused : i[-1].fn;
    }
    return !d->is_valid || (d->row->attributes & ISA_END) || b->count == X86_BLOCK_INSNS;
}

static struct decode_result decode_at(const struct x86 *c, const u8 *bytes, unsigned available,
                                      struct insn *i)
{
    return decode(&c->blocks->decoder, bytes, available,
                  c->mode & X86_MODE_CODE32 ? DECODE_32 : DECODE_16, flat_mask(c),
                  !x86_is_protected(c), i);
}

// Up to `size_bytes` bytes of code at a physical address in one page, in `buffer` or where they
// are.
static const u8 *code_bytes(const struct x86 *c, u64 phys, unsigned size_bytes, u8 *buffer)
{
    struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, phys);
    if (r->read_memory) {
        return r->read_memory + ((phys & p->address_mask) - r->base);
    }
    for (unsigned n = 0; n < size_bytes; n++) {
        buffer[n] = (u8)phys_mmio_read(p, r, phys + n, 1);
    }
    return buffer;
}

// Where the second page of an instruction is. False: fault.
static bool fetch_second(struct x86 *c, u64 linear, u64 *phys)
{
    if (!x86_translate(c, (u32)linear, X86_FETCH, c->s.cpl == 3, phys)) {
        return false;
    }
    *phys &= c->w.phys->address_mask;
    return true;
}

// Decodes the one instruction that begins in this page and ends in the next. False: fault.
static bool decode_straddling(struct x86 *c, struct x86_block *b, u64 phys, unsigned in_page,
                              unsigned allowed)
{
    u8 bytes[2 * MAX_INSN_BYTES], buffer[MAX_INSN_BYTES];
    unsigned wanted = MAX_INSN_BYTES - in_page;
    u64 linear = (u32)(c->s.seg[X86_CS].base + c->s.rip + in_page);
    if (allowed > in_page && !fetch_second(c, linear, &b->phys_second)) {
        return false;
    }
    memcpy(bytes, code_bytes(c, phys, in_page, buffer), in_page);
    if (allowed > in_page) {
        memcpy(bytes + in_page, code_bytes(c, b->phys_second, wanted, buffer), wanted);
    }
    struct decode_result d =
        decode_at(c, bytes, allowed < MAX_INSN_BYTES ? allowed : MAX_INSN_BYTES, b->insn);
    if (d.length == 0) { // 15 bytes are not enough, or the segment ends before the instruction does
        return x86_raise_error(c, X86_GP, 0);
    }
    append(b, &d);
    b->mode |= X86_MODE_STRADDLE;
    return true;
}

// Whether blocks may be kept: in RAM, whose pages tell when they are written, and in ROM. A frame
// buffer is memory, but nobody watches it for code.
static bool is_cacheable(const struct x86 *c, u64 phys)
{
    const struct phys_region *r = phys_find(c->w.phys, phys);
    return r->read_memory && (!r->write_memory || ram_page(c, phys) != X86_NO_PAGE);
}

// Fills a block from RIP on. `allowed`: bytes up to the segment's limit. False: fault.
static bool fill(struct x86 *c, struct x86_block *b, u64 phys, u64 allowed)
{
    unsigned in_page = (unsigned)(X86_PAGE_BYTES - phys % X86_PAGE_BYTES);
    unsigned available = allowed < in_page ? (unsigned)allowed : in_page;
    bool may_grow = is_cacheable(c, phys);
    u8 buffer[MAX_INSN_BYTES];
    for (;;) {
        unsigned left = available - b->bytes;
        unsigned window = left < MAX_INSN_BYTES ? left : MAX_INSN_BYTES;
        const u8 *bytes = code_bytes(c, phys + b->bytes, window, buffer);
        struct decode_result d = {0};
        if (left > 0) {
            d = decode_at(c, bytes, window, &b->insn[b->count]);
        }
        if (d.length == 0) {
            if (b->count > 0) {
                return true; // the next block deals with it
            }
            if (d.too_long) {
                return x86_raise_error(c, X86_GP, 0);
            }
            return decode_straddling(c, b, phys, available,
                                     allowed > UINT32_MAX ? UINT32_MAX : (unsigned)allowed);
        }
        if (append(b, &d) || !may_grow) {
            return true;
        }
    }
}

// Notes that a block has `size_bytes` bytes at `phys`, in RAM page `page`.
static void claim_page(struct x86 *c, u32 page, u64 phys, u64 size_bytes)
{
    c->blocks->granules[page] |= granule_mask(phys, size_bytes);
    if (!(c->w.phys->page_flags[page] & PHYS_PAGE_CODE)) {
        c->w.phys->page_flags[page] |= PHYS_PAGE_CODE;
        x86_tlb_protect(c, phys & ~(u64)(X86_PAGE_BYTES - 1));
    }
}

static void insert(struct x86 *c, struct x86_block *b)
{
    struct x86_block_cache *cache = c->blocks;
    struct x86_block **bucket = &cache->hash[hash_of(b->phys)];
    b->next = *bucket;
    *bucket = b;
    u64 in_first = X86_PAGE_BYTES - b->phys % X86_PAGE_BYTES;
    u64 first = b->bytes < in_first ? b->bytes : in_first;
    b->page = ram_page(c, b->phys);
    if (b->page != X86_NO_PAGE) {
        b->next_in_page = cache->by_page[b->page];
        cache->by_page[b->page] = b;
        claim_page(c, b->page, b->phys, first);
    }
    u32 second =
        b->mode & X86_MODE_STRADDLE && b->bytes > first ? ram_page(c, b->phys_second) : X86_NO_PAGE;
    if (second != X86_NO_PAGE && second != b->page) {
        b->second_page = second;
        b->next_in_second_page = cache->by_page[second];
        cache->by_page[second] = b;
        claim_page(c, second, b->phys_second, b->bytes - first);
    }
}

// Decodes the block at RIP. Blocks outside RAM and ROM (in device registers, in a frame buffer) are
// made anew each time.
static struct x86_block *make_block(struct x86 *c, u64 phys, u64 allowed)
{
    struct x86_block_cache *cache = c->blocks;
    size_t largest = sizeof(struct x86_block) + (X86_BLOCK_INSNS + 1) * sizeof(struct insn);
    if (cache->used_bytes + largest > ARENA_BYTES ||
        (cache->max_blocks && cache->block_count >= cache->max_blocks)) {
        x86_blocks_flush(c);
    }
    struct x86_block *b = (struct x86_block *)(void *)(cache->arena + cache->used_bytes);
    memset(b, 0, sizeof *b);
    b->phys = phys;
    b->page = b->second_page = X86_NO_PAGE;
    b->mode = (u16)c->mode;
    b->link[0] = b->link[1] = &cache->never;
    if (!fill(c, b, phys, allowed)) {
        return NULL;
    }
    struct insn *end = &b->insn[b->count];
    memset(end, 0, sizeof *end);
    end->fn = op_block_end;
    end->next = b->bytes;
    b->cost = b->count;
    cache->used_bytes += block_bytes(b);
    cache->block_count++;
    c->stats.blocks_decoded++;
    if (is_cacheable(c, phys) &&
        (!(b->mode & X86_MODE_STRADDLE) || is_cacheable(c, b->phys_second))) {
        insert(c, b);
    }
    return b;
}

// --- finding ---

// Makes code_page and code_phys those of a linear address. False: fault.
static bool fetch_page(struct x86 *c, u64 linear)
{
    u64 phys;
    if (!x86_translate(c, linear, X86_FETCH, c->s.cpl == 3, &phys)) {
        return false;
    }
    c->code_page = linear & ~(u64)(X86_PAGE_BYTES - 1);
    c->code_phys = (phys & c->w.phys->address_mask) & ~(u64)(X86_PAGE_BYTES - 1);
    return true;
}

// A cached straddling block is right only if its second page is where it was.
static bool straddle_matches(struct x86 *c, const struct x86_block *b, u64 linear)
{
    u64 phys, second = (linear & ~(u64)(X86_PAGE_BYTES - 1)) + X86_PAGE_BYTES;
    return fetch_second(c, second, &phys) && phys == b->phys_second;
}

struct x86_block *x86_block_find(struct x86 *c)
{
    u64 rip = c->s.rip;
    if (rip >= c->code_end) {
        x86_raise_error(c, X86_GP, 0);
        return NULL;
    }
    u64 linear = (u32)(c->s.seg[X86_CS].base + rip), in_page = linear % X86_PAGE_BYTES;
    if (linear - in_page != c->code_page && !fetch_page(c, linear)) {
        return NULL;
    }
    u64 phys = c->code_phys | in_page;
    struct x86_block *b = c->blocks->hash[hash_of(phys)];
    for (; b; b = b->next) {
        if (b->phys == phys && (b->mode & ~X86_MODE_STRADDLE) == c->mode &&
            rip + b->bytes <= c->code_end) {
            if (!(b->mode & X86_MODE_STRADDLE) || straddle_matches(c, b, linear)) {
                return b;
            }
            if (c->fault.vector != X86_NO_FAULT) {
                return NULL;
            }
        }
    }
    return make_block(c, phys, c->code_end - rip);
}

// Makes code_page that of `linear` if the TLB knows it without a walk.
static bool fetch_page_fast(struct x86 *c, u64 linear)
{
    unsigned n = linear / X86_PAGE_BYTES % X86_TLB_ENTRIES;
    u64 page = linear & ~(u64)(X86_PAGE_BYTES - 1);
    if ((c->tlb->entry[X86_FETCH][n].tag & ~X86_TLB_SLOW) != page) {
        return false;
    }
    c->code_page = page;
    c->code_phys =
        c->tlb->phys[X86_FETCH][n] & c->w.phys->address_mask & ~(u64)(X86_PAGE_BYTES - 1);
    return true;
}

// Leaves to the run loop, which finds the block at s.rip.
static const struct insn *leave_to_find(struct x86 *c)
{
    c->block = NULL;
    return NULL;
}

// The block at a physical address. NULL: not there, or straddling pages. Dead ones have another
// mode.
static struct x86_block *find_recent(struct x86 *c, u64 phys)
{
    struct x86_block **recent = &c->blocks->recent[(phys ^ phys >> 13) % RECENT], *b = *recent;
    if (LIKELY(b->phys == phys && b->mode == c->mode)) {
        return b;
    }
    b = c->blocks->hash[hash_of(phys)];
    while (b && !(b->phys == phys && b->mode == c->mode)) {
        b = b->next;
    }
    *recent = b ? b : *recent;
    return b;
}

const struct insn *x86_jump_find(struct x86 *c, const struct insn *i, u64 rip, unsigned link)
{
    struct x86_block *from = c->block;
    if (UNLIKELY(!is_target_inside(c, rip))) {
        bool is_behind = rip == (u32)(c->block_rip + i->next) && link != TAKEN;
        c->s.rip = rip; // not a jump but the end of the segment: the next fetch faults, not `i`
        return is_behind ? leave_to_find(c) : x86_bad_target(c, i);
    }
    u64 linear = (u32)(c->s.seg[X86_CS].base + rip), in_page = linear % X86_PAGE_BYTES;
    u64 old_linear = (u32)(c->s.seg[X86_CS].base + c->block_rip);
    c->s.rip = rip;
    if (linear - in_page != c->code_page && !fetch_page_fast(c, linear)) {
        return leave_to_find(c);
    }
    struct x86_block *b = find_recent(c, c->code_phys | in_page);
    if (!b || c->budget < b->cost || rip + b->bytes > c->code_end) {
        return leave_to_find(c);
    }
    // Not between two linear pages, even if they are the same physical one at present.
    if (link != X86_NO_LINK && (old_linear ^ linear) < X86_PAGE_BYTES) {
        from->link[link] = b;
    }
    const struct insn *first = enter_block(c, b, rip);
    return GO(first);
}
