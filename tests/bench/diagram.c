/* diagram W.fst STEP: one step of a lone core as text, a column a cycle, from the trace of a simulated array (`nirloom run
 * --trace`). STEP counts from 0. docs/hardware.md shows what it prints. The trace is read with the reader that comes with
 * Verilator (gtkwave's). */
#include "hardware.h"

#include <fstapi.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCOPES = 32, NAME_BYTES = 256, COLUMNS = 100, VALUE_BYTES = 160 };

/* Ports of modules, by the end of their paths. */
enum {
    LOCAL_VALID,
    LOCAL_READY,
    LOCAL_MESSAGE,
    INJECT_VALID,
    INJECT_READY,
    INJECT_MESSAGE,
    END_VALID,
    END_READY,
    IDLE,
    DISPATCH,
    SKIP,
    OVER,
    OPERATION,
    SCANNING,
    EVENT_VALID,
    EVENT_READY,
    ISSUE,
    SUMS,
    CLEAR,
    LEAK,
    BIAS,
    THRESHOLD,
    RESET,
    CLEAR_X,
    WRITE,
    SPIKE_WRITE,
    SIGNALS
};

static const char *const names[SIGNALS] = {
    [LOCAL_VALID] = "u_core.i_local_valid",
    [LOCAL_READY] = "u_core.o_local_ready",
    [LOCAL_MESSAGE] = "u_core.i_local_message",
    [INJECT_VALID] = "u_core.o_inject_valid",
    [INJECT_READY] = "u_core.i_inject_ready",
    [INJECT_MESSAGE] = "u_core.o_inject_message",
    [END_VALID] = "u_core.o_end_valid",
    [END_READY] = "u_core.i_end_ready",
    [IDLE] = "u_program.o_idle",
    [DISPATCH] = "u_program.o_dispatch",
    [SKIP] = "u_program.i_skip",
    [OVER] = "u_program.over",
    [OPERATION] = "u_program.o_operation",
    [SCANNING] = "u_scanner.o_busy",
    [EVENT_VALID] = "u_scanner.o_event_valid",
    [EVENT_READY] = "u_scanner.i_event_ready",
    [ISSUE] = "u_walker.o_issue",
    [SUMS] = "u_lanes.i_write",
    [CLEAR] = "u_lanes.i_clear",
    [LEAK] = "u_updater.o_take_leak",
    [BIAS] = "u_updater.o_take_bias",
    [THRESHOLD] = "u_updater.o_take_threshold",
    [RESET] = "u_updater.o_take_reset",
    [CLEAR_X] = "u_updater.o_clear_x",
    [WRITE] = "u_updater.o_write",
    [SPIKE_WRITE] = "u_updater.o_spike_write",
};

enum row { MESSAGES_IN, PROGRAM, SCANNED, EVENTS, UNITS, ADDED, PARAMETERS, TAKEN, WRITTEN, SPIKES, MESSAGES_OUT, ROWS };

static const char *const row_names[ROWS] = {
    [MESSAGES_IN] = "message in",
    [PROGRAM] = "operation",
    [SCANNED] = "scanning",
    [EVENTS] = "event taken",
    [UNITS] = "unit issued",
    [ADDED] = "sums written",
    [PARAMETERS] = "parameters",
    [TAKEN] = "sums taken",
    [WRITTEN] = "state written",
    [SPIKES] = "spike word",
    [MESSAGES_OUT] = "message out",
};

struct trace {
    fstHandle handles[SIGNALS];
    char values[SIGNALS][VALUE_BYTES]; /* binary digits, the highest first */
    uint64_t time;                     /* half cycles */
    long wanted;                       /* step */
    long step;                         /* steps begun, less one */
    bool running;                      /* an operation */
    bool ended;                        /* END was sent */
    bool done;
    size_t columns;
    size_t room;
    char *rows[ROWS];
    bool short_of_memory;
};

static bool high(const struct trace *trace, int signal)
{
    return strchr(trace->values[signal], '1') != NULL;
}

/* Bits msb to lsb of a signal. */
static unsigned field(const struct trace *trace, int signal, unsigned msb, unsigned lsb)
{
    const char *digits = trace->values[signal];
    size_t width = strlen(digits);
    unsigned value = 0;

    for (unsigned bit = msb + 1; bit-- > lsb;)
        value = value << 1 | (bit < width && digits[width - 1 - bit] == '1');
    return value;
}

static char message(const struct trace *trace, int valid, int ready, int word)
{
    static const char letters[] = {[HW_KIND_WRITE] = 'W', [HW_KIND_READ] = 'R',   [HW_KIND_REPLY] = 'r',
                                   [HW_KIND_SPIKE] = 'S', [HW_KIND_OUTPUT] = 'O', [HW_KIND_STEP] = 'T',
                                   [HW_KIND_END] = 'E'};
    unsigned kind = field(trace, word, HW_MESSAGE_KIND_MSB, HW_MESSAGE_KIND_LSB);

    return !high(trace, valid) || !high(trace, ready) ? '.' : kind < sizeof letters ? letters[kind] : '?';
}

/* A letter at the dispatch, small if the operation is left out, and a line until it is over. */
static char program(struct trace *trace)
{
    static const char letters[] = {[HW_OPERATION_END] = 'E', [HW_OPERATION_ACCUMULATE] = 'A',
                                   [HW_OPERATION_UPDATE] = 'U', [HW_OPERATION_SEND] = 'S'};
    unsigned code = field(trace, OPERATION, HW_OPERATION_CODE_MSB, HW_OPERATION_CODE_LSB);

    if (high(trace, DISPATCH)) {
        bool skipped = code != HW_OPERATION_END && code != HW_OPERATION_SEND && high(trace, SKIP);

        trace->running = !skipped && code != HW_OPERATION_END;
        return (char)((code < sizeof letters ? letters[code] : '?') + (skipped ? 'a' - 'A' : 0));
    }
    if (!trace->running)
        return '.';
    trace->running = !high(trace, OVER);
    return trace->running ? '-' : '|';
}

static char mark(const struct trace *trace, int signal, char letter)
{
    return high(trace, signal) ? letter : '.';
}

static void put(struct trace *trace, enum row row, char letter)
{
    trace->rows[row][trace->columns] = letter;
}

/* One cycle, whose values stand. A step is from its message's arrival until its END and what it says to the host were sent. */
static void cycle(struct trace *trace)
{
    char in = message(trace, LOCAL_VALID, LOCAL_READY, LOCAL_MESSAGE);
    bool end = high(trace, END_VALID) && high(trace, END_READY);
    char out = end ? 'E' : message(trace, INJECT_VALID, INJECT_READY, INJECT_MESSAGE);

    if (in == 'T' && trace->columns == 0)
        trace->step++;
    if (trace->done || trace->step != trace->wanted)
        return;
    for (int row = 0; trace->columns == trace->room && row < ROWS; row++) {
        char *longer = realloc(trace->rows[row], trace->room + COLUMNS);

        trace->short_of_memory = !longer;
        trace->done = !longer;
        if (!longer)
            return;
        trace->rows[row] = longer;
    }
    trace->room += trace->columns == trace->room ? COLUMNS : 0;
    put(trace, MESSAGES_IN, in);
    put(trace, PROGRAM, program(trace));
    put(trace, SCANNED, mark(trace, SCANNING, '-'));
    put(trace, EVENTS, high(trace, EVENT_VALID) && high(trace, EVENT_READY) ? 'e' : '.');
    put(trace, UNITS, mark(trace, ISSUE, 'u'));
    put(trace, ADDED, high(trace, SUMS) && !high(trace, CLEAR) ? '+' : '.');
    put(trace, PARAMETERS, high(trace, LEAK)        ? 'L'
                           : high(trace, BIAS)      ? 'B'
                           : high(trace, THRESHOLD) ? 'T'
                                                    : mark(trace, RESET, 'R'));
    put(trace, TAKEN, mark(trace, CLEAR_X, 'x'));
    put(trace, WRITTEN, mark(trace, WRITE, 'v'));
    put(trace, SPIKES, mark(trace, SPIKE_WRITE, 's'));
    put(trace, MESSAGES_OUT, out);
    trace->columns++;
    trace->ended = trace->ended || end;
    trace->done = trace->ended && (out == 'O' || !high(trace, INJECT_VALID));
}

/* The clock is low in even half cycles: what stands at their end is what the edge finds. */
static void advance(struct trace *trace, uint64_t time)
{
    for (; trace->time < time; trace->time++)
        if (trace->time % 2 == 0)
            cycle(trace);
}

static void take(void *self, uint64_t time, fstHandle handle, const unsigned char *value)
{
    struct trace *trace = self;

    advance(trace, time);
    for (int signal = 0; signal < SIGNALS; signal++)
        if (trace->handles[signal] == handle)
            snprintf(trace->values[signal], VALUE_BYTES, "%s", (const char *)value);
}

/* Whether a path of scopes, and the name of a variable, with a range or not, end in wanted. */
static bool ends_in(const char *scope, const char *name, const char *wanted)
{
    const char *dot = strchr(wanted, '.');
    size_t front = (size_t)(dot - wanted), length = strlen(scope), width = strcspn(name, " [");

    return length >= front && memcmp(scope + length - front, wanted, front) == 0 && strlen(dot + 1) == width &&
           memcmp(name, dot + 1, width) == 0;
}

static void find_signals(struct trace *trace, void *file)
{
    char scopes[SCOPES][NAME_BYTES];
    size_t depth = 0;

    for (struct fstHier *entry; (entry = fstReaderIterateHier(file));) {
        if (entry->htyp == FST_HT_SCOPE) {
            if (depth < SCOPES)
                snprintf(scopes[depth], NAME_BYTES, "%s", entry->u.scope.name);
            depth++;
        } else if (entry->htyp == FST_HT_UPSCOPE) {
            depth--;
        } else if (entry->htyp == FST_HT_VAR && depth > 0 && depth <= SCOPES) {
            for (int signal = 0; signal < SIGNALS; signal++)
                if (!trace->handles[signal] && ends_in(scopes[depth - 1], entry->u.var.name, names[signal]))
                    trace->handles[signal] = entry->u.var.handle;
        }
    }
}

static void print(const struct trace *trace)
{
    for (size_t first = 0; first < trace->columns; first += COLUMNS) {
        size_t count = trace->columns - first < COLUMNS ? trace->columns - first : COLUMNS;

        printf("%s%-14s", first ? "\n" : "", "cycle");
        for (size_t column = first; column < first + count; column += 10)
            printf("%-*zu", first + count - column < 10 ? 0 : 10, column);
        putchar('\n');
        for (int row = 0; row < ROWS; row++)
            printf("%-14s%.*s\n", row_names[row], (int)count, trace->rows[row] + first);
    }
}

int main(int argc, char **argv)
{
    static struct trace trace = {.step = -1};
    void *file = argc == 3 ? fstReaderOpen(argv[1]) : NULL;
    int status = 1;

    if (!file) {
        fprintf(stderr, "usage: diagram W.fst STEP\n");
        return 2;
    }
    trace.wanted = strtol(argv[2], NULL, 10);
    find_signals(&trace, file);
    for (int signal = 0; signal < SIGNALS; signal++)
        if (!trace.handles[signal]) {
            fprintf(stderr, "diagram: %s: no signal %s\n", argv[1], names[signal]);
            fstReaderClose(file);
            return 1;
        }
    fstReaderSetFacProcessMaskAll(file);
    fstReaderIterBlocks(file, take, &trace, NULL);
    advance(&trace, fstReaderGetEndTime(file));
    if (trace.short_of_memory)
        fprintf(stderr, "diagram: out of memory\n");
    else if (!trace.done)
        fprintf(stderr, "diagram: %s: step %s does not end there\n", argv[1], argv[2]);
    else
        status = 0;
    if (status == 0)
        print(&trace);
    for (int row = 0; row < ROWS; row++)
        free(trace.rows[row]);
    fstReaderClose(file);
    return status;
}
