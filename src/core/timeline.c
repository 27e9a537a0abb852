#include "core/timeline.h"

#include "base/bits.h"
#include "base/check.h"

#include <string.h>

enum { POOL_PAGES = 1 << 15, NO_PAGE = UINT32_MAX };

static void *take(const struct timeline *t, size_t size_bytes)
{
    return t->host->alloc(t->host->owner, size_bytes);
}

static void give_back(const struct timeline *t, void *memory, size_t size_bytes)
{
    if (memory) {
        t->host->release(t->host->owner, memory, size_bytes);
    }
}

// --- lists of inputs ---

static void inputs_free(const struct timeline *t, struct timeline_inputs *list)
{
    give_back(t, list->rows, list->capacity * sizeof *list->rows);
    *list = (struct timeline_inputs){0};
}

static bool inputs_reserve(const struct timeline *t, struct timeline_inputs *list, u32 capacity)
{
    struct timeline_input *rows = take(t, capacity * sizeof *rows);
    if (!rows) {
        return false;
    }
    if (list->count > 0) {
        memcpy(rows, list->rows, list->count * sizeof *rows);
    }
    give_back(t, list->rows, list->capacity * sizeof *rows);
    list->rows = rows;
    list->capacity = capacity;
    return true;
}

static bool inputs_has_room(const struct timeline *t, struct timeline_inputs *list)
{
    return list->count < list->capacity ||
           inputs_reserve(t, list, list->capacity ? 2 * list->capacity : 256);
}

static bool inputs_copy(const struct timeline *t, const struct timeline_inputs *from,
                        struct timeline_inputs *to)
{
    *to = (struct timeline_inputs){0};
    if (from->count == 0) {
        return true;
    }
    if (!inputs_reserve(t, to, from->count)) {
        return false;
    }
    memcpy(to->rows, from->rows, from->count * sizeof *to->rows);
    to->count = from->count;
    return true;
}

// --- snapshots ---

static u32 *table_of(const struct timeline *t, u32 slot)
{
    return t->tables + (size_t)slot * t->page_count;
}

static u8 *pool_page(const struct timeline *t, u32 page)
{
    return t->pages + (size_t)page * TIMELINE_PAGE_BYTES;
}

static u32 devs_bytes(const struct dev_list *devs)
{
    u32 bytes = 0;
    for (const struct dev *d = devs->first; d; d = d->next) {
        bytes += (u32)fields_size(d->fields);
    }
    return bytes;
}

static void drop_snapshot(struct timeline *t, u32 index)
{
    u32 slot = t->snapshots[index].slot;
    for (u32 n = 0; n < t->page_count; n++) {
        t->free_count += --t->uses[table_of(t, slot)[n]] == 0;
    }
    t->is_slot_used[slot] = false;
    t->snapshot_count--;
    memmove(&t->snapshots[index], &t->snapshots[index + 1],
            (t->snapshot_count - index) * sizeof t->snapshots[0]);
}

// Drops the one that is missed least: the gap it leaves is smallest beside its age. The first and
// the last stay.
static void thin_out(struct timeline *t)
{
    u64 now = timeline_now(t), best_score = UINT64_MAX;
    u32 best = 1;
    for (u32 n = 1; n + 1 < t->snapshot_count; n++) {
        const struct timeline_snapshot *s = &t->snapshots[n];
        u64 gap = s[1].step - s[-1].step, age = now > s->step ? now - s->step : 0;
        u64 score = mul_div_u64(min_u64(gap, UINT64_MAX >> 21), 1 << 20, age + 1);
        if (score < best_score) {
            best_score = score;
            best = n;
        }
    }
    drop_snapshot(t, best);
}

static u32 free_page(struct timeline *t)
{
    while (t->uses[t->next_free] > 0) {
        t->next_free = (t->next_free + 1) % t->pool_count;
    }
    t->free_count--;
    return t->next_free;
}

static void keep_page(struct timeline *t, u32 n, u32 *table, const u32 *neighbour)
{
    const u8 *from = t->memory + (size_t)n * TIMELINE_PAGE_BYTES;
    if (neighbour && memcmp(pool_page(t, neighbour[n]), from, TIMELINE_PAGE_BYTES) == 0) {
        table[n] = neighbour[n];
    } else {
        table[n] = free_page(t);
        memcpy(pool_page(t, table[n]), from, TIMELINE_PAGE_BYTES);
    }
    t->uses[table[n]]++;
}

static void save_state(const struct timeline *t, u8 *to)
{
    for (const struct dev *d = t->m->devs.first; d; d = d->next) {
        fields_save(d->fields, d->state, to);
        to += fields_size(d->fields);
    }
}

static void load_state(const struct timeline *t, const u8 *from)
{
    for (const struct dev *d = t->m->devs.first; d; d = d->next) {
        fields_load(d->fields, d->state, from);
        from += fields_size(d->fields);
    }
    for (const struct dev *d = t->m->devs.first; d; d = d->next) {
        if (d->restored) {
            d->restored(d->owner);
        }
    }
}

static u32 free_slot(struct timeline *t)
{
    u32 slot = 0;
    while (t->is_slot_used[slot]) {
        slot++;
    }
    t->is_slot_used[slot] = true;
    return slot;
}

// The number of snapshots at or before a moment.
static u32 snapshots_until(const struct timeline *t, u64 step)
{
    u32 n = t->snapshot_count;
    while (n > 0 && t->snapshots[n - 1].step > step) {
        n--;
    }
    return n;
}

static void take_snapshot(struct timeline *t)
{
    while (t->snapshot_count > 2 &&
           (t->snapshot_count == TIMELINE_SNAPSHOTS || t->free_count < t->page_count)) {
        thin_out(t);
    }
    u64 now = timeline_now(t);
    u32 at = snapshots_until(t, now), slot = free_slot(t);
    const u32 *neighbour = at > 0 ? table_of(t, t->snapshots[at - 1].slot) : NULL;
    for (u32 n = 0; n < t->page_count; n++) {
        keep_page(t, n, table_of(t, slot), neighbour);
    }
    save_state(t, t->states + (size_t)slot * t->state_bytes);
    memmove(&t->snapshots[at + 1], &t->snapshots[at],
            (t->snapshot_count - at) * sizeof t->snapshots[0]);
    t->snapshots[at] = (struct timeline_snapshot){now, t->input_next, slot};
    t->snapshot_count++;
}

static void load_snapshot(struct timeline *t, u32 index)
{
    const struct timeline_snapshot *s = &t->snapshots[index];
    for (u32 n = 0; n < t->page_count; n++) {
        memcpy(t->memory + (size_t)n * TIMELINE_PAGE_BYTES, pool_page(t, table_of(t, s->slot)[n]),
               TIMELINE_PAGE_BYTES);
    }
    clock_go_to(&t->m->clock, s->step);
    load_state(t, t->states + (size_t)s->slot * t->state_bytes);
    t->input_next = s->input_count;
    t->ops->loaded(t->owner, s->step);
}

// --- lifetime ---

bool timeline_init(struct timeline *t, struct machine *m, const struct vt_host *host, u8 *memory,
                   u32 memory_bytes, const struct timeline_ops *ops, void *owner)
{
    CHECK(memory_bytes % TIMELINE_PAGE_BYTES == 0);
    *t = (struct timeline){
        .m = m,
        .host = host,
        .ops = ops,
        .owner = owner,
        .memory = memory,
        .page_count = memory_bytes / TIMELINE_PAGE_BYTES,
        .pool_count = POOL_PAGES,
        .free_count = POOL_PAGES,
        .number = 1,
        .numbers = 1,
    };
    t->state_bytes = devs_bytes(&m->devs);
    t->pages = take(t, (size_t)t->pool_count * TIMELINE_PAGE_BYTES);
    t->uses = take(t, t->pool_count * sizeof *t->uses);
    t->tables = take(t, (size_t)TIMELINE_SNAPSHOTS * t->page_count * sizeof *t->tables);
    t->states = take(t, (size_t)TIMELINE_SNAPSHOTS * t->state_bytes);
    return t->pages && t->uses && t->tables && t->states;
}

void timeline_start(struct timeline *t)
{
    while (t->snapshot_count > 0) {
        drop_snapshot(t, t->snapshot_count - 1);
    }
    for (u32 n = 0; n < TIMELINE_BRANCHES; n++) {
        inputs_free(t, &t->branches[n].inputs);
        t->branches[n].number = 0;
    }
    t->inputs.count = t->input_next = 0;
    t->number = t->numbers = 1;
    t->last = timeline_now(t);
    take_snapshot(t);
}

void timeline_restart(struct timeline *t)
{
    load_snapshot(t, 0);
    timeline_start(t);
}

void timeline_destroy(struct timeline *t)
{
    if (!t->host) {
        return;
    }
    for (u32 n = 0; n < TIMELINE_BRANCHES; n++) {
        inputs_free(t, &t->branches[n].inputs);
    }
    inputs_free(t, &t->inputs);
    give_back(t, t->states, (size_t)TIMELINE_SNAPSHOTS * t->state_bytes);
    give_back(t, t->tables, (size_t)TIMELINE_SNAPSHOTS * t->page_count * sizeof *t->tables);
    give_back(t, t->uses, t->pool_count * sizeof *t->uses);
    give_back(t, t->pages, (size_t)t->pool_count * TIMELINE_PAGE_BYTES);
}

// --- forward ---

static void apply_due(struct timeline *t)
{
    while (t->input_next < t->inputs.count &&
           t->inputs.rows[t->input_next].step == timeline_now(t)) {
        t->ops->apply(t->owner, &t->inputs.rows[t->input_next++]);
    }
}

// How far can be run before something must be done here.
static u64 next_halt(const struct timeline *t, u64 max_steps)
{
    u64 next = (timeline_now(t) / TIMELINE_INTERVAL + 1) * TIMELINE_INTERVAL;
    if (t->input_next < t->inputs.count) {
        next = min_u64(next, t->inputs.rows[t->input_next].step);
    }
    return min_u64(next, max_steps);
}

static bool wants_snapshot(const struct timeline *t)
{
    u32 at = snapshots_until(t, timeline_now(t));
    return timeline_now(t) % TIMELINE_INTERVAL == 0 && t->snapshots[at - 1].step < timeline_now(t);
}

struct vt_stop timeline_run(struct timeline *t, u64 max_steps, u64 until_ns)
{
    for (;;) {
        u64 limit = next_halt(t, max_steps);
        struct vt_stop stop = machine_run(t->m, limit, until_ns);
        t->last = timeline_now(t) > t->last ? timeline_now(t) : t->last;
        if (wants_snapshot(t)) {
            take_snapshot(t);
        }
        apply_due(t);
        if (stop.reason != VT_STOP_LIMIT || timeline_now(t) >= max_steps) {
            return stop;
        }
    }
}

// --- input and forks ---

static void drop_snapshots_after(struct timeline *t, u64 step)
{
    while (t->snapshot_count > 1 && t->snapshots[t->snapshot_count - 1].step > step) {
        drop_snapshot(t, t->snapshot_count - 1);
    }
}

// The oldest branch gives way.
static struct timeline_branch *branch_room(struct timeline *t)
{
    struct timeline_branch *oldest = &t->branches[0];
    for (u32 n = 0; n < TIMELINE_BRANCHES; n++) {
        if (t->branches[n].number < oldest->number) {
            oldest = &t->branches[n];
        }
    }
    inputs_free(t, &oldest->inputs);
    oldest->number = 0;
    return oldest;
}

static bool put_by(struct timeline *t, u64 fork)
{
    struct timeline_branch *b = branch_room(t);
    if (!inputs_copy(t, &t->inputs, &b->inputs)) {
        return false;
    }
    b->number = t->number;
    b->fork = fork;
    b->end = t->last;
    return true;
}

bool timeline_put(struct timeline *t, u32 kind, u32 index, u64 value)
{
    u64 now = timeline_now(t);
    bool is_past = now < t->last || t->input_next < t->inputs.count;
    if (!inputs_has_room(t, &t->inputs) || (is_past && !put_by(t, now))) {
        return false;
    }
    if (is_past) {
        t->inputs.count = t->input_next;
        t->last = now;
        t->number = ++t->numbers;
    }
    drop_snapshots_after(t, now); // also those of steps that were looked ahead at
    t->inputs.rows[t->inputs.count++] = (struct timeline_input){now, kind, index, value};
    apply_due(t);
    return true;
}

// --- moving ---

bool timeline_undo(struct timeline *t)
{
    u64 now = timeline_now(t);
    if (!t->ops->undo || now == 0) {
        return false;
    }
    clock_go_to(&t->m->clock, now - 1); // devices arm their events while they are restored
    if (!t->ops->undo(t->owner)) {
        clock_go_to(&t->m->clock, now);
        return false;
    }
    while (t->input_next > 0 && t->inputs.rows[t->input_next - 1].step > now - 1) {
        t->input_next--;
    }
    return true;
}

static void tell_replaying(struct timeline *t, bool is_replaying)
{
    if (t->ops->replaying) {
        t->ops->replaying(t->owner, is_replaying);
    }
}

// Forward to a moment that was reached before; whatever stopped the run there does not now.
static bool replay_to(struct timeline *t, u64 step)
{
    unsigned stuck = 0;
    tell_replaying(t, true);
    while (timeline_now(t) < step && stuck < 4) {
        u64 before = timeline_now(t);
        timeline_run(t, step, UINT64_MAX);
        stuck = timeline_now(t) == before ? stuck + 1 : 0;
    }
    tell_replaying(t, false);
    return timeline_now(t) == step;
}

bool timeline_go_to(struct timeline *t, u64 step)
{
    if (step > t->last) {
        return false;
    }
    while (timeline_now(t) > step && timeline_undo(t)) {
    }
    u32 count = snapshots_until(t, step);
    if (timeline_now(t) > step) {
        if (count == 0) {
            return false;
        }
        load_snapshot(t, count - 1);
        apply_due(t);
    } else if (count > 0 && t->snapshots[count - 1].step > timeline_now(t)) {
        load_snapshot(t, count - 1); // nearer than here
        apply_due(t);
    }
    return replay_to(t, step);
}

bool timeline_rebuild(struct timeline *t, u64 step)
{
    u32 count = step > 0 ? snapshots_until(t, step - 1) : 0;
    if (count == 0) {
        return false;
    }
    load_snapshot(t, count - 1);
    apply_due(t);
    return replay_to(t, step);
}

// Whether a snapshot of the present course belongs to another one too.
static bool is_shared(const struct timeline_snapshot *s, const struct timeline_inputs *other,
                      u32 common)
{
    bool is_later_quiet =
        s->input_count >= other->count || other->rows[s->input_count].step >= s->step;
    return s->input_count <= common && is_later_quiet;
}

static u32 common_inputs(const struct timeline_inputs *a, const struct timeline_inputs *b)
{
    u32 n = 0;
    while (n < a->count && n < b->count &&
           memcmp(&a->rows[n], &b->rows[n], sizeof a->rows[n]) == 0) {
        n++;
    }
    return n;
}

bool timeline_switch(struct timeline *t, u32 number)
{
    struct timeline_branch *b = t->branches;
    while (b < t->branches + TIMELINE_BRANCHES && b->number != number) {
        b++;
    }
    if (number == 0 || b == t->branches + TIMELINE_BRANCHES) {
        return false;
    }
    struct timeline_branch target = *b; // its place is free for the present course
    u32 common = common_inputs(&t->inputs, &target.inputs);
    *b = (struct timeline_branch){t->number, target.fork, t->last, t->inputs};
    t->inputs = target.inputs;
    t->number = target.number;
    t->last = target.end;
    while (t->snapshot_count > 1 &&
           !is_shared(&t->snapshots[t->snapshot_count - 1], &t->inputs, common)) {
        drop_snapshot(t, t->snapshot_count - 1);
    }
    load_snapshot(t, t->snapshot_count - 1);
    apply_due(t);
    return replay_to(t, t->last);
}

bool timeline_search_back(u64 before, timeline_search_fn *search, void *owner, u64 *found)
{
    u64 piece = 64;
    for (u64 to = before; to > 0; piece *= 2) {
        u64 from = to > piece ? to - piece : 0;
        if (search(owner, from, to, found)) {
            return true;
        }
        to = from;
    }
    return false;
}
