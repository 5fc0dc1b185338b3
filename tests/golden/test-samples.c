/* Every file of the shared samples, written by the real tools: it reads to its known tensors
 * (their number, values and sum, as torch.load(), TensorFlow 2.21 and NumPy give them), or is
 * refused with the documented message. Single values of each stand in test-torch.c and
 * test-samples-checkpoints.c. */
#include "config.h"
#include "data/example.h"
#include "data/tfrecord.h"
#include "formats/sniff.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include "tensors.h"
#include <math.h>
#include <string.h>

typedef struct {
    const char *path;
    LeukoFileKind kind;
    guint n_tensors; /* of floating numbers */
    gsize n_values;
    double sum;
    const char *refusal; /* or a part of the message */
} Sample;

#define V2(folder, n, sum, refusal)                                                                \
    {folder "/variables.index", LEUKO_FILE_TF_TABLE, n, n, sum, refusal},                          \
    {                                                                                              \
        folder "/variables.data-00000-of-00001", LEUKO_FILE_TF_TABLE, n, n, sum, refusal           \
    }

static const Sample samples[] = {
    {"ckpt_v1/bad_half_plus_two_export", LEUKO_FILE_TF_TABLE, 2, 2, 2.5, NULL},
    {"ckpt_v1/half_plus_two_export-00000-of-00001", LEUKO_FILE_TF_TABLE, 2, 2, 2.5, NULL},
    {"ckpt_v1/half_plus_two_export.meta", LEUKO_FILE_META_GRAPH, 0, 0, 0, "a TensorFlow MetaGraph"},
    V2("ckpt_v2/saved_model_counter", 1, 0.0, NULL),
    V2("ckpt_v2/saved_model_half_plus_three", 3, 6.5, NULL),
    V2("ckpt_v2/saved_model_half_plus_two_cpu", 5, 9.0, NULL),
    V2("ckpt_v2/saved_model_half_plus_two_mkl", 9, 5.510435223579407, NULL),
    V2("ckpt_v2/saved_model_half_plus_two_tf2_cpu", 3, 5.5, NULL),
    V2("ckpt_v2/tf_text_regression", 0, 0, "without floating-point tensors (1 of other types)"),
    {"graphdef/half_plus_two_mkl_saved_model.pb", LEUKO_FILE_SAVED_MODEL, 0, 0, 0,
     "it is a TensorFlow SavedModel, not a frozen GraphDef"},
    {"graphdef/tf2onnx_fc-layers_frozen.pb", LEUKO_FILE_GRAPHDEF, 6, 269322, -11833.333206870613,
     NULL},
    {"graphdef/tf2onnx_regression/checkpoint", LEUKO_FILE_TEXT, 0, 0, 0, "it is a text file"},
    {"graphdef/tf2onnx_regression/frozen.pb", LEUKO_FILE_GRAPHDEF, 2, 2, 1.263487160205841, NULL},
    {"graphdef/tf2onnx_regression/model.data-00000-of-00001", LEUKO_FILE_TF_TABLE, 2, 2,
     1.263487160205841, NULL},
    {"graphdef/tf2onnx_regression/model.index", LEUKO_FILE_TF_TABLE, 2, 2, 1.263487160205841, NULL},
    {"graphdef/tf2onnx_regression/model.meta", LEUKO_FILE_META_GRAPH, 0, 0, 0,
     "a TensorFlow MetaGraph"},
    {"safetensors/mnist.safetensors", LEUKO_FILE_SAFETENSORS, 18, 376938, 213.0593599716746, NULL},
    {"safetensors/multi_layer.safetensors", LEUKO_FILE_SAFETENSORS, 8, 4240, 4.585230762080755,
     NULL},
    {"tfrecord/pytorch_data_example.tfrecord", LEUKO_FILE_TFRECORD, 0, 0, 0,
     "it is a TFRecord file"},
    {"tfrecord/pytorch_data_sequence_example.tfrecord", LEUKO_FILE_TFRECORD, 0, 0, 0,
     "it is a TFRecord file"},
    {"torch/batch_norm2d.pt", LEUKO_FILE_ZIP, 4, 20, 9.749999884516, NULL},
    {"torch/bfloat16.pt", LEUKO_FILE_ZIP, 1, 3, 2.5, NULL},
    {"torch/candle_fortran_tensor_3d.pth", LEUKO_FILE_ZIP, 0, 0, 0,
     "contains no floating-point tensor (1 integer tensor)"},
    {"torch/checkpoint.pt", LEUKO_FILE_ZIP, 4, 93, -2.240284218103625,
     NULL}, /* its model_state_dict */
    {"torch/conv2d.pt", LEUKO_FILE_ZIP, 3, 34, 0.6023979038000107, NULL},
    {"torch/float16.pt", LEUKO_FILE_ZIP, 1, 3, 2.375, NULL},
    {"torch/legacy_shared_storage.pt", LEUKO_FILE_PICKLE, 3, 40, 2.4972366709262133, NULL},
    {"torch/legacy_uncloned_views.pt", LEUKO_FILE_PICKLE, 2, 20, 690.0, NULL},
    {"torch/legacy_with_offsets.pt", LEUKO_FILE_PICKLE, 3, 20, 37.44999980926514, NULL},
    {"torch/mnist.pt", LEUKO_FILE_ZIP, 18, 376938, 268.02471497533315, NULL},
    {"torch/simple_legacy.pt", LEUKO_FILE_PICKLE, 3, 10, 0.07746005058288574, NULL},
    {"torch/state_dict.pt", LEUKO_FILE_ZIP, 4, 21, -0.3543887883424759, NULL},
};

static void check_tensors(const Sample *s, const LeukoParams *params)
{
    double sum = 0, size = 0;
    gsize n_values = 0;
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        n_values += t->n_values;
        for (gsize k = 0; k < t->n_values; k++) {
            sum += t->data[k];
            size += fabs((double)t->data[k]);
        }
    }
    g_assert_cmpuint(leuko_params_n_tensors(params), ==, s->n_tensors);
    g_assert_cmpuint(n_values, ==, s->n_values);
    g_assert_cmpfloat_with_epsilon(sum, s->sum,
                                   1e-12 * size + 1e-12); /* sums of doubles in another order */
}

static void check_sample(const Sample *s, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_test_message("%s", path);
    g_assert_cmpint(leuko_sniff_file(path, NULL), ==, s->kind);
    g_autoptr(LeukoParams) params = leuko_foreign_tensors(path, &error);
#ifndef HAVE_SNAPPY
    if (g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED) &&
        strstr(error->message, "does not read"))
        return;
#endif
    if (s->refusal) {
        g_assert_null(params);
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_assert_true(strstr(error->message, s->refusal) && g_str_has_prefix(error->message, path));
        g_assert_null(strchr(error->message, '\n'));
        return;
    }
    g_assert_no_error(error);
    check_tensors(s, params);
}

static void test_table(void)
{
    const char *shared = golden_shared();
    for (gsize i = 0; shared && i < G_N_ELEMENTS(samples); i++) {
        g_autofree gchar *path = g_build_filename(shared, "samples", samples[i].path, NULL);
        check_sample(&samples[i], path);
    }
}

/* What stands under `folder` and in no row; Keras's files have a test of their own. */
static void find_strangers(const char *samples_folder, const char *below, guint *n)
{
    g_autofree gchar *folder = g_build_filename(samples_folder, below, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree gchar *path = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
        g_autofree gchar *whole = g_build_filename(samples_folder, path, NULL);
        if (g_file_test(whole, G_FILE_TEST_IS_DIR)) {
            if (strcmp(path, "keras_h5") != 0)
                find_strangers(samples_folder, path, n);
            continue;
        }
        gboolean known = strcmp(path, "SOURCE.md") == 0;
        for (gsize i = 0; !known && i < G_N_ELEMENTS(samples); i++)
            known = strcmp(samples[i].path, path) == 0;
        g_test_message("%s", path);
        g_assert_true(known);
        (*n)++;
    }
}

/* The table is of every file. */
static void test_whole(void)
{
    const char *shared = golden_shared();
    guint n = 0;
    if (!shared)
        return;
    g_autofree gchar *folder = g_build_filename(shared, "samples", NULL);
    find_strangers(folder, "", &n);
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(samples) + 1);
}

/* Records of TensorFlow's own writer: their number, lengths and features; no labeled image is
 * taken for one. */
static void test_records(void)
{
    static const struct {
        const char *file;
        guint n_first, n_all;
    } known[] = {{"pytorch_data_example.tfrecord", 108, 459},
                 {"pytorch_data_sequence_example.tfrecord", 389, 2696}};
    const char *shared = golden_shared();
    for (gsize i = 0; shared && i < G_N_ELEMENTS(known); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = g_build_filename(shared, "samples/tfrecord", known[i].file, NULL);
        g_autoptr(LeukoTfrecord) file = leuko_tfrecord_open(path, &error);
        GBytes *data = NULL;
        gsize n_bytes = 0;
        guint n = 0;
        g_assert_no_error(error);
        for (; leuko_tfrecord_next(file, &data, NULL, &error); n++) {
            g_auto(LeukoExample) e = {0};
            g_autoptr(GError) why = NULL;
            g_autofree gchar *features = leuko_example_features(data);
            g_assert_cmpstr(features, ==, "x_byte, x_float, x_int");
            g_assert_false(leuko_example_unpack(data, &e, "record", &why));
            g_assert_cmpstr(
                why->message, ==,
                "record: the example has no image/encoded, which shards of images must have");
            g_assert_true(n > 0 || g_bytes_get_size(data) == known[i].n_first);
            n_bytes += g_bytes_get_size(data);
            g_clear_pointer(&data, g_bytes_unref);
        }
        g_assert_no_error(error);
        g_assert_cmpuint(n, ==, 4);
        g_assert_cmpuint(n_bytes, ==, known[i].n_all);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/samples/table", test_table);
    g_test_add_func("/samples/whole", test_whole);
    g_test_add_func("/samples/records", test_records);
    return g_test_run();
}
