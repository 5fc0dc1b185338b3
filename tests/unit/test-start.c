#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "formats/tf/graphdef.h"
#include "leuko/error.h"
#include "train/start.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *folder;
static const LeukoReporter silent = {NULL, NULL};

/* A small model whose preprocessing and provenance are not the defaults. */
static LeukoModel *make_model(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = 0.0625;
    spec.side_px = 75;
    spec.n_classes = 2;
    g_strlcpy(spec.endpoint, "Mixed_5b", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    LeukoModel *m = leuko_model_new(&spec);
    m->params = leuko_params_new_random(net, 5, &error);
    m->preprocess.crop_fraction = 0.875;
    m->classes = g_strsplit("a,b", ",", -1);
    m->positive = 0;
    m->threshold = 0.5;
    json_object_set_new(m->provenance, "training_groups", json_pack("[s]", "0011223344556677"));
    return m;
}

static LeukoStart *start_from(const char *path, const char *endpoint, GError **error)
{
    LeukoStartOptions o = {.weights = path, .endpoint = endpoint, .seed = 50};
    return leuko_start_new(&o, silent, error);
}

/* Weights in a model of ours bring its preprocessing, side, endpoint and training data. */
static void test_model(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *tensors = g_build_filename(folder, "m.safetensors", NULL),
                     *graph = g_build_filename(folder, "m.pb", NULL);
    guint n_variables;
    g_assert_true(leuko_model_save(m, tensors, &error));
    g_assert_true(leuko_graphdef_save(m, graph, 0, &n_variables, &error));
    const char *const paths[] = {tensors, graph};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(LeukoStart) s = start_from(paths[i], NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpfloat(s->preprocess.crop_fraction, ==, 0.875);
        g_assert_cmpuint(s->spec.side_px, ==, 75);
        g_assert_cmpfloat(s->spec.depth_multiplier, ==, 0.0625);
        g_assert_cmpuint(s->spec.n_classes, ==, 0);
        g_assert_cmpstr(s->spec.endpoint, ==, "Mixed_5b");
        g_assert_cmpuint(s->training->len, ==, 1);
        g_assert_cmpuint(((LeukoTrainingList *)s->training->pdata[0])->n_groups, ==, 1);
    }
}

/* Weights without a description are preprocessed by default; without a file there are none. */
static void test_bare_weights(void)
{
    g_autoptr(GError) error = NULL, absent = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *path = g_build_filename(folder, "bare.safetensors", NULL);
    g_assert_true(leuko_safetensors_save(m->params, NULL, path, &error));
    g_autoptr(LeukoStart) s = start_from(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(s->preprocess.crop_fraction, ==, 1.0);
    g_assert_null(s->training);
    g_assert_null(start_from("nowhere.safetensors", NULL, &absent));
    g_assert_error(absent, LEUKO_ERROR, LEUKO_ERROR_IO);
}

/* A damaged description is an error: training must not go on with other preprocessing. */
static void test_damaged_description(void)
{
    g_autoptr(GError) error = NULL, damaged = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *graph = g_build_filename(folder, "d.pb", NULL),
                     *description = g_strconcat(graph, ".json", NULL);
    guint n_variables;
    g_assert_true(leuko_graphdef_save(m, graph, 0, &n_variables, &error));
    g_assert_true(g_file_set_contents(description, "{\"format\": 1,", -1, &error));
    g_assert_null(start_from(graph, NULL, &damaged));
    g_assert_error(damaged, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(damaged->message, "d.pb.json"));
}

/* An endpoint behind the model's own is refused; both are named. */
static void test_endpoint(void)
{
    g_autoptr(GError) error = NULL, far = NULL;
    g_autoptr(LeukoModel) m = make_model();
    g_autofree gchar *path = g_build_filename(folder, "e.safetensors", NULL);
    g_assert_true(leuko_model_save(m, path, &error));
    g_assert_null(start_from(path, "Mixed_5c", &far));
    g_assert_error(far, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(far->message, "Mixed_5c"));
    g_assert_nonnull(strstr(far->message, "Mixed_5b"));
    g_autoptr(LeukoStart) s = start_from(path, "MaxPool_5a_3x3", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(s->spec.endpoint, ==, "MaxPool_5a_3x3");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-start-XXXXXX", NULL);
    g_test_add_func("/start/model", test_model);
    g_test_add_func("/start/bare-weights", test_bare_weights);
    g_test_add_func("/start/damaged-description", test_damaged_description);
    g_test_add_func("/start/endpoint", test_endpoint);
    int status = g_test_run();
    const char *const files[] = {"m.safetensors", "m.pb",      "m.pb.json",    "bare.safetensors",
                                 "d.pb",          "d.pb.json", "e.safetensors"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree gchar *path = g_build_filename(folder, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
    return status;
}
