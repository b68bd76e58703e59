/* What a search tried, its front and its choice, for people and as JSON. */
#include "search.h"

#include "talk.h"

#include <math.h>

static void print_head(FILE *file, const struct search *search)
{
    fprintf(file, "  tried %s%zu choices of widths, up to %zu, on %zu board%s, with samples %zu to %zu; ",
            search->complete ? "all " : "", search->widths_count, search->budget, search->board_count,
            search->board_count == 1 ? "" : "s", search->first, search->first + search->samples - 1);
    if (search->judge == JUDGE_LABELS)
        fprintf(file, "float has %.2f %% of the labels\n", 100 * search->float_accuracy);
    else if (search->judge == JUDGE_TARGETS)
        fprintf(file, "100 %% less the relative error of the output beside targets: %.2f %% of float\n",
                100 * search->float_accuracy);
    else
        fprintf(file, "no labels: %s\n", search->judge == JUDGE_TRACE ? "100 % less the relative error of the output"
                                                                     : "share of samples answered as by float");
    fputs("  widths are those of", file);
    for (size_t index = 0; index < search->projection_count; index++) {
        const struct search_projection *projection = &search->projections[index];

        fprintf(file, "%s %s -> %s", index ? "," : "", projection->source_name, projection->target_name);
        if (projection->delay)
            fprintf(file, " delay %zu", projection->delay);
        if (projection->given)
            fputs(" (given)", file);
    }
    fprintf(file, "%s\n", search->wide ? "; 16 bits as 8 lose too much" : "");
}

static void print_trial(FILE *file, const struct search *search, size_t index)
{
    const struct search_trial *trial = &search->trials[index];
    const struct search_widths *widths = &search->widths[trial->widths];

    fprintf(file, "    %-13s", trial->board->name);
    for (size_t projection = 0; projection < search->projection_count; projection++)
        fprintf(file, " %2u", widths->bits[projection]);
    fprintf(file, "  %6.2f %%  loss %5.2f", 100 * widths->accuracy, widths->loss);
    if (!trial->fits) {
        fputs("  does not fit\n", file);
        return;
    }
    fprintf(file, "  %9.0f cycles, %8.1f us a sample  %8llu bytes", trial->cycles, trial->latency_us,
            (unsigned long long)trial->memory);
    if (isfinite(trial->energy_uj))
        fprintf(file, "  %.3g uJ", trial->energy_uj);
    fprintf(file, "%s%s\n", trial->pareto ? "  front" : "",
            index != search->chosen ? "" : search->met ? "  chosen" : "  best");
}

void search_print(FILE *file, const struct search *search)
{
    size_t shown = 0, fitting = 0;

    print_head(file, search);
    for (size_t index = 0; index < search->count; index++) {
        fitting += search->trials[index].fits;
        if (search->board_count > 1 && !search->trials[index].pareto && index != search->chosen)
            continue;
        print_trial(file, search, index);
        shown++;
    }
    if (shown < search->count)
        fprintf(file, "    %zu of %zu fit, and %zu are shown: the front and the choice; --json has all\n", fitting,
                search->count, shown);
    if (search->unseen.samples)
        fprintf(file, "  on samples %zu to %zu, that nothing was chosen by: %.2f %%, loss %.2f\n", search->unseen.first,
                search->unseen.first + search->unseen.samples - 1, 100 * search->unseen.accuracy,
                100 * (search->unseen.float_accuracy - search->unseen.accuracy));
}

static struct json_object *describe_projections(const struct search *search)
{
    struct json_object *list = json_object_new_array();

    for (size_t index = 0; index < search->projection_count; index++) {
        const struct search_projection *projection = &search->projections[index];
        struct json_object *entry = json_object_new_object(), *choices = json_object_new_array();

        for (size_t choice = 0; choice < projection->choice_count; choice++)
            json_object_array_add(choices, json_object_new_int64(projection->choices[choice]));
        json_object_object_add(entry, "source", json_object_new_string(projection->source_name));
        json_object_object_add(entry, "target", json_object_new_string(projection->target_name));
        json_object_object_add(entry, "delay", json_object_new_int64((int64_t)projection->delay));
        json_object_object_add(entry, "given", json_object_new_boolean(projection->given));
        json_object_object_add(entry, "choices", choices);
        json_object_array_add(list, entry);
    }
    return list;
}

static struct json_object *describe_trial(const struct search *search, size_t index)
{
    const struct search_trial *trial = &search->trials[index];
    const struct search_widths *tried = &search->widths[trial->widths];
    struct json_object *row = json_object_new_object(), *widths = json_object_new_array();
    unsigned uniform = search_uniform(search, tried->bits);

    for (size_t projection = 0; projection < search->projection_count; projection++)
        json_object_array_add(widths, json_object_new_int64(tried->bits[projection]));
    json_object_object_add(row, "board", json_object_new_string(trial->board->name));
    json_object_object_add(row, "widths", widths);
    json_object_object_add(row, "weight_bits", uniform ? json_object_new_int64(uniform) : NULL);
    json_object_object_add(row, "fits", json_object_new_boolean(trial->fits));
    json_object_object_add(row, "accuracy", talk_json_number(tried->accuracy));
    json_object_object_add(row, "loss", talk_json_number(tried->loss));
    json_object_object_add(row, "cycles", talk_json_number(trial->fits ? trial->cycles : NAN));
    json_object_object_add(row, "latency_us", talk_json_number(trial->fits ? trial->latency_us : NAN));
    json_object_object_add(row, "memory_bytes", trial->fits ? json_object_new_int64((int64_t)trial->memory) : NULL);
    json_object_object_add(row, "energy_uj", talk_json_number(trial->fits ? trial->energy_uj : NAN));
    json_object_object_add(row, "pareto", json_object_new_boolean(trial->pareto));
    json_object_object_add(row, "chosen", json_object_new_boolean(index == search->chosen));
    return row;
}

/* Null where there were no more samples. */
static struct json_object *describe_unseen(const struct search_unseen *unseen)
{
    struct json_object *entry = unseen->samples ? json_object_new_object() : NULL;

    if (!entry)
        return NULL;
    json_object_object_add(entry, "first_sample", json_object_new_int64((int64_t)unseen->first));
    json_object_object_add(entry, "samples", json_object_new_int64((int64_t)unseen->samples));
    json_object_object_add(entry, "accuracy", talk_json_number(unseen->accuracy));
    json_object_object_add(entry, "float_accuracy", talk_json_number(unseen->float_accuracy));
    return entry;
}

void search_json(struct json_object *object, const struct search *search)
{
    static const char *const judges[] = {
        [JUDGE_LABELS] = "labels", [JUDGE_TARGETS] = "targets", [JUDGE_ANSWERS] = "answers", [JUDGE_TRACE] = "output"};
    struct json_object *entry = json_object_new_object(), *trials = json_object_new_array();

    for (size_t index = 0; index < search->count; index++)
        json_object_array_add(trials, describe_trial(search, index));
    json_object_object_add(entry, "max_loss", talk_json_number(search->max_loss));
    json_object_object_add(entry, "judge", json_object_new_string(judges[search->judge]));
    json_object_object_add(entry, "first_sample", json_object_new_int64((int64_t)search->first));
    json_object_object_add(entry, "samples", json_object_new_int64((int64_t)search->samples));
    json_object_object_add(entry, "float_accuracy", talk_json_number(search->float_accuracy));
    json_object_object_add(entry, "predicted_samples", json_object_new_int64((int64_t)search->predicted));
    json_object_object_add(entry, "budget", json_object_new_int64((int64_t)search->budget));
    json_object_object_add(entry, "tried", json_object_new_int64((int64_t)search->widths_count));
    json_object_object_add(entry, "complete", json_object_new_boolean(search->complete));
    json_object_object_add(entry, "projections", describe_projections(search));
    json_object_object_add(entry, "trials", trials);
    json_object_object_add(entry, "unseen", describe_unseen(&search->unseen));
    json_object_object_add(object, "search", entry);
}
