/* Samples on several threads (parallel.h). */
#include "parallel.h"

#include "command.h"
#include "talk.h"

#include <pthread.h>
#include <stdbool.h>

/* What the workers share; all members but the first four change under lock. */
struct pool {
    size_t samples;
    parallel_task *task;
    void *self;
    pthread_mutex_t *lock;
    size_t next;
    size_t done;
    size_t failed; /* lowest sample that did; samples: none */
    int status;
    struct progress progress;
};

struct worker {
    struct pool *pool;
    size_t index;
    pthread_t thread;
};

/* The next sample, or pool->samples if there is none to be begun. */
static size_t take(struct pool *pool)
{
    pthread_mutex_lock(pool->lock);
    size_t sample = pool->failed < pool->samples ? pool->samples : pool->next;
    if (sample < pool->samples)
        pool->next++;
    pthread_mutex_unlock(pool->lock);
    return sample;
}

static void give_back(struct pool *pool, size_t sample, int status)
{
    pthread_mutex_lock(pool->lock);
    if (status != COMMAND_DONE && sample < pool->failed) {
        pool->failed = sample;
        pool->status = status;
    }
    progress_show(&pool->progress, ++pool->done);
    pthread_mutex_unlock(pool->lock);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;

    for (size_t sample = take(pool); sample < pool->samples; sample = take(pool))
        give_back(pool, sample, pool->task(pool->self, worker->index, sample));
    return NULL;
}

size_t parallel_workers(size_t asked, size_t samples)
{
    size_t workers = asked < samples ? asked : samples;

    if (workers > PARALLEL_WORKERS_MAX)
        return PARALLEL_WORKERS_MAX;
    return workers ? workers : 1;
}

int parallel_run(size_t workers, size_t samples, const char *label, parallel_task *task, void *self)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct pool pool = {.samples = samples, .task = task, .self = self, .lock = &lock, .failed = samples,
                        .status = COMMAND_DONE};
    struct worker all[PARALLEL_WORKERS_MAX];
    size_t started = 1;

    if (workers > PARALLEL_WORKERS_MAX)
        workers = PARALLEL_WORKERS_MAX;
    progress_begin(&pool.progress, label, samples);
    all[0] = (struct worker){.pool = &pool};
    for (; started < workers; started++) {
        all[started] = (struct worker){.pool = &pool, .index = started};
        if (pthread_create(&all[started].thread, NULL, work, &all[started])) /* fewer will do */
            break;
    }
    work(&all[0]);
    for (size_t index = 1; index < started; index++)
        pthread_join(all[index].thread, NULL);
    progress_end(&pool.progress);
    return pool.status;
}
