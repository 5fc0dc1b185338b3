/* The jobs of leuko/train.h, as a C program calls them. */
#include "formats/model-file.h"
#include "leuko/error.h"
#include "leuko/sort.h"
#include "leuko/train.h"
#include "smear/synth-folder.h"
#include "train/splits.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const LeukoReporter silent = {NULL, NULL};

static gchar *folder;

static gchar *at(const char *name) { return g_build_filename(folder, name, NULL); }

/* 16 images of two classes and four groups, half of them for validation. */
static void make_shards(void)
{
    g_autoptr(GError) error = NULL;
    LeukoSynthOptions synth = leuko_synth_options_default();
    LeukoSortOptions sort = leuko_sort_options_default();
    g_auto(LeukoSortResult) result = {0};
    synth.per_class = 8;
    synth.n_groups = 4;
    synth.size_px = 75;
    sort.validation = 0.5;
    sort.folder.group_by = "(P[0-9]+)";
    sort.n_shards = 1;
    g_autofree gchar *cells = at("cells"), *shards = at("shards");
    leuko_synth_folder(cells, &synth, silent, NULL, &error);
    g_assert_no_error(error);
    leuko_sort(cells, shards, &sort, &result, &error);
    g_assert_no_error(error);
}

static LeukoTrainOptions small_network(const char *shards, const char *model)
{
    LeukoTrainOptions o = leuko_train_options_default();
    o.shards = shards;
    o.model = model;
    o.start.weights = "random";
    o.start.endpoint = "Mixed_5b";
    o.start.depth_multiplier = 0.0625;
    o.start.side_px = 75;
    o.features.n_threads = 1;
    o.features.no_cache = TRUE;
    o.features.precision = LEUKO_FP32;
    return o;
}

/* A head is trained, reported and written; the file holds what the job returned. */
static void test_head(void)
{
    g_autoptr(GError) error = NULL;
    LeukoTrainHeadReport r;
    g_autofree gchar *shards = at("shards"), *path = at("head.safetensors");
    LeukoTrainOptions o = small_network(shards, path);
    o.command_line = "a program";
    g_autoptr(LeukoModel) m = leuko_train_head(&o, &r, silent, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(r.n_training, ==, 8);
    g_assert_cmpuint(r.n_validation, ==, 8);
    g_assert_cmpint(r.folds, ==, LEUKO_FOLDS_GROUPED);
    g_assert_cmpstr(m->classes[m->positive], ==, "blast");
    g_autoptr(LeukoModel) file = leuko_model_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(file->threshold, ==, r.threshold);
    g_assert_cmpstr(json_string_value(json_object_get(file->provenance, "command_line")), ==,
                    "a program");
    g_assert_cmpuint(file->training->len, ==, 1);
    const LeukoTrainingList *list = file->training->pdata[0];
    g_assert_cmpint(list->part, ==, LEUKO_PART_HEAD);
    g_assert_cmpuint(list->n_groups, ==, 2);
    g_assert_cmpuint(list->n_images, ==, 8);
}

/* A positive class that does not exist is refused, and the classes are listed. */
static void test_unknown_positive(void)
{
    g_autoptr(GError) error = NULL;
    LeukoTrainHeadReport r;
    g_autofree gchar *shards = at("shards"), *path = at("none.safetensors");
    LeukoTrainOptions o = small_network(shards, path);
    o.positive = "unicorn";
    g_assert_null(leuko_train_head(&o, &r, silent, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, "blast, lymphocyte"));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_false(leuko_train_check_positive(shards, "unicorn", NULL));
    g_assert_true(leuko_train_check_positive(shards, "lymphocyte", NULL));
    g_assert_true(leuko_train_check_positive(shards, NULL, NULL)); /* blast, by its name */
}

/* Splits that share a group are refused, unless the caller ignores the audit. */
static void test_audit(void)
{
    g_autoptr(GError) error = NULL;
    LeukoTrainHeadReport r;
    g_autofree gchar *shards = at("shards"), *path = at("leak.safetensors"), *text = NULL;
    g_autofree gchar *table = g_build_filename(shards, "split.csv", NULL);
    g_assert_true(g_file_get_contents(table, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, ",P02,", -1);
    g_autofree gchar *leak = g_strjoinv(",P01,", parts);
    g_auto(GStrv) more = g_strsplit(leak, ",P03,", -1);
    g_autofree gchar *all = g_strjoinv(",P01,", more);
    g_assert_true(g_file_set_contents(table, all, -1, NULL));
    LeukoTrainOptions o = small_network(shards, path);
    g_assert_null(leuko_train_head(&o, &r, silent, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE);
    g_clear_error(&error);
    o.ignore_audit = TRUE;
    g_autoptr(LeukoModel) m = leuko_train_head(&o, &r, silent, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(table, text, -1, NULL));
}

typedef struct {
    guint64 fail_at; /* 0: never */
    guint n_begun, n_steps, n_validated, n_images;
    guint64 resumed_from;
    guint n_features; /* images whose features were computed after the training */
} Seen;

static void on_progress(const LeukoProgress *progress, gpointer data)
{
    Seen *seen = data;
    seen->n_features += !progress->is_line && strcmp(progress->phase, "features") == 0;
}

static gboolean on_begun(const char *run_folder, guint64 step, guint64 n_steps, gpointer data,
                         GError **error)
{
    Seen *seen = data;
    (void)error;
    g_assert_true(g_file_test(run_folder, G_FILE_TEST_IS_DIR));
    g_assert_cmpuint(n_steps, ==, 4);
    seen->n_begun++;
    seen->resumed_from = step;
    return TRUE;
}

static gboolean on_step(const LeukoTrainStep *s, gpointer data, GError **error)
{
    Seen *seen = data;
    seen->n_steps++;
    g_assert_true(isfinite(s->loss));
    if (s->step != seen->fail_at)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "the disk is full");
    return FALSE;
}

static gboolean on_validated(const LeukoTrainValidation *v, gpointer data, GError **error)
{
    Seen *seen = data;
    (void)error;
    g_assert_cmpuint(v->n_epochs, ==, 2);
    seen->n_validated++;
    return TRUE;
}

static gboolean on_images(const float *x_nchw, guint n, guint side_px, guint64 step, gpointer data,
                          GError **error)
{
    Seen *seen = data;
    (void)step;
    (void)error;
    g_assert_cmpuint(n, ==, 4);
    g_assert_cmpuint(side_px, ==, 75);
    g_assert_cmpfloat(fabsf(x_nchw[0]), <=, 1);
    seen->n_images++;
    return TRUE;
}

static LeukoModel *train(const char *path, gboolean resume, Seen *seen, LeukoTrainReport *r,
                         GError **error)
{
    g_autofree gchar *shards = at("shards");
    LeukoTrainOptions o = small_network(shards, path);
    LeukoTuneOptions tune = leuko_tune_options_default();
    LeukoTrainEvents events = {on_begun, on_step, on_validated, on_images, seen};
    tune.tune = "all";
    tune.epochs = 2;
    tune.batch = 4;
    tune.resume = resume;
    return leuko_train_network(&o, &tune, &events, r, (LeukoReporter){on_progress, seen}, NULL,
                               error);
}

static void assert_same_values(const LeukoModel *a, const LeukoModel *b)
{
    g_assert_cmpuint(leuko_params_n_tensors(a->params), ==, leuko_params_n_tensors(b->params));
    for (guint i = 0; i < leuko_params_n_tensors(a->params); i++) {
        const LeukoTensor *x = leuko_params_nth(a->params, i);
        const LeukoTensor *y = leuko_params_find(b->params, x->name);
        g_assert_nonnull(y);
        g_assert_cmpuint(x->n_values, ==, y->n_values);
        g_assert_true(memcmp(x->data, y->data, x->n_values * sizeof(float)) == 0);
    }
}

/* What the model refers is fitted on the features of both splits; those of the validation split are
 * known from its calibration and are not computed again. */
static void test_network_features(void)
{
    g_autoptr(GError) error = NULL;
    LeukoTrainReport r;
    Seen seen = {0};
    g_autofree gchar *path = at("features.safetensors");
    g_autoptr(LeukoModel) m = train(path, FALSE, &seen, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(r.n_validation, >, 0);
    g_assert_cmpuint(seen.n_features, ==, r.n_training);
}

/* An event that fails stops the training with its error; resumed, the model is that of a run that
 * was never stopped. */
static void test_network_event_fails(void)
{
    g_autoptr(GError) error = NULL, failed = NULL;
    LeukoTrainReport r;
    Seen seen = {0}, stopped = {.fail_at = 3}, rest = {0};
    g_autofree gchar *whole = at("whole.safetensors"), *path = at("stopped.safetensors");
    g_autoptr(LeukoModel) m = train(whole, FALSE, &seen, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(seen.n_begun, ==, 1);
    g_assert_cmpuint(seen.n_steps, ==, 4);
    g_assert_cmpuint(seen.n_validated, ==, 2);
    g_assert_cmpuint(seen.n_images, ==, 2);
    g_assert_cmpuint(r.n_steps, ==, 4);
    g_assert_cmpstr(r.recipe, ==, "scratch");

    g_assert_null(train(path, FALSE, &stopped, &r, &failed));
    g_assert_error(failed, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_nonnull(strstr(failed->message, "the disk is full"));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_autoptr(LeukoModel) again = train(path, TRUE, &rest, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(rest.resumed_from, ==, 3);
    g_assert_cmpuint(rest.n_steps, ==, 1);
    assert_same_values(m, again);
}

/* A recipe that trains the head alone is refused by name: leuko_train_head() is for that. */
static void test_network_head_recipe(void)
{
    g_autoptr(GError) error = NULL;
    LeukoTrainReport r;
    g_autofree gchar *shards = at("shards"), *path = at("none.safetensors");
    LeukoTrainOptions o = small_network(shards, path);
    LeukoTuneOptions tune = leuko_tune_options_default();
    tune.tune = "head";
    g_assert_null(leuko_train_network(&o, &tune, NULL, &r, silent, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, "recipe scratch"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-train-XXXXXX", NULL);
    make_shards();
    g_test_add_func("/train/head", test_head);
    g_test_add_func("/train/unknown-positive", test_unknown_positive);
    g_test_add_func("/train/audit", test_audit);
    g_test_add_func("/train/network/features", test_network_features);
    g_test_add_func("/train/network/event-fails", test_network_event_fails);
    g_test_add_func("/train/network/head-recipe", test_network_head_recipe);
    int status = g_test_run();
    const char *const remove[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync(NULL, (gchar **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(folder);
    return status;
}
