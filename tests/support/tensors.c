#include "tensors.h"
#include "base/json.h"
#include <math.h>
#include <string.h>

static float half_to_float(guint16 half)
{
    int exponent = (half >> 10) & 31, fraction = half & 1023;
    double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    g_assert_cmpint(exponent, !=, 31);
    return (float)(half & 0x8000 ? -value : value);
}

static void add_tensor(LeukoParams *params, const char *name, json_t *entry, const char *data)
{
    gsize dims[LEUKO_MAX_DIMS], n = 1;
    json_t *shape = json_object_get(entry, "shape");
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    gsize begin =
        (gsize)json_integer_value(json_array_get(json_object_get(entry, "data_offsets"), 0));
    for (gsize i = 0; i < json_array_size(shape); i++)
        n *= dims[i] = (gsize)json_integer_value(json_array_get(shape, i));
    float *out;
    g_assert_true(leuko_params_add(params, name, (guint)json_array_size(shape), dims, &out, NULL));
    if (g_str_equal(type, "F32")) {
        memcpy(out, data + begin, n * sizeof(float));
        return;
    }
    g_assert_cmpstr(type, ==, "F16");
    for (gsize i = 0; i < n; i++) {
        guint16 half;
        memcpy(&half, data + begin + 2 * i, 2);
        out[i] = half_to_float(half);
    }
}

LeukoParams *golden_tensors_load(const char *path, GHashTable **metadata)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &error);
    g_assert_no_error(error);
    const char *bytes = g_mapped_file_get_contents(file), *key;
    guint64 header;
    memcpy(&header, bytes, 8);
    g_autoptr(json_t) root = leuko_json_parse(bytes + 8, header, path, &error);
    g_assert_no_error(error);
    LeukoParams *params = leuko_params_new();
    json_t *entry;
    if (metadata)
        *metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_object_foreach(root, key, entry)
    {
        if (!g_str_equal(key, "__metadata__")) {
            add_tensor(params, key, entry, bytes + 8 + header);
            continue;
        }
        const char *name;
        json_t *value;
        json_object_foreach(entry, name, value) if (metadata)
            g_hash_table_insert(*metadata, g_strdup(name), g_strdup(json_string_value(value)));
    }
    return params;
}

const char *golden_shared(void)
{
    const char *folder = g_getenv("LEUKO_SHARED");
    if (folder && g_file_test(folder, G_FILE_TEST_IS_DIR))
        return folder;
    g_test_skip("the shared test material (LEUKO_SHARED) is not on this machine");
    return NULL;
}
