/* The link's timeouts over a transport that has a time of its own: a simulated board is not silent because this machine
 * is busy, and is given up at once when its own time is over. */
#include <criterion/criterion.h>

#include "link.h"

#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 5000, RETRY_MS = 250 };

/* Says nothing. Its time runs on by what receive() may wait, this machine's by pause_ms. */
struct silence {
    uint64_t now_ms;
    unsigned receives;
    unsigned sends;
    unsigned pause_ms;
    unsigned standing; /* calls of receive() in which its own time stands still */
};

static enum loom_status silent_send(void *self, const uint8_t *bytes, size_t count)
{
    (void)bytes;
    (void)count;
    ((struct silence *)self)->sends++;
    return LOOM_OK;
}

static enum loom_status silent_receive(void *self, uint8_t *bytes, size_t capacity, size_t *count, unsigned timeout_ms)
{
    struct silence *silence = self;
    struct timespec pause = {.tv_nsec = silence->pause_ms * 1000000L};

    (void)bytes;
    (void)capacity;
    *count = 0;
    nanosleep(&pause, NULL);
    if (++silence->receives > silence->standing)
        silence->now_ms += timeout_ms;
    return LOOM_OK;
}

static void silent_close(void *self)
{
    (void)self;
}

static uint64_t silent_now(void *self)
{
    return ((struct silence *)self)->now_ms;
}

/* 5 s in which it asks again every 250 ms are 20 waits, with a frame each, and take no time here. */
Test(link_time, a_silent_board_is_given_up_by_its_own_time, .timeout = 4)
{
    struct silence silence = {0};
    struct link *link;

    cr_assert_eq(link_open(&link,
                           (struct transport){&silence, silent_send, silent_receive, silent_close, silent_now, NULL},
                           TIMEOUT_MS, RETRY_MS), LOOM_OK);
    cr_expect_eq(link_synchronise(link), LOOM_TIMEOUT);
    cr_expect_eq(silence.now_ms, TIMEOUT_MS);
    cr_expect_eq(silence.receives, TIMEOUT_MS / RETRY_MS);
    cr_expect_eq(silence.sends, TIMEOUT_MS / RETRY_MS);
    link_close(link);
}

/* This machine is ten times slower than the timeout allows; nothing is sent again while the board's time stands
 * still. */
Test(link_time, a_busy_machine_is_no_silence, .timeout = 10)
{
    struct silence silence = {.pause_ms = 20, .standing = 10};
    struct link *link;

    cr_assert_eq(link_open(&link,
                           (struct transport){&silence, silent_send, silent_receive, silent_close, silent_now, NULL},
                           20, 5), LOOM_OK);
    cr_expect_eq(link_synchronise(link), LOOM_TIMEOUT);
    cr_expect_eq(silence.receives, 10 + 20 / 5);
    cr_expect_eq(silence.sends, 20 / 5);
    link_close(link);
}
