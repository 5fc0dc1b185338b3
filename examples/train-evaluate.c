/* Train a classifier on a folder of shards, then evaluate it on images that it was not trained on.
 *
 *     cc train-evaluate.c -o train-evaluate $(pkg-config --cflags --libs leuko)
 *     ./train-evaluate SHARDS MODEL.safetensors [WEIGHTS]
 *
 * SHARDS is a folder that leuko_sort() or `leuko sort` wrote. The test split is evaluated, or the
 * validation split if there is no test split.
 */
#include <leuko/leuko.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The library prints nothing itself: lines of the log come here, and the progress. */
static void on_progress(const LeukoProgress *progress, gpointer user_data)
{
    (void)user_data;
    if (progress->is_line)
        fprintf(stderr, "%s\n", progress->note);
}

static gboolean train(const char *shards, const char *model_path, const char *weights,
                      LeukoReporter reporter, GError **error)
{
    LeukoTrainOptions options = leuko_train_options_default();
    options.shards = shards;
    options.model = model_path;
    options.start.weights = weights;
    LeukoTrainHeadReport report;
    LeukoModel *model = leuko_train_head(&options, &report, reporter, NULL, error);
    if (!model)
        return FALSE;
    for (guint k = 0; k < leuko_model_n_classes(model); k++)
        printf("class %u: %s%s\n", k, leuko_model_class_name(model, k),
               (gint)k == leuko_model_positive(model) ? " (positive)" : "");
    leuko_model_free(model);
    return TRUE;
}

static gboolean evaluate(const char *model_path, const char *shards, LeukoReporter reporter,
                         GError **error)
{
    LeukoEvalResult *result = leuko_eval_run(model_path, shards, NULL, NULL, reporter, error);
    if (!result)
        return FALSE;
    const char *const figures[] = {"accuracy", "balanced_accuracy", "auc"};
    printf("%u images of the %s split\n", leuko_eval_result_n_images(result),
           leuko_eval_result_split(result));
    for (guint i = 0; i < G_N_ELEMENTS(figures); i++) {
        LeukoEvalFigure f;
        if (!leuko_eval_result_figure(result, figures[i], &f))
            continue;
        if (isnan(f.low))
            printf("%s %.3f (%s)\n", figures[i], f.value, f.method);
        else
            printf("%s %.3f (95 %% interval %.3f to %.3f)\n", figures[i], f.value, f.low, f.high);
    }
    leuko_eval_result_free(result);
    return TRUE;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: train-evaluate SHARDS MODEL.safetensors [WEIGHTS]\n");
        return EXIT_FAILURE;
    }
    GError *error = NULL;
    const LeukoReporter reporter = {on_progress, NULL};
    gboolean ok = train(argv[1], argv[2], argc > 3 ? argv[3] : "backbone", reporter, &error) &&
                  evaluate(argv[2], argv[1], reporter, &error);
    if (!ok) {
        fprintf(stderr, "%s\n", error->message);
        g_error_free(error);
        return EXIT_FAILURE;
    }
    puts(LEUKO_RESEARCH_ONLY);
    return EXIT_SUCCESS;
}
