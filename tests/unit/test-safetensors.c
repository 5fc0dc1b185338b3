#include "formats/model-file.h"
#include "formats/model.h"
#include "formats/numbers.h"
#include "formats/safetensors.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static GBytes *file_of(const char *header, gsize n_data)
{
    gsize n = strlen(header);
    guint64 length = GUINT64_TO_LE((guint64)n);
    GByteArray *bytes = g_byte_array_new();
    g_autofree guint8 *data = g_malloc0(n_data + 1);
    g_byte_array_append(bytes, (const guint8 *)&length, 8);
    g_byte_array_append(bytes, (const guint8 *)header, (guint)n);
    g_byte_array_append(bytes, data, (guint)n_data);
    return g_byte_array_free_to_bytes(bytes);
}

/* Each lying header is refused, and the message says what does not fit. */
static void test_lies(void)
{
    const struct {
        const char *header;
        gsize n_data;
        const char *message;
    } bad[] = {
        {"[]", 0, "must be a JSON object"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "do not match"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}", 4,
         "do not match"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,4]}}", 4,
         "dimension 1"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "dimension 0"},
        {"{\"a\":{\"dtype\":\"Q7\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown type Q7"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "leaves a gap"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         4, "overlaps"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9,
         "unused bytes after the last tensor"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
         "at most 8"},
        {"{\"__metadata__\":{\"x\":1}}", 0, "must be a string"},
        {"{\"a\":1,\"a\":2}", 0, "duplicate"},
        {"{\"a\":7}", 0, "(missing)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = file_of(bad[i].header, bad[i].n_data);
        g_assert_null(leuko_safetensors_parse(bytes, "f.safetensors", &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_true(g_str_has_prefix(error->message, "f.safetensors: "));
        if (!strstr(error->message, bad[i].message))
            g_error("%s: expected \"%s\" in \"%s\"", bad[i].header, bad[i].message, error->message);
    }
}

/* A length that promises more header than there is, or none at all. */
static void test_length(void)
{
    const guint8 huge[9] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, '{'};
    for (gsize n = 0; n <= sizeof huge; n++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = g_bytes_new(huge, n);
        g_assert_null(leuko_safetensors_parse(bytes, "f", &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    }
}

/* All 65536 halves go to float and back unchanged (NaNs stay NaNs). */
static void test_halves(void)
{
    for (guint i = 0; i < 65536; i++) {
        guint16 in = (guint16)i, out;
        float f;
        leuko_half_to_float(&in, &f, 1);
        leuko_float_to_half(&f, &out, 1);
        if (isnan(f))
            g_assert_cmphex(out & 0x7e00, ==, 0x7e00);
        else
            g_assert_cmphex(out, ==, in);
    }
    const float values[] = {65519.f, 65520.f, 1e-8f, 0x1p-25f, 0x1.8p-24f, 1.0f + 0x1p-11f, -0.1f};
    const guint16 expected[] = {0x7bff, 0x7c00, 0, 0, 2, 0x3c00, 0xae66}; /* numpy.float16 */
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        guint16 out;
        leuko_float_to_half(&values[i], &out, 1);
        g_assert_cmphex(out, ==, expected[i]);
    }
}

/* A model comes back with all that was put in, to the last bit. */
static void test_model_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-model-XXXXXX", NULL);
    g_autofree gchar *path = g_build_filename(folder, "m.safetensors", NULL);
    LeukoNetSpec spec = {
        .side_px = 91, .depth_multiplier = 0.25, .endpoint = "Mixed_5c", .n_classes = 2};
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->params = leuko_params_new_random(net, 5, &error);
    m->classes = g_strsplit("hem all", " ", -1);
    m->positive = 1;
    m->threshold = 0.1;
    m->temperature = 1.0 / 3.0;
    json_object_set_new(m->provenance, "seed", json_integer(5));
    g_assert_true(leuko_model_save(m, path, &error));
    g_autoptr(LeukoModel) back = leuko_model_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(back->classes[1], ==, "all");
    g_assert_cmpint(back->positive, ==, 1);
    g_assert_true(back->threshold == 0.1 && back->temperature == 1.0 / 3.0 &&
                  isnan(back->refer_low));
    g_assert_cmpuint(back->preprocess.side_px, ==, 91);
    g_assert_true(json_equal(back->provenance, m->provenance));
    g_autofree gchar *a = leuko_params_digest(m->params), *b = leuko_params_digest(back->params);
    g_assert_cmpstr(a, ==, b);
    LeukoNetSpec asked = {.endpoint = ""};
    g_autoptr(LeukoParams) weights = leuko_weights_load(path, &asked, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(asked.endpoint, ==, "Mixed_5c");
    g_assert_cmpfloat(asked.depth_multiplier, ==, 0.25);
    g_unlink(path);
    g_rmdir(folder);
}

/* The shared weights: whole, they lack two tensors, which are named; up to Mixed_7a they serve. */
static void test_partial_weights(void)
{
    const char *shared = g_getenv("LEUKO_SHARED");
    g_autofree gchar *path = g_build_filename(
        shared ? shared : "", "weights/inception_v3_2015_to_mixed_7a.safetensors", NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("LEUKO_SHARED is not there");
        return;
    }
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = {.endpoint = ""};
    g_assert_null(leuko_weights_load(path, &spec, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "InceptionV3/Mixed_7b/Branch_2/Conv2d_0b_3x3/weights"));
    g_assert_nonnull(strstr(error->message, "InceptionV3/Mixed_7c/Branch_2/Conv2d_0b_3x3/weights"));
    g_assert_nonnull(strstr(error->message, "complete to endpoint Mixed_7a"));
    g_clear_error(&error);
    g_strlcpy(spec.endpoint, "Mixed_7a", sizeof spec.endpoint);
    g_autoptr(LeukoParams) params = leuko_weights_load(path, &spec, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_params_batch_norm_is_folded(params));
    g_assert_cmpuint(spec.side_px, ==, 299);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/safetensors/lies", test_lies);
    g_test_add_func("/safetensors/length", test_length);
    g_test_add_func("/safetensors/halves", test_halves);
    g_test_add_func("/model/round-trip", test_model_round_trip);
    g_test_add_func("/weights/partial", test_partial_weights);
    return g_test_run();
}
