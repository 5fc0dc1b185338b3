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
    m->positive = -1;
    m->threshold = m->refer_low = m->refer_high = NAN;
    m->temperature = 1.0;
    m->provenance = json_object();
    return m;
}

void leuko_model_free(LeukoModel *m)
{
    if (!m)
        return;
    leuko_params_unref(m->params);
    g_strfreev(m->classes);
    json_decref(m->provenance);
    g_free(m);
}

const char *leuko_model_note(const LeukoModel *m)
{
    return json_string_value(json_object_get(m->provenance, "note"));
}

void leuko_model_set_note(LeukoModel *m, const char *note)
{
    json_object_set_new(m->provenance, "note", leuko_json_text(note));
}

guint leuko_model_n_classes(const LeukoModel *m) { return m->spec.n_classes; }

const char *leuko_model_class_name(const LeukoModel *m, guint index)
{
    g_assert(index < m->spec.n_classes);
    return m->classes[index];
}

gint leuko_model_positive(const LeukoModel *m) { return m->positive; }

double leuko_model_threshold(const LeukoModel *m) { return m->threshold; }

gint leuko_model_find_class(const LeukoModel *m, const char *name)
{
    for (guint k = 0; k < m->spec.n_classes; k++)
        if (strcmp(m->classes[k], name) == 0)
            return (gint)k;
    return -1;
}
