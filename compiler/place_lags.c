/* How many steps each population runs behind the Inputs, so that layers of different steps run beside each other and no
 * core waits for another within a step: it reads what its sources put out in the step before. */
#include "place.h"

enum { LAG_MAX = IMAGE_STAGES_MAX - 1 };

/* The least lag that a projection leaves its target. What it reads must be of an earlier step of the array, but for what
 * the host wrote before the step began. */
static size_t lag_behind(const struct image *image, const struct image_projection *projection)
{
    size_t source = image->buffers[projection->source].lag;
    size_t ahead = image->populations[projection->source].model == MODEL_INPUT ? 0 : 1;

    return source + ahead > projection->delay ? source + ahead - projection->delay : 0;
}

/* Lags rise until they satisfy all projections. Where a cycle has no step to spare there is no end to that, and all
 * stay 0. */
void place_lags(struct image *image, const struct board *board)
{
    bool settled = false;

    for (size_t population = 0; population < image->population_count; population++)
        image->buffers[population].lag = 0;
    image->stage_count = 1;
    if (image->options.pipeline == PIPELINE_OFF || board->cores == 1)
        return;
    for (size_t round = 0; !settled && round <= image->population_count; round++) {
        settled = true;
        for (size_t index = 0; index < image->projection_count; index++) {
            const struct image_projection *projection = &image->projections[index];
            size_t least = lag_behind(image, projection);
            if (image->buffers[projection->target].lag >= least)
                continue;
            image->buffers[projection->target].lag = least;
            settled = false;
        }
    }
    for (size_t population = 0; population < image->population_count; population++) {
        size_t lag = image->buffers[population].lag;
        settled = settled && lag <= LAG_MAX;
        image->stage_count = lag + 1 > image->stage_count ? lag + 1 : image->stage_count;
    }
    for (size_t population = 0; !settled && population < image->population_count; population++)
        image->buffers[population].lag = 0;
    if (!settled)
        image->stage_count = 1;
}
