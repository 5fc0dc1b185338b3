/* Any bytes are read as tensors that lie inside the bytes, and a description that is the same
 * after writing and reading it again; or an error of our domain whose message is one line is
 * reported. */
#include "base/json.h"
#include "formats/model-json.h"
#include "formats/safetensors.h"
#include "fuzz.h"

static void check_tensors(const LeukoSafetensors *file, const uint8_t *data, size_t size)
{
    gsize total = 0;
    for (guint i = 0; i < leuko_safetensors_n_tensors(file); i++) {
        const LeukoSafetensor *t = leuko_safetensors_nth(file, i);
        const uint8_t *begin = t->data;
        g_assert_true(begin >= data && t->n_bytes <= (gsize)(data + size - begin));
        g_assert_true(t->n_dims <= LEUKO_MAX_DIMS && t->name && t->dtype);
        total += t->n_bytes;
    }
    g_assert_cmpuint(total, <=, size);
}

static void check_params(const LeukoSafetensors *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoParams) params = leuko_safetensors_params(file, &error);
    if (!params) {
        fuzz_check_error(error);
        return;
    }
    double sum = 0; /* reads every value, so that a sanitizer detects a range that is too long */
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        for (gsize k = 0; k < t->n_values; k++)
            sum += t->data[k];
    }
    volatile double used = sum;
    (void)used;
}

static void check_description(const char *text, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) json = leuko_json_parse(text, size, "fuzz", &error);
    g_autoptr(LeukoModel) m = json ? leuko_model_from_json(json, "fuzz", &error) : NULL;
    if (!m) {
        fuzz_check_error(error);
        return;
    }
    g_autoptr(json_t) written = leuko_model_to_json(m);
    g_autoptr(LeukoModel) again = leuko_model_from_json(written, "again", &error);
    g_assert_no_error(error);
    g_autoptr(json_t) rewritten = leuko_model_to_json(again);
    g_assert_true(json_equal(written, rewritten));
    g_assert_cmpuint(g_strv_length(m->classes), ==, m->spec.n_classes);
    g_assert_cmpint(m->positive, <, (gint)m->spec.n_classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_parse(bytes, "fuzz", &error);
    if (file) {
        g_assert_no_error(error);
        check_tensors(file, data, size);
        check_params(file);
        const char *description = leuko_safetensors_metadata(file, "leuko");
        if (description)
            check_description(description, strlen(description));
    } else {
        fuzz_check_error(error);
    }
    if (size > 0 && data[0] == '{')
        check_description((const char *)data, size);
    return 0;
}
