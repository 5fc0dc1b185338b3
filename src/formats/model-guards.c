#include "formats/model-guards.h"
#include "base/error.h"
#include "formats/numbers.h"
#include <math.h>
#include <string.h>

static const double MOST = 1e9; /* of a score, a variance or a feature */

/* --- referral --------------------------------------------------------------------------------- */

static json_t *referral_to_json(const LeukoReferral *r)
{
    json_t *classes = json_array();
    for (guint k = 0; k < r->n_classes; k++) {
        const LeukoReferralClass *c = &r->classes[k];
        json_array_append_new(classes, json_pack("{s:s, s:f, s:i, s:i}", "promise",
                                                 leuko_promise_name(c->promise), "limit", c->limit,
                                                 "images", (int)c->n, "units", (int)c->n_units));
    }
    return json_pack("{s:f, s:s, s:f, s:b, s:o}", "miss_bound", r->miss_bound, "of",
                     r->of_all ? "all" : "answered", "confidence", r->confidence, "by_groups",
                     r->by_groups, "classes", classes);
}

static gboolean get_count(json_t *json, const char *key, guint *out, const char *name,
                          GError **error)
{
    gint64 n = 0;
    gboolean ok = leuko_json_get_int(json, key, 0, G_MAXINT32, &n, name, error);
    *out = (guint)n;
    return ok;
}

static gboolean read_class(json_t *json, LeukoReferralClass *c, const char *name, GError **error)
{
    const char *promise;
    if (!json_is_object(json))
        return leuko_fail_format(name, error, "a class must be an object");
    if (!leuko_json_get_string(json, "promise", &promise, name, error) ||
        !leuko_json_get_real(json, "limit", -LEUKO_ODDS_MAX, LEUKO_ODDS_MAX, &c->limit, name,
                             error) ||
        !get_count(json, "images", &c->n, name, error) ||
        !get_count(json, "units", &c->n_units, name, error))
        return FALSE;
    return leuko_promise_parse(promise, &c->promise) ||
           leuko_fail_format(name, error, "\"promise\" has an unknown value");
}

static gboolean read_referral(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    json_t *classes = json_object_get(json, "classes");
    g_autoptr(LeukoReferral) r = leuko_referral_new(m->spec.n_classes);
    if (!json_is_object(json))
        return leuko_fail_format(name, error, "must be an object");
    if (!leuko_json_get_real(json, "miss_bound", 1e-6, 1 - 1e-6, &r->miss_bound, name, error) ||
        !leuko_json_get_real(json, "confidence", 1e-6, 1 - 1e-6, &r->confidence, name, error) ||
        !leuko_json_get_bool(json, "by_groups", &r->by_groups, name, error))
        return FALSE;
    const char *of = "all";
    if (json_object_get(json, "of") && !leuko_json_get_string(json, "of", &of, name, error))
        return FALSE;
    r->of_all = strcmp(of, "all") == 0;
    if (!r->of_all && strcmp(of, "answered") != 0)
        return leuko_fail_format(name, error, "\"of\" has an unknown value");
    if (json_array_size(classes) != r->n_classes)
        return leuko_fail_format(name, error, "\"classes\" must be a list of %u", r->n_classes);
    for (guint k = 0; k < r->n_classes; k++)
        if (!read_class(json_array_get(classes, k), &r->classes[k], name, error))
            return FALSE;
    m->referral = g_steal_pointer(&r);
    return TRUE;
}

/* --- typical ---------------------------------------------------------------------------------- */

/* Means, axes and precisions. */
static gsize n_numbers(const LeukoTypical *t)
{
    return (gsize)(t->n_classes + t->n_axes) * t->n_features + t->n_axes + 1;
}

static gchar *encode(const LeukoTypical *t)
{
    gsize n_means = (gsize)t->n_classes * t->n_features, n_axes = (gsize)t->n_axes * t->n_features;
    g_autofree float *all = g_new(float, n_numbers(t));
    memcpy(all, t->means, n_means * sizeof(float));
    memcpy(all + n_means, t->axes, n_axes * sizeof(float));
    memcpy(all + n_means + n_axes, t->precisions, (t->n_axes + 1) * sizeof(float));
    return g_base64_encode((const guchar *)all, n_numbers(t) * sizeof(float));
}

static json_t *typical_to_json(const LeukoTypical *t)
{
    const LeukoTypicalReference *r = &t->reference;
    g_autofree gchar *numbers = encode(t);
    return json_pack("{s:o, s:i, s:i, s:i, s:f, s:f, s:f, s:s}", "limit",
                     leuko_json_real_or_null(t->limit), "axes", (int)t->n_axes, "images",
                     (int)r->n_images, "groups", (int)r->n_groups, "mean", r->mean, "between",
                     r->between, "within", r->within, "numbers", numbers);
}

static gboolean decode(LeukoTypical *t, const char *text, const char *name, GError **error)
{
    gsize n = n_numbers(t), n_bytes = 0, n_means = (gsize)t->n_classes * t->n_features,
          n_axes = (gsize)t->n_axes * t->n_features;
    if (strlen(text) != (n * sizeof(float) + 2) / 3 * 4)
        return leuko_fail_format(name, error, "\"numbers\" must be base64 of %zu numbers", n);
    g_autofree guchar *bytes = g_base64_decode(text, &n_bytes);
    if (n_bytes != n * sizeof(float) || !leuko_floats_are_finite(bytes, n))
        return leuko_fail_format(name, error, "\"numbers\" must be base64 of %zu finite numbers",
                                 n);
    t->means = g_memdup2(bytes, n_means * sizeof(float));
    t->axes = g_memdup2(bytes + n_means * sizeof(float), MAX(n_axes, 1) * sizeof(float));
    t->precisions =
        g_memdup2(bytes + (n_means + n_axes) * sizeof(float), (t->n_axes + 1) * sizeof(float));
    for (guint a = 0; a <= t->n_axes; a++)
        if (!(t->precisions[a] > 0))
            return leuko_fail_format(name, error, "\"numbers\": a precision is not positive");
    return TRUE;
}

/* The features of the network, 0 on error. */
static guint count_features(const LeukoModel *m, GError **error)
{
    g_autoptr(LeukoNet) net = leuko_net_new(&m->spec, error);
    return net ? leuko_net_feature_channels(net) : 0;
}

static gboolean read_typical(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    const char *numbers;
    g_autoptr(LeukoTypical) t = g_new0(LeukoTypical, 1);
    LeukoTypicalReference *r = &t->reference;
    if (!json_is_object(json))
        return leuko_fail_format(name, error, "must be an object");
    t->limit = NAN;
    t->n_classes = m->spec.n_classes;
    t->n_features = count_features(m, error);
    if (t->n_features == 0 ||
        (!json_is_null(json_object_get(json, "limit")) &&
         !leuko_json_get_real(json, "limit", -MOST, MOST, &t->limit, name, error)) ||
        !get_count(json, "axes", &t->n_axes, name, error) ||
        !get_count(json, "images", &r->n_images, name, error) ||
        !get_count(json, "groups", &r->n_groups, name, error) ||
        !leuko_json_get_real(json, "mean", -MOST, MOST, &r->mean, name, error) ||
        !leuko_json_get_real(json, "between", 0, MOST, &r->between, name, error) ||
        !leuko_json_get_real(json, "within", 0, MOST, &r->within, name, error) ||
        !leuko_json_get_string(json, "numbers", &numbers, name, error))
        return FALSE;
    if (t->n_axes > LEUKO_TYPICAL_AXES || t->n_classes > LEUKO_TYPICAL_MAX_CLASSES)
        return leuko_fail_format(name, error, "axes: %u, classes: %u; at most %d and %d", t->n_axes,
                                 t->n_classes, LEUKO_TYPICAL_AXES, LEUKO_TYPICAL_MAX_CLASSES);
    if (!decode(t, numbers, name, error))
        return FALSE;
    m->typical = g_steal_pointer(&t);
    return TRUE;
}

/* --- both ------------------------------------------------------------------------------------- */

void leuko_model_guards_to_json(const LeukoModel *m, json_t *json)
{
    if (m->referral)
        json_object_set_new(json, "referral", referral_to_json(m->referral));
    if (m->typical)
        json_object_set_new(json, "typical", typical_to_json(m->typical));
}

gboolean leuko_model_guards_from_json(json_t *json, LeukoModel *m, const char *name, GError **error)
{
    json_t *referral = json_object_get(json, "referral"),
           *typical = json_object_get(json, "typical");
    g_autofree gchar *inside = g_strdup_printf("%s: \"referral\"", name),
                     *other = g_strdup_printf("%s: \"typical\"", name);
    return (!referral || read_referral(referral, m, inside, error)) &&
           (!typical || read_typical(typical, m, other, error));
}
