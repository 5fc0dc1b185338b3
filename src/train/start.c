#include "train/start.h"
#include "base/progress.h"
#include "config.h"
#include "formats/model-file.h"
#include "formats/model.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
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
    g_clear_pointer(&s->training, g_ptr_array_unref);
    g_clear_pointer(&s->allowed_leaks, json_decref);
    g_free(s);
}

/* Path of the backbone in the installation, or else in the source tree; NULL if it does not
 * exist. */
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

/* TRUE if the file may be a model of Leuko; *certain is TRUE if its metadata says so. A GraphDef or
 * ONNX file may be a model without saying so. */
static gboolean may_be_model(const char *path, gboolean *certain)
{
    LeukoFileKind kind = leuko_sniff_file(path, NULL);
    *certain = FALSE;
    if (kind == LEUKO_FILE_TF_TABLE) {
        *certain = leuko_tf_checkpoint_is_described(path);
    } else if (kind == LEUKO_FILE_SAFETENSORS) {
        g_autofree gchar *description = leuko_safetensors_peek(path, "leuko");
        *certain = description != NULL;
    } else if (kind == LEUKO_FILE_GRAPHDEF) {
        g_autofree gchar *description = g_strconcat(path, ".json", NULL);
        *certain = g_file_test(description, G_FILE_TEST_EXISTS);
    }
    return *certain || kind == LEUKO_FILE_GRAPHDEF || kind == LEUKO_FILE_ONNX;
}

/* Load the model in the file; NULL without error if the file has weights only. A damaged
 * description is an error, because without it the preprocessing would change. */
static LeukoModel *load_model(const char *path, GError **error)
{
    gboolean certain;
    g_autoptr(GError) why = NULL;
    if (!may_be_model(path, &certain))
        return NULL;
    LeukoModel *model = leuko_model_load(path, &why);
    gboolean only_weights = g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED) ||
                            g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA);
    if (!model && (certain || !only_weights))
        g_propagate_error(error, g_steal_pointer(&why));
    return model;
}

static gboolean differs(const char *path, const char *what, double asked, double has,
                        GError **error)
{
    if (asked == 0 || fabs(asked - has) < 1e-9)
        return FALSE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "%s: the %s is %g, not %g as requested; another %s needs random weights", path,
                what, has, asked, what);
    return TRUE;
}

/* The parameters of a model for its layers up to spec->endpoint ("": the model's endpoint). Sets
 * the other members of *spec. */
static LeukoParams *params_of_model(const LeukoModel *model, const char *path, LeukoNetSpec *spec,
                                    GError **error)
{
    LeukoNetSpec found = model->spec;
    if (*spec->endpoint)
        memcpy(found.endpoint, spec->endpoint, sizeof found.endpoint);
    found.n_classes = 0;
    found.aux_head = FALSE;
    g_autoptr(LeukoNet) net = leuko_net_new(&found, error);
    if (!net)
        return NULL;
    if (!leuko_params_check_shapes(model->params, net, path, error)) {
        g_clear_error(error);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the model ends at %s; it has no endpoint %s", path, model->spec.endpoint,
                    found.endpoint);
        return NULL;
    }
    *spec = found;
    return leuko_params_ref(model->params);
}

static gboolean start_file(LeukoStart *s, const char *path, const LeukoStartOptions *o,
                           LeukoReporter reporter, GError **error)
{
    GError *failed = NULL;
    g_autoptr(LeukoModel) model = load_model(path, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return FALSE;
    }
    s->spec = (LeukoNetSpec){0};
    if (o->endpoint)
        g_strlcpy(s->spec.endpoint, o->endpoint, sizeof s->spec.endpoint);
    s->params = model ? params_of_model(model, path, &s->spec, error)
                      : leuko_weights_load(path, &s->spec, error);
    if (!s->params ||
        differs(path, "depth multiplier", o->depth_multiplier, s->spec.depth_multiplier, error) ||
        differs(path, "side", o->side_px, s->spec.side_px, error))
        return FALSE;
    const char *lacks = model ? NULL : leuko_weights_lack_description(path);
    if (model && leuko_model_note(model))
        leuko_report_line(reporter, "weights", "%s", leuko_model_note(model));
    else if (lacks)
        leuko_report_line(reporter, "weights", "%s: %s", path, lacks);
    s->net = leuko_net_new(&s->spec, error);
    s->weights = g_strdup(path);
    s->preprocess = model ? model->preprocess : leuko_preprocess_default(s->spec.side_px);
    s->training = model ? g_ptr_array_ref(model->training) : NULL;
    s->is_stripped = model && leuko_model_is_stripped(model);
    s->allowed_leaks = model ? json_incref(leuko_model_allowed_leaks(model)) : NULL;
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
                "The backbone (models/backbone.safetensors) is not installed; training starts "
                "from random weights, seed %" G_GUINT64_FORMAT,
                o->seed);
    } else if (strcmp(o->weights, "random") != 0) {
        path = g_strdup(o->weights);
    }
    if (!(path ? start_file(s, path, o, reporter, error) : start_random(s, o, error)))
        return NULL;
    s->digest = leuko_params_digest(s->params);
    return g_steal_pointer(&s);
}
