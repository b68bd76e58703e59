/* The engine of ACCUMULATE, to the cycle: rtl/loom_scanner.v finds the events, rtl/loom_walker.v walks their units. Cycle 0
 * is the dispatch. Instead of every cycle only those are looked at in which an event moves on: it leaves its word,
 * passes two stages that stall together while the walker does not take the event at their end, is taken, and
 * is loaded when the units before it are issued. */
#include "cost_parts.h"

enum {
    FIRST_READ = 2,     /* cycle in which the scanner reads the first word; it has it two cycles later */
    FETCH_CYCLES = 2,   /* of an entry, until it is taken */
    DRAIN_CYCLES = 1,   /* from the last unit to the end; one that is multiplied takes longer */
    STAGES_AND_ONE = 3  /* events whose stalls may still matter */
};

/* Cycles [from, until) in which an event waits at the end of the scanner's stages: nothing moves on in them. */
struct stall {
    uint64_t from;
    uint64_t until;
};

struct engine {
    struct stall stalls[STAGES_AND_ONE]; /* oldest first */
    uint64_t taken;    /* last event, by the walker */
    uint64_t loaded;   /* last event that has units */
    uint64_t last_run; /* first cycle of its last run */
    uint64_t over;     /* its last unit */
    uint64_t settled;  /* no fetch is under way from here on */
    uint32_t last_target;
    bool active;       /* there was one with units */
    bool met;          /* there was an event */
    unsigned touched;  /* blocks of accumulators */
};

/* Words on their way to the scanner. */
struct reader {
    const struct operation *operation;
    const struct cost_writing *writing;
    uint32_t ring;
    uint64_t cycle;
    uint32_t next;     /* to be read */
    bool shown;        /* the memory shows one */
    bool fetched;      /* the register behind it has one */
};

static uint64_t next_moving(const struct engine *engine, uint64_t cycle)
{
    for (unsigned index = 0; index < STAGES_AND_ONE; index++) {
        const struct stall *stall = &engine->stalls[index];
        if (stall->from <= cycle && cycle < stall->until)
            cycle = stall->until;
    }
    return cycle;
}

static void load(struct engine *engine, uint64_t earliest, uint32_t target, uint32_t runs, uint32_t length, uint32_t skip)
{
    bool same = engine->active && target == engine->last_target;

    engine->loaded = engine->active ? cost_later(earliest, engine->over + same) : earliest;
    engine->last_run = engine->loaded + 1 + (uint64_t)(runs - 1) * length;
    engine->over = engine->loaded + (uint64_t)runs * length;
    engine->last_target = target + (runs - 1) * (length + skip) + length - 1;
    engine->active = true;
}

/* An event that is shown to the walker from cycle shown on. */
static void walk_dense(struct engine *engine, uint64_t shown, uint32_t units)
{
    engine->taken = cost_later(shown, engine->loaded);
    load(engine, engine->taken + 1, 0, 1, units, 0);
}

/* The fetch takes a cycle from the units under way. Returns the event's units. */
static uint32_t walk_table(struct engine *engine, uint64_t shown, uint64_t entry)
{
    uint64_t fetch = engine->active ? cost_later(shown, engine->last_run) : shown;

    if (engine->active && fetch <= engine->over)
        engine->over++;
    engine->taken = fetch + FETCH_CYCLES;
    engine->settled = engine->taken + 1;
    if (HW_GET(entry, ENTRY_NONE))
        return 0;
    uint32_t runs = (uint32_t)HW_GET(entry, ENTRY_RUNS) + 1, length = (uint32_t)HW_GET(entry, ENTRY_LENGTH) + 1;
    load(engine, engine->settled, (uint32_t)HW_GET(entry, ENTRY_TARGET), runs, length,
         (uint32_t)HW_GET(entry, ENTRY_TARGET_SKIP));
    return runs * length;
}

static void touch(struct engine *engine, const struct board *board, const struct operation *operation, uint64_t entry)
{
    uint32_t runs = (uint32_t)HW_GET(entry, ENTRY_RUNS) + 1, length = (uint32_t)HW_GET(entry, ENTRY_LENGTH) + 1;
    uint32_t target = (uint32_t)HW_GET(entry, ENTRY_TARGET), skip = (uint32_t)HW_GET(entry, ENTRY_TARGET_SKIP);

    for (uint32_t run = 0; run < runs && !HW_GET(entry, ENTRY_NONE); run++)
        cost_touch(board, operation, target + run * (length + skip), length, &engine->touched);
}

/* The event leaves its word in a cycle in which the stages move; returns that cycle. */
static uint64_t pass(struct engine *engine, const struct board *board, uint64_t ready, const struct operation *operation,
                     uint64_t entry, struct cost_totals_of_scan *totals)
{
    uint64_t leaves = next_moving(engine, ready);
    uint64_t shown = next_moving(engine, leaves + 1) + 1;

    engine->met = true;
    totals->events++;
    if (operation->flags & 1u << HW_FLAG_TABLE) {
        totals->units += walk_table(engine, shown, entry);
        totals->entries++;
        touch(engine, board, operation, entry);
    } else {
        walk_dense(engine, shown, operation->stride);
        totals->units += operation->stride;
        cost_touch(board, operation, operation->target, operation->stride, &engine->touched);
    }
    for (unsigned index = 0; index + 1 < STAGES_AND_ONE; index++)
        engine->stalls[index] = engine->stalls[index + 1];
    engine->stalls[STAGES_AND_ONE - 1] = (struct stall){shown, engine->taken};
    return leaves;
}

/* True if the next word is not read in this cycle, because the UPDATE may still have to write it. */
static bool waits(const struct reader *reader)
{
    const struct operation *operation = reader->operation;
    const struct cost_writing *writing = reader->writing;
    int64_t cycle = (int64_t)reader->cycle;
    uint64_t written = 0;

    if (reader->cycle >= writing->over)
        return false;
    if (cycle > writing->last)
        written = writing->words;
    else if (cycle > writing->first)
        written = (uint64_t)((cycle - writing->first - 1) / writing->period) + 1;
    if (written == writing->words && cycle <= writing->last)
        written--;
    uint64_t due = writing->address + written * writing->step;
    uint64_t address = operation->source + ((uint64_t)reader->next << operation->ring_log2) + reader->ring;
    return due == address;
}

/* The cycle in which the scanner takes its next word, at the earliest in cycle free. */
static uint64_t take_word(struct reader *reader, uint64_t free)
{
    for (;;) {
        bool taken = reader->fetched;
        if (taken)
            reader->cycle = cost_later(reader->cycle, free);
        reader->fetched = reader->shown;
        reader->shown = reader->next < reader->operation->count && !waits(reader);
        reader->next += reader->shown;
        reader->cycle++;
        if (taken)
            return reader->cycle - 1;
    }
}

uint64_t cost_accumulate(struct cost_core *core, const struct board *board, const struct operation *operation,
                         const uint16_t *memory, uint32_t ring, const struct cost_writing *writing,
                         struct cost_totals_of_scan *totals)
{
    struct engine engine = {0};
    struct reader reader = {operation, writing, ring, FIRST_READ, 0, false, false};
    bool graded = operation->flags & 1u << HW_FLAG_GRADED, table = operation->flags & 1u << HW_FLAG_TABLE;
    bool multiplied = graded || (operation->flags & 1u << HW_FLAG_WIDE);
    unsigned position_log2 = operation->flags >> HW_FLAG_POSITION & 7;
    uint64_t empty = FIRST_READ + 2;

    if (writing->until > 0) /* a cycle of the stages is one earlier than what is seen of it */
        engine.stalls[STAGES_AND_ONE - 1] = (struct stall){0, writing->until - 1};
    for (uint32_t index = 0; index < operation->count; index++) {
        uint16_t word = memory[operation->source + ((size_t)index << operation->ring_log2) + ring];
        uint64_t ready = take_word(&reader, index ? empty + 1 : 0);

        empty = ready;
        if (graded && word)
            word = 1;
        for (unsigned bit = 0; word >> bit; bit++) {
            if (!(word >> bit & 1))
                continue;
            size_t position = graded ? index : (16 * (size_t)index + bit) >> position_log2;
            uint64_t entry = table ? cost_entry(core, board, operation, position) : 0;
            ready = pass(&engine, board, ready, operation, entry, totals) + 1;
            empty = ready;
        }
    }
    core->touched |= engine.touched;
    /* that the scanner has nothing more is known a cycle later */
    uint64_t idle = cost_later(cost_later(empty, engine.met ? engine.taken + 1 : 0) + 1, engine.settled);
    uint64_t drain = DRAIN_CYCLES + (multiplied ? 1 + (board->dsp ? 0u : MULTIPLIER_LATE) : 0);
    return engine.active ? cost_later(idle, engine.over + drain) : idle;
}
