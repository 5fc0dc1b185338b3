/* Calibrated probabilities, and the members of a model that describe its decisions. */
#include "formats/model-json.h"
#include "leuko/error.h"
#include "stats/calibration.h"
#include "stats/decide.h"
#include <math.h>
#include <string.h>

static LeukoProbabilityMap three_knots(void)
{
    LeukoProbabilityMap map = leuko_probability_map_none();
    map.n_knots = 3;
    memcpy(map.x, (double[]){-2, 0, 1}, 3 * sizeof(double));
    memcpy(map.y, (double[]){-1, 0.5, 4}, 3 * sizeof(double));
    map.fitted_on = LEUKO_FITTED_VALIDATION;
    map.isotonic = LEUKO_ISOTONIC_USED;
    map.n_images = 300;
    map.n_groups = 24;
    return map;
}

/* The map is linear between knots and has slope 1 outside them. */
static void test_map(void)
{
    const LeukoProbabilityMap map = three_knots();
    const double at[][2] = {{-5, -4}, {-2, -1}, {-1, -0.25}, {0, 0.5}, {0.5, 2.25}, {1, 4}, {3, 6}};
    for (guint i = 0; i < G_N_ELEMENTS(at); i++)
        g_assert_cmpfloat_with_epsilon(leuko_probability_map_at(&map, at[i][0]), at[i][1], 1e-15);
    const LeukoProbabilityMap none = leuko_probability_map_none();
    g_assert_cmpfloat(leuko_probability_map_at(&none, 1.25), ==, 1.25);
}

/* Temperature, then the map of the positive class's log-odds; both classes sum to 1. */
static void test_probabilities(void)
{
    const LeukoProbabilityMap map = three_knots(), none = leuko_probability_map_none();
    const float logits[] = {3, 1, -2};
    double p[3], q[3];
    g_assert_true(leuko_probabilities(&map, 2, 1, logits, 2, p)); /* m = -1 */
    g_assert_cmpfloat_with_epsilon(p[1], 1 / (1 + exp(0.25)), 1e-15);
    g_assert_cmpfloat_with_epsilon(p[0] + p[1], 1, 1e-15);
    g_assert_true(leuko_probabilities(&map, 2, 0, logits, 2, p)); /* m = 1 */
    g_assert_cmpfloat_with_epsilon(p[0], 1 / (1 + exp(-4)), 1e-15);
    g_assert_true(leuko_probabilities(&none, 2, 1, logits, 3, p));
    g_assert_true(leuko_soften(logits, 3, 2, q));
    for (guint k = 0; k < 3; k++)
        g_assert_cmpfloat(p[k], ==, q[k]);
}

/* A logit that is not finite gives no probability, with a map and without one. */
static void test_not_finite(void)
{
    const LeukoProbabilityMap map = three_knots(), none = leuko_probability_map_none();
    const float bad[][2] = {{NAN, 1}, {1, NAN}, {INFINITY, 0}, {0, -INFINITY}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        double p[2];
        g_assert_false(leuko_probabilities(&map, 1, 1, bad[i], 2, p));
        g_assert_true(isnan(p[0]) && isnan(p[1]));
        g_assert_false(leuko_probabilities(&none, 1, 1, bad[i], 2, p));
        g_assert_true(isnan(p[0]) && isnan(p[1]));
    }
}

static json_t *description(void)
{
    LeukoNetSpec spec = {
        .side_px = 91, .depth_multiplier = 0.25, .endpoint = "Mixed_5c", .n_classes = 2};
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->classes = g_strsplit("hem all", " ", -1);
    m->positive = 1;
    m->calibration = three_knots();
    m->calibration.cv_temperature = 0.3;
    m->calibration.cv_isotonic = 0.25;
    m->calibration.cv_se = 0.01;
    m->threshold = 0.4;
    m->threshold_choice = (LeukoThresholdChoice){.rule = {LEUKO_THRESHOLD_COST, NAN, 10, 0.1},
                                                 .low = 0.3,
                                                 .high = 0.5,
                                                 .n_positive = 12,
                                                 .n_negative = 13,
                                                 .n_groups = 4,
                                                 .sensitivity_bound = NAN};
    return leuko_model_to_json(m);
}

/* The map, how it was fitted and how the threshold was chosen come back; with a map the format is
 * one that earlier versions refuse. */
static void test_round_trip(void)
{
    g_autoptr(json_t) json = description();
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(json_integer_value(json_object_get(json, "format")), ==, 2);
    g_autoptr(LeukoModel) m = leuko_model_from_json(json, "m", &error);
    g_assert_no_error(error);
    const LeukoProbabilityMap want = three_knots();
    g_assert_cmpuint(m->calibration.n_knots, ==, 3);
    for (guint i = 0; i < 3; i++)
        g_assert_true(m->calibration.x[i] == want.x[i] && m->calibration.y[i] == want.y[i]);
    g_assert_cmpstr(m->calibration.fitted_on, ==, LEUKO_FITTED_VALIDATION);
    g_assert_true(m->calibration.isotonic == LEUKO_ISOTONIC_USED && m->calibration.n_groups == 24 &&
                  m->calibration.n_images == 300 && m->calibration.cv_isotonic == 0.25 &&
                  isnan(m->calibration.loss_after));
    const LeukoThresholdChoice *c = &m->threshold_choice;
    g_assert_true(c->rule.kind == LEUKO_THRESHOLD_COST && c->rule.miss_cost == 10 &&
                  c->rule.prevalence == 0.1 && isnan(c->rule.target) && c->low == 0.3 &&
                  c->high == 0.5 && c->n_positive == 12 && c->n_negative == 13 && c->n_groups == 4);
}

/* A description without the members is that of an earlier version: no map, format 1. */
static void test_absent(void)
{
    g_autoptr(json_t) json = description();
    json_object_del(json, "calibration");
    json_object_del(json, "threshold_rule");
    g_autoptr(LeukoModel) m = leuko_model_from_json(json, "m", NULL);
    g_assert_true(m->calibration.n_knots == 0 && !m->calibration.fitted_on &&
                  m->threshold_choice.rule.kind == LEUKO_THRESHOLD_NONE);
    g_autoptr(json_t) again = leuko_model_to_json(m);
    g_assert_cmpint(json_integer_value(json_object_get(again, "format")), ==, 1);
    g_assert_null(json_object_get(again, "calibration"));
}

/* Members that are wrong are named. */
static void test_refusals(void)
{
    const struct {
        const char *member, *key, *value, *message;
    } bad[] = {
        {"calibration", "knots", "[[0, 0], [0, 1]]", "m: \"calibration\": the knots do not rise"},
        {"calibration", "knots", "[[0, 0], [1, -1]]", "m: \"calibration\": the knots do not rise"},
        {"calibration", "knots", "[[0, 1e300]]", "m: \"calibration\": a knot is out of range"},
        {"calibration", "knots", "[[0]]", "m: \"calibration\": a knot must be two numbers"},
        {"calibration", "knots", "[[0, \"a\"]]", "m: \"calibration\": a knot must be two numbers"},
        {"calibration", "knots", "7", "m: \"calibration\": \"knots\" must be a list of at most 64"},
        {"calibration", "isotonic", "\"?\"",
         "m: \"calibration\": \"isotonic\" has an unknown value"},
        {"calibration", "images", "-1",
         "m: \"images\" must be a whole number from 0 to 2147483647"},
        {"threshold_rule", "kind", "\"?\"", "m: \"threshold_rule\": \"kind\" has an unknown value"},
        {"threshold_rule", "low", "0.6", "m: \"threshold_rule\": \"low\" is larger than \"high\""},
        {"threshold_rule", "target", "1.5", "m: \"target\" must be a number from 0 to 1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(json_t) json = description();
        g_autoptr(GError) error = NULL;
        json_object_set_new(json_object_get(json, bad[i].member), bad[i].key,
                            json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
        g_assert_null(leuko_model_from_json(json, "m", &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
    g_autoptr(json_t) json = description();
    g_autoptr(GError) error = NULL;
    json_object_set_new(json, "positive", json_null());
    g_assert_null(leuko_model_from_json(json, "m", &error));
    g_assert_cmpstr(error->message, ==,
                    "m: \"calibration\": a map needs two classes, one of them positive");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calibration/map", test_map);
    g_test_add_func("/calibration/probabilities", test_probabilities);
    g_test_add_func("/calibration/not-finite", test_not_finite);
    g_test_add_func("/calibration/round-trip", test_round_trip);
    g_test_add_func("/calibration/absent", test_absent);
    g_test_add_func("/calibration/refusals", test_refusals);
    return g_test_run();
}
