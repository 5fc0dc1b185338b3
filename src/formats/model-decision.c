#include "formats/model-decision.h"
#include "base/error.h"
#include <math.h>

/* --- calibration ------------------------------------------------------------------------------ */

static json_t *calibration_to_json(const LeukoProbabilityMap *c)
{
    json_t *knots = json_array(), *tried = json_null();
    for (guint i = 0; i < c->n_knots; i++)
        json_array_append_new(knots, json_pack("[f, f]", c->x[i], c->y[i]));
    if (isfinite(c->cv_se))
        tried = json_pack("{s:f, s:f, s:f}", "temperature", c->cv_temperature, "isotonic",
                          c->cv_isotonic, "se", c->cv_se);
    return json_pack("{s:s, s:i, s:i, s:o, s:o, s:s, s:o, s:o}", "fitted_on", c->fitted_on,
                     "images", (int)c->n_images, "groups", (int)c->n_groups, "log_loss_before",
                     leuko_json_real_or_null(c->loss_before), "log_loss_after",
                     leuko_json_real_or_null(c->loss_after), "isotonic",
                     leuko_isotonic_name(c->isotonic), "cross_validated", tried, "knots", knots);
}

static gboolean read_knots(json_t *json, LeukoProbabilityMap *c, const char *name, GError **error)
{
    json_t *knots = json_object_get(json, "knots");
    if (!json_is_array(knots) || json_array_size(knots) > LEUKO_MAP_MAX_KNOTS)
        return leuko_fail_format(name, error,
                                 "\"calibration\": \"knots\" must be a list of at most %d",
                                 LEUKO_MAP_MAX_KNOTS);
    c->n_knots = (guint)json_array_size(knots);
    for (guint i = 0; i < c->n_knots; i++) {
        json_t *knot = json_array_get(knots, i);
        if (json_array_size(knot) != 2 || !json_is_number(json_array_get(knot, 0)) ||
            !json_is_number(json_array_get(knot, 1)))
            return leuko_fail_format(name, error, "\"calibration\": a knot must be two numbers");
        c->x[i] = json_number_value(json_array_get(knot, 0));
        c->y[i] = json_number_value(json_array_get(knot, 1));
    }
    const char *bad = leuko_probability_map_check(c);
    return !bad || leuko_fail_format(name, error, "\"calibration\": %s", bad);
}

/* A number, or null: NAN. */
static gboolean get_real_or_null(json_t *json, const char *key, double low, double high,
                                 double *out, const char *name, GError **error)
{
    *out = NAN;
    return json_is_null(json_object_get(json, key)) ||
           leuko_json_get_real(json, key, low, high, out, name, error);
}

static gboolean get_count(json_t *json, const char *key, guint *out, const char *name,
                          GError **error)
{
    gint64 n = 0;
    gboolean ok = leuko_json_get_int(json, key, 0, G_MAXINT32, &n, name, error);
    *out = (guint)n;
    return ok;
}

static gboolean read_calibration(json_t *json, LeukoProbabilityMap *c, const char *name,
                                 GError **error)
{
    static const double most = 1e9;
    const char *fitted_on, *isotonic;
    json_t *tried = json_object_get(json, "cross_validated");
    if (!json_is_object(json))
        return leuko_fail_format(name, error, "\"calibration\" must be an object");
    if (!leuko_json_get_string(json, "fitted_on", &fitted_on, name, error) ||
        !leuko_json_get_string(json, "isotonic", &isotonic, name, error) ||
        !get_count(json, "images", &c->n_images, name, error) ||
        !get_count(json, "groups", &c->n_groups, name, error) ||
        !get_real_or_null(json, "log_loss_before", 0, most, &c->loss_before, name, error) ||
        !get_real_or_null(json, "log_loss_after", 0, most, &c->loss_after, name, error))
        return FALSE;
    if (!leuko_isotonic_parse(isotonic, &c->isotonic))
        return leuko_fail_format(name, error, "\"calibration\": \"isotonic\" has an unknown value");
    c->fitted_on =
        g_intern_string(g_strcmp0(fitted_on, LEUKO_FITTED_FOLDS) == 0 ? LEUKO_FITTED_FOLDS
                                                                      : LEUKO_FITTED_VALIDATION);
    if (json_is_object(tried) &&
        (!leuko_json_get_real(tried, "temperature", 0, most, &c->cv_temperature, name, error) ||
         !leuko_json_get_real(tried, "isotonic", 0, most, &c->cv_isotonic, name, error) ||
         !leuko_json_get_real(tried, "se", 0, most, &c->cv_se, name, error)))
        return FALSE;
    return read_knots(json, c, name, error);
}

/* --- threshold -------------------------------------------------------------------------------- */

static json_t *rule_to_json(const LeukoThresholdChoice *c)
{
    const LeukoThresholdRule *r = &c->rule;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o}", "kind",
        leuko_threshold_kind_name(r->kind), "target", leuko_json_real_or_null(r->target),
        "miss_cost", leuko_json_real_or_null(r->miss_cost), "prevalence",
        leuko_json_real_or_null(r->prevalence), "low", leuko_json_real_or_null(c->low), "high",
        leuko_json_real_or_null(c->high), "positive_images", (int)c->n_positive, "negative_images",
        (int)c->n_negative, "groups", (int)c->n_groups, "sensitivity_bound",
        leuko_json_real_or_null(c->sensitivity_bound));
}

static gboolean read_rule(json_t *json, LeukoThresholdChoice *c, const char *name, GError **error)
{
    const char *kind;
    if (!json_is_object(json))
        return leuko_fail_format(name, error, "\"threshold_rule\" must be an object");
    if (!leuko_json_get_string(json, "kind", &kind, name, error))
        return FALSE;
    if (!leuko_threshold_kind_parse(kind, &c->rule.kind))
        return leuko_fail_format(name, error, "\"threshold_rule\": \"kind\" has an unknown value");
    if (!get_real_or_null(json, "target", 0, 1, &c->rule.target, name, error) ||
        !get_real_or_null(json, "miss_cost", 0, 1e9, &c->rule.miss_cost, name, error) ||
        !get_real_or_null(json, "prevalence", 0, 1, &c->rule.prevalence, name, error) ||
        !get_real_or_null(json, "low", 0, 1, &c->low, name, error) ||
        !get_real_or_null(json, "high", 0, 1, &c->high, name, error) ||
        !get_real_or_null(json, "sensitivity_bound", 0, 1, &c->sensitivity_bound, name, error) ||
        !get_count(json, "positive_images", &c->n_positive, name, error) ||
        !get_count(json, "negative_images", &c->n_negative, name, error) ||
        !get_count(json, "groups", &c->n_groups, name, error))
        return FALSE;
    return !(c->low > c->high) ||
           leuko_fail_format(name, error, "\"threshold_rule\": \"low\" is larger than \"high\"");
}

/* --- both ------------------------------------------------------------------------------------- */

void leuko_model_decision_to_json(const LeukoModel *m, json_t *json)
{
    if (m->calibration.fitted_on)
        json_object_set_new(json, "calibration", calibration_to_json(&m->calibration));
    if (m->threshold_choice.rule.kind != LEUKO_THRESHOLD_NONE)
        json_object_set_new(json, "threshold_rule", rule_to_json(&m->threshold_choice));
}

gboolean leuko_model_decision_from_json(json_t *json, LeukoModel *m, const char *name,
                                        GError **error)
{
    json_t *calibration = json_object_get(json, "calibration"),
           *rule = json_object_get(json, "threshold_rule");
    if (calibration && !read_calibration(calibration, &m->calibration, name, error))
        return FALSE;
    if (m->calibration.n_knots > 0 && (m->spec.n_classes != 2 || m->positive < 0))
        return leuko_fail_format(name, error,
                                 "\"calibration\": a map needs two classes, one of them positive");
    return !rule || read_rule(rule, &m->threshold_choice, name, error);
}
