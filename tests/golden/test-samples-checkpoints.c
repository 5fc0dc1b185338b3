/* Checkpoints that TensorFlow itself wrote, in the shared samples. Expected values: SOURCE.md
 * there, and tf.train.load_checkpoint() of TensorFlow 2.21. */
#include "config.h"
#include "formats/tf/checkpoint.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include "tensors.h"
#include <string.h>

typedef struct {
    const char *name;
    guint rank; /* every size is 1 */
    float value;
} Known;

typedef struct {
    const char *path;
    guint version, n_other; /* tensors of texts */
    Known known[10];
} Sample;

static const Sample samples[] = {
    {"ckpt_v1/bad_half_plus_two_export", 1, 0, {{"Variable", 0, 0.5f}, {"Variable_1", 0, 2.0f}}},
    {"ckpt_v1/half_plus_two_export-00000-of-00001", 1, 0, {{"a", 0, 0.5f}, {"b", 0, 2.0f}}},
    {"ckpt_v1/half_plus_two_export-\?\?\?\?\?-of-00001", 1, 0, {{"a", 0, 0.5f}, {"b", 0, 2.0f}}},
    {"ckpt_v1/half_plus_two_export", 1, 0, {{"a", 0, 0.5f}, {"b", 0, 2.0f}}},
    {"ckpt_v2/saved_model_counter/variables", 2, 0, {{"counter", 0, 0.0f}}},
    {"ckpt_v2/saved_model_half_plus_three/variables",
     2,
     0,
     {{"a", 0, 0.5f}, {"b", 0, 3.0f}, {"c", 0, 3.0f}}},
    {"ckpt_v2/saved_model_half_plus_two_cpu/variables",
     2,
     0,
     {{"a", 0, 0.5f}, {"a2", 0, 0.5f}, {"b", 0, 2.0f}, {"c", 0, 3.0f}, {"c2", 0, 3.0f}}},
    {"ckpt_v2/saved_model_half_plus_two_mkl/variables",
     2,
     0,
     {{"a", 0, 0.5f},
      {"b", 0, 2.0f},
      {"c", 0, 3.0f},
      {"conv2d/bias", 1, 0.0f},
      {"conv2d/kernel", 4, -0.52239597f},
      {"conv2d_1/bias", 1, 0.0f},
      {"conv2d_1/kernel", 4, -1.045112f},
      {"conv2d_2/bias", 1, 0.0f},
      {"conv2d_2/kernel", 4, 1.5779432f}}},
    {"ckpt_v2/saved_model_half_plus_two_tf2_cpu/variables",
     2,
     1,
     {{"a/.ATTRIBUTES/VARIABLE_VALUE", 0, 0.5f},
      {"b/.ATTRIBUTES/VARIABLE_VALUE", 0, 2.0f},
      {"c/.ATTRIBUTES/VARIABLE_VALUE", 0, 3.0f}}},
    {"ckpt_v2/tf_text_regression/variables", 2, 1, {{NULL, 0, 0}}},
    {"graphdef/tf2onnx_regression/model", 2, 0, {{"W", 0, 0.21396178f}, {"b", 0, 1.0495254f}}},
};

static void check_sample(const Sample *s, const char *shared, const char *ending)
{
    guint n = 0;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_strconcat(shared, "/samples/", s->path, ending, NULL);
    g_test_message("%s", path);
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, &error);
#ifndef HAVE_SNAPPY
    if (g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED) &&
        strstr(error->message, "does not read"))
        return; /* compressed, and this build says that it cannot */
#endif
    g_assert_no_error(error);
    g_assert_cmpuint(c->version, ==, s->version);
    while (s->known[n].name) {
        const LeukoTensor *t = leuko_params_find(c->params, s->known[n].name);
        g_assert_nonnull(t);
        g_assert_cmpuint(t->n_dims, ==, s->known[n].rank);
        g_assert_cmpuint(t->n_values, ==, 1);
        g_assert_true(t->data[0] == s->known[n].value);
        n++;
    }
    g_assert_cmpuint(leuko_params_n_tensors(c->params), ==, n);
    g_assert_cmpuint(c->tensors->len, ==, n + s->n_other);
    g_autoptr(LeukoParams) tensors = leuko_foreign_tensors(path, &error);
    if (n > 0) {
        g_assert_no_error(error);
        g_assert_cmpuint(leuko_params_n_tensors(tensors), ==, n);
    } else {
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_assert_nonnull(
            strstr(error->message, "without floating-point tensors (1 of other types)"));
    }
}

/* Every sample reads to TensorFlow's values to the bit, a V2 one by its prefix, its index and
 * its data. */
static void test_samples(void)
{
    const char *shared = golden_shared();
    for (gsize i = 0; shared && i < G_N_ELEMENTS(samples); i++) {
        check_sample(&samples[i], shared, "");
        if (samples[i].version == 2) {
            check_sample(&samples[i], shared, ".index");
            check_sample(&samples[i], shared, ".data-00000-of-00001");
        }
    }
}

/* A graph that lies beside a checkpoint is not one, and is refused as what it is. */
static void test_meta(void)
{
    static const char *const files[] = {"ckpt_v1/half_plus_two_export.meta",
                                        "graphdef/tf2onnx_regression/model.meta"};
    const char *shared = golden_shared();
    for (gsize i = 0; shared && i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = g_build_filename(shared, "samples", files[i], NULL);
        g_assert_null(leuko_foreign_tensors(path, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, "a TensorFlow MetaGraph"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/samples-checkpoints/values", test_samples);
    g_test_add_func("/samples-checkpoints/meta", test_meta);
    return g_test_run();
}
