#include "report/mistake-maps.h"
#include "base/error.h"
#include "base/json.h"
#include "data/dataset-image.h"
#include "eval/explain-doubt.h"
#include "formats/model.h"
#include "leuko/explain.h"
#include "report/answers.h"
#include <math.h>
#include <string.h>

/* The share of the heat that lies inside the cell. */
static double inside_share(const LeukoExplanation *x)
{
    double inside = x->inside * x->cell_share, outside = x->outside * (1 - x->cell_share);
    return x->has_cell && inside + outside > 0 ? inside / (inside + outside) : (double)NAN;
}

static json_t *heat_json(const LeukoExplainer *e, const LeukoExplanation *x)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "endpoint", leuko_explainer_endpoint(e),
                     "inside_share", leuko_json_real_or_null(inside_share(x)), "ratio",
                     leuko_json_real_or_null(x->ratio), "peak_inside",
                     x->has_cell ? json_boolean(x->peak_inside) : json_null());
}

/* An image that cannot be read any more gets no map. */
static gboolean add_map(json_t *one, LeukoExplainer *e, const LeukoDataset *dataset, GArray *ratios,
                        GError **error)
{
    guint record = (guint)json_integer_value(json_object_get(one, "record"));
    const char *decided = json_string_value(json_object_get(one, "decided"));
    g_autoptr(LeukoImage) image = leuko_dataset_decode(dataset, record, NULL, NULL);
    if (!image)
        return TRUE;
    gint class_index = leuko_model_find_class(leuko_explainer_model(e), decided);
    g_autoptr(LeukoExplanation) x = leuko_explainer_explain(
        e, image, decided, class_index < 0 ? LEUKO_EXPLAIN_ANSWER : class_index, error);
    g_autoptr(LeukoImage) overlay =
        x ? leuko_explanation_overlay(x, image, LEUKO_EXPLAIN_ALPHA, error) : NULL;
    if (!overlay)
        return FALSE;
    g_autofree gchar *uri = leuko_report_image_uri(overlay);
    g_array_append_val(ratios, x->ratio);
    if (uri)
        json_object_set_new(one, "map", json_string(uri));
    json_object_set_new(one, "heat", heat_json(e, x));
    return TRUE;
}

static gboolean is_of(json_t *one, const char *model)
{
    const char *name = json_string_value(json_object_get(one, "model"));
    return !json_object_get(one, "map") && (!name || strcmp(name, model) == 0);
}

static gboolean add_all(json_t *mistakes, LeukoExplainer *e, const char *model,
                        const LeukoDataset *dataset, GArray *ratios, GCancellable *cancellable,
                        GError **error)
{
    gsize i;
    json_t *one;
    json_array_foreach(json_object_get(mistakes, "images"), i,
                       one) if (is_of(one, model) &&
                                (leuko_is_cancelled(cancellable, error) ||
                                 !add_map(one, e, dataset, ratios, error))) return FALSE;
    return TRUE;
}

/* Why the maps of this model say little about the place. */
static void add_doubts(json_t *mistakes, const LeukoExplainer *e, const GArray *ratios)
{
    json_t *doubts = json_object_get(mistakes, "doubts");
    const char *caution = leuko_explainer_caution(e);
    g_autofree gchar *doubt =
        leuko_explain_doubt((const double *)(gpointer)ratios->data, ratios->len);
    if (!doubts)
        json_object_set_new(mistakes, "doubts", doubts = json_array());
    if (caution)
        json_array_append_new(doubts, json_string(caution));
    if (doubt)
        json_array_append_new(doubts, json_string(doubt));
}

static gboolean has_any(json_t *mistakes, const char *model)
{
    gsize i;
    json_t *one;
    json_array_foreach(json_object_get(mistakes, "images"), i,
                       one) if (is_of(one, model)) return TRUE;
    return FALSE;
}

gboolean leuko_report_add_maps(json_t *mistakes, const char *model, const LeukoDataset *dataset,
                               GCancellable *cancellable, GError **error)
{
    LeukoExplainOptions options = leuko_explain_options_default();
    g_autoptr(GError) why = NULL;
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    if (!has_any(mistakes, model))
        return TRUE;
    options.n_threads = 1;
    g_autoptr(LeukoExplainer) e = leuko_explainer_open(model, &options, &why);
    if (e && add_all(mistakes, e, model, dataset, ratios, cancellable, &why)) {
        json_object_set_new(mistakes, "maps", json_true());
        add_doubts(mistakes, e, ratios);
        return TRUE;
    }
    if (g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    json_object_set_new(mistakes, "no_maps", leuko_json_text(why->message));
    return TRUE;
}
