/* The network and the weights that transfer learning starts from. */
#include "config.h"
#include "formats/model.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include "train/features.h"
#include <math.h>
#include <string.h>

void leuko_start_free(LeukoStart *s)
{
    if (!s)
        return;
    leuko_net_free(s->net);
    leuko_params_unref(s->params);
    g_free(s->weights);
    g_free(s->digest);
    json_decref(s->provenance);
    g_free(s);
}

/* The backbone of the installation, else that of the source tree, else NULL. */
static gchar *find_backbone(void)
{
    static const char *const roots[] = {LEUKO_DATADIR, LEUKO_SOURCE_ROOT};
    for (gsize i = 0; i < G_N_ELEMENTS(roots); i++) {
        g_autofree gchar *path = g_build_filename(roots[i], "models", "backbone.safetensors", NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
    }
    return NULL;
}

static gboolean start_random(LeukoStart *s, const LeukoStartOptions *o, GError **error)
{
    s->spec = leuko_net_spec_default();
    if (o->depth_multiplier != 0)
        s->spec.depth_multiplier = o->depth_multiplier;
    if (o->side_px != 0)
        s->spec.side_px = o->side_px;
    if (o->endpoint)
        g_strlcpy(s->spec.endpoint, o->endpoint, sizeof s->spec.endpoint);
    s->net = leuko_net_new(&s->spec, error);
    s->params = s->net ? leuko_params_new_random(s->net, o->seed, error) : NULL;
    s->preprocess = leuko_preprocess_default(s->spec.side_px);
    s->weights = g_strdup("random");
    return s->params != NULL;
}

static gboolean differs(const char *path, const char *what, double asked, double has,
                        GError **error)
{
    if (asked == 0 || fabs(asked - has) < 1e-9)
        return FALSE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "%s: its %s is %g, not %g; another one can be had with random weights only", path,
                what, has, asked);
    return TRUE;
}

static gboolean start_file(LeukoStart *s, const char *path, const LeukoStartOptions *o,
                           GError **error)
{
    s->spec = (LeukoNetSpec){0};
    if (o->endpoint)
        g_strlcpy(s->spec.endpoint, o->endpoint, sizeof s->spec.endpoint);
    s->params = leuko_weights_load(path, &s->spec, error);
    if (!s->params ||
        differs(path, "depth multiplier", o->depth_multiplier, s->spec.depth_multiplier, error) ||
        differs(path, "side", o->side_px, s->spec.side_px, error))
        return FALSE;
    s->net = leuko_net_new(&s->spec, error);
    s->weights = g_strdup(path);
    s->preprocess = leuko_preprocess_default(s->spec.side_px);
    g_autoptr(LeukoModel) model = leuko_model_load(path, NULL); /* one of ours says how it looks */
    if (model) {
        s->preprocess = model->preprocess;
        s->provenance = json_incref(model->provenance);
    }
    return s->net != NULL;
}

LeukoStart *leuko_start_new(const LeukoStartOptions *o, LeukoReporter reporter, GError **error)
{
    g_autoptr(LeukoStart) s = g_new0(LeukoStart, 1);
    g_autofree gchar *path = NULL;
    if (strcmp(o->weights, "backbone") == 0) {
        path = find_backbone();
        if (!path)
            leuko_report_line(
                reporter, "weights",
                "No backbone is installed (models/backbone.safetensors): starting from "
                "random weights, seed %" G_GUINT64_FORMAT,
                o->seed);
    } else if (strcmp(o->weights, "random") != 0) {
        path = g_strdup(o->weights);
    }
    if (!(path ? start_file(s, path, o, error) : start_random(s, o, error)))
        return NULL;
    s->digest = leuko_params_digest(s->params);
    return g_steal_pointer(&s);
}
