/* Any tensor names (one line each: name, then one digit per dimension) are mapped to parameters
 * under tf-slim's names that can be read, and written under torchvision's names; or an error of
 * our domain whose message is one line is reported. */
#include "formats/layer-names.h"
#include "fuzz.h"

static void add_line(LeukoParams *params, const gchar *line)
{
    const char *space = strrchr(line, ' ');
    g_autofree gchar *name = space ? g_strndup(line, (gsize)(space - line)) : g_strdup(line);
    gsize dims[LEUKO_MAX_DIMS];
    guint n_dims = 0;
    for (const char *p = space ? space + 1 : ""; g_ascii_isdigit(*p) && n_dims < 6; p++)
        dims[n_dims++] = (gsize)(*p - '0');
    g_assert_true(leuko_params_add(params, name, n_dims, dims, NULL, NULL));
}

static double sum_of(const LeukoParams *params)
{
    double sum = 0;
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        for (gsize k = 0; k < t->n_values; k++)
            sum += t->data[k];
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree gchar *text = g_strndup((const char *)data, MIN(size, 65536));
    g_auto(GStrv) lines = g_strsplit(text, "\n", 500);
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autoptr(GError) error = NULL;
    LeukoForeign found;
    for (guint i = 0; lines[i]; i++)
        add_line(params, lines[i]);
    g_autoptr(LeukoParams) slim = leuko_layer_names_to_slim(params, "fuzz", &found, &error);
    if (!slim) {
        fuzz_check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    g_autoptr(LeukoParams) back =
        leuko_layer_names_from_slim(slim, LEUKO_LAYER_NAMES_TORCHVISION, &error);
    volatile double used = sum_of(slim) + (back ? sum_of(back) : 0);
    (void)used;
    if (!back)
        fuzz_check_error(error);
    return 0;
}
