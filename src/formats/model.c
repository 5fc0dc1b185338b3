#include "formats/model.h"
#include "base/json.h"
#include <math.h>
#include <string.h>

LeukoModel *leuko_model_new(const LeukoNetSpec *spec)
{
    LeukoModel *m = g_new0(LeukoModel, 1);
    m->spec = *spec;
    m->spec.aux_head = FALSE;
    m->preprocess = leuko_preprocess_default(spec->side_px);
    m->n_views = 1;
    m->positive = -1;
    m->threshold = m->patient_share = m->refer_low = m->refer_high = NAN;
    m->temperature = 1.0;
    m->calibration = leuko_probability_map_none();
    m->threshold_choice = leuko_threshold_choice_none();
    m->provenance = json_object();
    m->training = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_training_list_free);
    return m;
}

void leuko_model_free(LeukoModel *m)
{
    if (!m)
        return;
    leuko_params_unref(m->params);
    g_strfreev(m->classes);
    leuko_referral_free(m->referral);
    leuko_typical_free(m->typical);
    json_decref(m->provenance);
    g_ptr_array_unref(m->training);
    g_free(m);
}

gboolean leuko_model_probabilities(const LeukoModel *m, const float *logits, double *probabilities)
{
    return leuko_probabilities(&m->calibration, m->temperature, m->positive, logits,
                               m->spec.n_classes, probabilities);
}

const char *leuko_model_source_digest(const LeukoModel *m)
{
    return json_string_value(json_object_get(m->provenance, LEUKO_PROVENANCE_SOURCE));
}

const char *leuko_model_note(const LeukoModel *m)
{
    return json_string_value(json_object_get(m->provenance, "note"));
}

void leuko_model_set_note(LeukoModel *m, const char *note)
{
    json_object_set_new(m->provenance, "note", leuko_json_text(note));
}

json_t *leuko_model_allowed_leaks(const LeukoModel *m)
{
    return json_object_get(m->provenance, LEUKO_PROVENANCE_LEAKS);
}

gboolean leuko_model_is_stripped(const LeukoModel *m)
{
    return json_is_true(json_object_get(m->provenance, LEUKO_PROVENANCE_STRIPPED));
}

void leuko_model_strip_provenance(LeukoModel *m)
{
    static const char *const kept[] = {"version", "note", LEUKO_PROVENANCE_LEAKS};
    json_t *left = json_object();
    for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
        if (json_object_get(m->provenance, kept[i]))
            json_object_set(left, kept[i], json_object_get(m->provenance, kept[i]));
    json_object_set_new(left, LEUKO_PROVENANCE_STRIPPED, json_true());
    json_decref(m->provenance);
    m->provenance = left;
    g_ptr_array_set_size(m->training, 0);
}

guint leuko_model_n_classes(const LeukoModel *m) { return m->spec.n_classes; }

const char *leuko_model_class_name(const LeukoModel *m, guint index)
{
    g_assert(index < m->spec.n_classes);
    return m->classes[index];
}

gint leuko_model_positive(const LeukoModel *m) { return m->positive; }

double leuko_model_threshold(const LeukoModel *m) { return m->threshold; }

/* NULL for what is not UTF-8. */
static gchar *composed(const char *name)
{
    return g_utf8_normalize(name, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

gint leuko_model_find_class(const LeukoModel *m, const char *name)
{
    for (guint k = 0; k < m->spec.n_classes; k++)
        if (strcmp(m->classes[k], name) == 0)
            return (gint)k;
    g_autofree gchar *wanted = composed(name);
    for (guint k = 0; wanted && k < m->spec.n_classes; k++) {
        g_autofree gchar *other = composed(m->classes[k]);
        if (g_strcmp0(wanted, other) == 0)
            return (gint)k;
    }
    return -1;
}
