/* nirloom board --virtual: the Verilated board top, with its real serial port, behind a pseudo terminal. */
#include "arguments.h"
#include "command.h"
#include "model.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const struct command_form form = {
    .name = "board",
    .bit = COMMAND_BIT_BOARD,
    .help =
        "nirloom board --virtual [--board B]\n"
        "\n"
        "Simulates a whole board, clock by clock, behind a pseudo terminal. The first line on standard output is the\n"
        "terminal's path; nirloom run --device serial:PATH then talks to it. It ends with standard input, SIGINT or\n"
        "SIGTERM.\n"
        "\n"
        "      --virtual          required: what this version does with boards\n"
        "      --board B          icebreaker (default)\n"
        "\n"
        "Example: nirloom board --virtual | head -1\n"
        "Exit status: 0 ended as asked, 2 wrong usage, 3 the simulation or the terminal failed.\n",
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* Stops the simulation when standard input ends. */
static void *watch_input(void *unused)
{
    char bytes[256];

    (void)unused;
    for (;;) {
        ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);

        if (count == 0 || (count < 0 && errno != EINTR)) {
            stop = 1;
            return NULL;
        }
    }
}

/* Opens a pseudo terminal in raw mode. The other end is held open in *other, so that the board stays while its
 * users come and go. Returns the board's end, or -1 after saying why not. */
static int open_terminal(int *other)
{
    struct termios settings;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);

    *other = -1;
    if (terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0)
        *other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    if (*other >= 0 && tcgetattr(*other, &settings) == 0) {
        cfmakeraw(&settings);
        if (tcsetattr(*other, TCSANOW, &settings) == 0 && fcntl(terminal, F_SETFL, O_NONBLOCK) == 0)
            return terminal;
    }
    talk_error("no pseudo terminal can be opened (%s); free one", strerror(errno));
    if (*other >= 0)
        close(*other);
    if (terminal >= 0)
        close(terminal);
    return -1;
}

static bool catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

static int simulate(const struct board *board, int terminal)
{
    char error[MODEL_ERROR_BYTES] = "";
    pthread_t watcher;

    if (!catch_signals() || pthread_create(&watcher, NULL, watch_input, NULL) != 0) {
        talk_error("no thread can be started (%s)", strerror(errno));
        return COMMAND_DEVICE;
    }
    printf("%s\n", ptsname(terminal));
    fflush(stdout);
    fprintf(stderr, "nirloom: %s simulated; it ends with standard input, SIGINT or SIGTERM\n", board->name);
    int status = sim_board_run(board->name, terminal, &stop, error);
    pthread_cancel(watcher);
    pthread_join(watcher, NULL);
    if (status == 0)
        return COMMAND_DONE;
    talk_error("board %s: %s", board->name, *error ? error : "the simulation failed");
    return COMMAND_DEVICE;
}

int command_board(int argc, char **argv)
{
    struct arguments arguments;
    int status, other;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if (!arguments.virtual_board) {
        fprintf(stderr, "nirloom board: --virtual is missing; nirloom board --help has an example\n");
        return COMMAND_USAGE;
    }
    int terminal = open_terminal(&other);
    if (terminal < 0)
        return COMMAND_DEVICE;
    status = simulate(arguments.board, terminal);
    close(other);
    close(terminal);
    return status;
}
