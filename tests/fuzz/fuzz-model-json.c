/* Any text is read as a complete description of a model, which is the same after writing and
 * reading it again; or an error of our domain whose message is one line is reported. */
#include "base/json.h"
#include "formats/model-json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) json = leuko_json_parse((const char *)data, size, "fuzz", &error);
    g_autoptr(LeukoModel) m = json ? leuko_model_from_json(json, "fuzz", &error) : NULL;
    if (!m) {
        fuzz_check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(m->classes), ==, m->spec.n_classes);
    g_assert_true(m->positive >= -1 && m->positive < (gint)m->spec.n_classes);
    g_autoptr(json_t) written = leuko_model_to_json(m);
    g_autoptr(LeukoModel) again = leuko_model_from_json(written, "again", &error);
    g_assert_no_error(error);
    g_autoptr(json_t) twice = leuko_model_to_json(again);
    g_assert_true(json_equal(written, twice));
    return 0;
}
