#include "formats/model-colors.h"
#include "base/error.h"
#include <math.h>

static json_t *triple_to_json(const double v[3])
{
    return json_pack("[f, f, f]", v[0], v[1], v[2]);
}

void leuko_model_colors_to_json(const LeukoModel *m, json_t *json, json_t *preprocessing)
{
    const LeukoColorTransfer *t = &m->preprocess.color;
    if (m->colors.n_images > 0)
        json_object_set_new(json, "colors",
                            json_pack("{s:o, s:o, s:i}", "mean", triple_to_json(m->colors.mean),
                                      "sd", triple_to_json(m->colors.sd), "images",
                                      (int)m->colors.n_images));
    if (t->is_used)
        json_object_set_new(preprocessing, "color",
                            json_pack("{s:o, s:o}", "scale", triple_to_json(t->scale), "shift",
                                      triple_to_json(t->shift)));
}

static gboolean get_triple(json_t *json, const char *key, double low, double high, double v[3],
                           const char *name, GError **error)
{
    json_t *list = json_object_get(json, key);
    gboolean ok = json_array_size(list) == 3;
    for (guint i = 0; ok && i < 3; i++) {
        v[i] = json_number_value(json_array_get(list, i));
        ok = json_is_number(json_array_get(list, i)) && v[i] >= low && v[i] <= high;
    }
    return ok || leuko_fail_format(name, error,
                                   "colors: \"%s\" must be a list of three numbers from %g to %g",
                                   key, low, high);
}

gboolean leuko_model_colors_from_json(json_t *json, json_t *preprocessing, LeukoModel *m,
                                      const char *name, GError **error)
{
    json_t *colors = json_object_get(json, "colors"),
           *color = json_object_get(preprocessing, "color");
    gint64 n = 0;
    if (colors && (!leuko_json_get_int(colors, "images", 1, G_MAXINT32, &n, name, error) ||
                   !get_triple(colors, "mean", -100, 100, m->colors.mean, name, error) ||
                   !get_triple(colors, "sd", 1e-6, 100, m->colors.sd, name, error)))
        return FALSE;
    m->colors.n_images = (guint)n;
    if (!color)
        return TRUE;
    m->preprocess.color.is_used = TRUE;
    return get_triple(color, "scale", 0.01, 100, m->preprocess.color.scale, name, error) &&
           get_triple(color, "shift", -1000, 1000, m->preprocess.color.shift, name, error);
}
