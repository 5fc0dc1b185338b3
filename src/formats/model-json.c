#include "formats/model-json.h"
#include "base/error.h"
#include "formats/model-colors.h"
#include "formats/model-decision.h"
#include "formats/model-guards.h"
#include "image/views.h"
#include <math.h>
#include <string.h>

enum { MAX_CLASSES = 4096 };

/* Earlier versions refuse a format that they do not know. */
static int format_of(const LeukoModel *m)
{
    if (m->preprocess.color.is_used)
        return 3;
    return m->calibration.n_knots > 0 || m->n_views > 1 ? 2 : 1;
}

static json_t *preprocess_to_json(const LeukoPreprocess *p)
{
    return json_pack("{s:i, s:f, s:b}", "side", (int)p->side_px, "crop_fraction", p->crop_fraction,
                     "antialias", p->antialias);
}

static json_t *spec_to_json(const LeukoNetSpec *s)
{
    return json_pack("{s:s, s:f, s:s, s:i, s:b}", "name", "inception_v3", "depth_multiplier",
                     s->depth_multiplier, "endpoint", s->endpoint, "side", (int)s->side_px,
                     "pool_includes_padding", s->pool_includes_padding);
}

static json_t *provenance_to_json(const LeukoModel *m, gboolean apart)
{
    json_t *p = json_copy(m->provenance);
    if (m->training->len > 0)
        json_object_set_new(p, "training", leuko_training_lists_to_json(m->training, apart));
    return p;
}

static json_t *model_to_json(const LeukoModel *m, gboolean apart)
{
    json_t *classes = json_array();
    for (guint k = 0; k < m->spec.n_classes; k++)
        json_array_append_new(classes, json_string(m->classes[k]));
    json_t *positive = m->positive >= 0 ? json_string(m->classes[m->positive]) : json_null();
    json_t *refer =
        isfinite(m->refer_low) ? json_pack("[f, f]", m->refer_low, m->refer_high) : json_null();
    json_t *json =
        json_pack("{s:i, s:o, s:o, s:o, s:o, s:o*, s:o, s:o*, s:f, s:o, s:o}", "format",
                  format_of(m), "architecture", spec_to_json(&m->spec), "classes", classes,
                  "positive", positive, "preprocessing", preprocess_to_json(&m->preprocess),
                  "views", m->n_views > 1 ? json_integer(m->n_views) : NULL, "threshold",
                  leuko_json_real_or_null(m->threshold), "patient_share",
                  isfinite(m->patient_share) ? json_real(m->patient_share) : NULL, "temperature",
                  m->temperature, "refer", refer, "provenance", provenance_to_json(m, apart));
    leuko_model_decision_to_json(m, json);
    leuko_model_guards_to_json(m, json);
    leuko_model_colors_to_json(m, json, json_object_get(json, "preprocessing"));
    return json;
}

json_t *leuko_model_to_json(const LeukoModel *m) { return model_to_json(m, FALSE); }
json_t *leuko_model_to_json_apart(const LeukoModel *m) { return model_to_json(m, TRUE); }

static json_t *get_object(json_t *json, const char *key, const char *name, GError **error)
{
    json_t *o = json_object_get(json, key);
    if (json_is_object(o))
        return o;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: \"%s\" must be an object", name, key);
    return NULL;
}

static gboolean read_spec(json_t *json, LeukoNetSpec *spec, const char *name, GError **error)
{
    json_t *a = get_object(json, "architecture", name, error);
    const char *architecture, *endpoint;
    gint64 side;
    if (!a || !leuko_json_get_string(a, "name", &architecture, name, error) ||
        !leuko_json_get_string(a, "endpoint", &endpoint, name, error) ||
        !leuko_json_get_int(a, "side", 75, 1024, &side, name, error) ||
        !leuko_json_get_real(a, "depth_multiplier", 0.01, 8, &spec->depth_multiplier, name,
                             error) ||
        !leuko_json_get_bool(a, "pool_includes_padding", &spec->pool_includes_padding, name, error))
        return FALSE;
    g_autofree gchar *shown =
        leuko_one_line(strcmp(architecture, "inception_v3") ? architecture : endpoint);
    if (strcmp(architecture, "inception_v3") != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: architecture \"%s\" is not supported, only inception_v3", name, shown);
        return FALSE;
    }
    spec->side_px = (guint)side;
    if (g_strlcpy(spec->endpoint, endpoint, sizeof spec->endpoint) >= sizeof spec->endpoint) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: there is no endpoint \"%s\"", name,
                    shown);
        return FALSE;
    }
    return TRUE;
}

static gboolean read_classes(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    json_t *list = json_object_get(json, "classes");
    gsize n = json_array_size(list);
    if (n < 2 || n > MAX_CLASSES) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: \"classes\" must be a list of 2 to %d names", name, MAX_CLASSES);
        return FALSE;
    }
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    json_t *positive = json_object_get(json, "positive");
    for (gsize k = 0; k < n; k++) {
        const char *c = json_string_value(json_array_get(list, k));
        if (!c || !*c) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: class %zu has no name", name,
                        k);
            return FALSE;
        }
        for (gsize other = 0; other < k; other++)
            if (strcmp(json_string_value(json_array_get(list, other)), c) == 0) {
                g_autofree gchar *shown = leuko_one_line(c);
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                            "%s: duplicate class name \"%s\"", name, shown);
                return FALSE;
            }
        g_strv_builder_add(names, c);
        if (json_is_string(positive) && strcmp(json_string_value(positive), c) == 0)
            m->positive = (gint)k;
    }
    m->classes = g_strv_builder_end(names);
    m->spec.n_classes = (guint)n;
    if (!json_is_null(positive) && m->positive < 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: \"positive\" must be null or one of the classes", name);
        return FALSE;
    }
    return TRUE;
}

static gboolean read_preprocess(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    json_t *p = get_object(json, "preprocessing", name, error);
    gint64 side;
    if (!p || !leuko_json_get_int(p, "side", 75, 1024, &side, name, error) ||
        !leuko_json_get_real(p, "crop_fraction", 0.01, 1, &m->preprocess.crop_fraction, name,
                             error) ||
        !leuko_json_get_bool(p, "antialias", &m->preprocess.antialias, name, error) ||
        !leuko_model_colors_from_json(json, p, m, name, error))
        return FALSE;
    m->preprocess.side_px = (guint)side;
    if (m->preprocess.side_px != m->spec.side_px) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: preprocessing makes %u px, but the network takes %u px", name,
                    m->preprocess.side_px, m->spec.side_px);
        return FALSE;
    }
    return TRUE;
}

static gboolean read_views(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    gint64 n_views;
    if (!json_object_get(json, "views"))
        return TRUE;
    if (!leuko_json_get_int(json, "views", 1, LEUKO_MAX_VIEWS, &n_views, name, error))
        return FALSE;
    m->n_views = (guint)n_views;
    return leuko_views_possible(m->n_views) ||
           leuko_fail(LEUKO_ERROR_FORMAT, error, "%s: \"views\" is %u; it must be 1, 2, 4 or 8",
                      name, m->n_views);
}

static gboolean read_decision(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    json_t *refer = json_object_get(json, "refer");
    if (!leuko_json_get_real(json, "temperature", 1e-3, 1e3, &m->temperature, name, error))
        return FALSE;
    if (!json_is_null(json_object_get(json, "threshold")) &&
        !leuko_json_get_real(json, "threshold", 0, 1, &m->threshold, name, error))
        return FALSE;
    if (json_object_get(json, "patient_share") &&
        !leuko_json_get_real(json, "patient_share", 0, 1, &m->patient_share, name, error))
        return FALSE;
    if (json_is_null(refer) || !refer)
        return TRUE;
    m->refer_low = json_number_value(json_array_get(refer, 0));
    m->refer_high = json_number_value(json_array_get(refer, 1));
    if (json_array_size(refer) == 2 && json_is_number(json_array_get(refer, 0)) &&
        json_is_number(json_array_get(refer, 1)) && m->refer_low >= 0 &&
        m->refer_low <= m->refer_high && m->refer_high <= 1)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: \"refer\" must be null or two probabilities in ascending order", name);
    return FALSE;
}

LeukoModel *leuko_model_from_json(json_t *json, const char *name, GError **error)
{
    if (!leuko_json_check_format(json, LEUKO_MODEL_FORMAT, name, error))
        return NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    if (!read_spec(json, &spec, name, error))
        return NULL;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    if (!read_classes(json, m, name, error) || !read_preprocess(json, m, name, error) ||
        !read_views(json, m, name, error) || !read_decision(json, m, name, error))
        return NULL;
    json_t *provenance = get_object(json, "provenance", name, error);
    if (!provenance || !leuko_model_decision_from_json(json, m, name, error) ||
        !leuko_model_guards_from_json(json, m, name, error))
        return NULL;
    json_decref(m->provenance);
    m->provenance = json_copy(provenance); /* the caller's stays as it is */
    GPtrArray *training = leuko_training_lists_take(m->provenance, name, error);
    if (!training)
        return NULL;
    g_ptr_array_unref(m->training);
    m->training = training;
    return g_steal_pointer(&m);
}
