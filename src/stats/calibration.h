/* stats/calibration.h: from a network's logits to calibrated probabilities.
 *
 * Every command and the trainers call leuko_probabilities(), so that they give one probability.
 *   1. The logits are divided by a temperature (Guo et al. 2017).
 *   2. With two classes, a map may follow: piecewise linear and strictly rising, from the
 *      difference m = z(positive) - z(other) of these logits to the log-odds of the positive class.
 *      Outside the knots its slope is 1. A rising map keeps the order of images and the AUC.
 *   3. The softmax.
 * stats/calibration-fit.h fits both. Pure functions: any number of threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_MAP_MAX_KNOTS 64
#define LEUKO_MAP_MAX_LOGIT 100.0 /* the largest |x| and |y| of a knot */
/* A knot lies at least so far above the one before it, in x and in y. */
#define LEUKO_MAP_MIN_STEP 1e-6

/* What was done about isotonic regression. */
typedef enum {
    LEUKO_ISOTONIC_NOT_TRIED,  /* an earlier version's model, or one without validation */
    LEUKO_ISOTONIC_USED,       /* its cross-validated log-loss is smaller */
    LEUKO_ISOTONIC_NOT_BETTER, /* it was cross-validated and does not help */
    LEUKO_ISOTONIC_TOO_FEW,    /* too few groups or images: LEUKO_ISOTONIC_MIN_... */
    LEUKO_ISOTONIC_CLASSES,    /* more than two classes, or none of them positive */
} LeukoIsotonic;

/* The calibration of a model besides its temperature. */
typedef struct {
    guint n_knots;                                         /* 0: no map */
    double x[LEUKO_MAP_MAX_KNOTS], y[LEUKO_MAP_MAX_KNOTS]; /* rising */
    const char *fitted_on;          /* LEUKO_FITTED_...; NULL: the model was not calibrated */
    guint n_images, n_groups;       /* it was fitted on; n_groups 0: unknown */
    double loss_before, loss_after; /* log-loss of these images: as they came, calibrated */
    LeukoIsotonic isotonic;
    /* Cross-validated log-loss with the temperature alone, with the map as well, and the standard
     * error of the difference; NAN unless isotonic regression was cross-validated. */
    double cv_temperature, cv_isotonic, cv_se;
} LeukoProbabilityMap;

#define LEUKO_FITTED_VALIDATION "validation"
#define LEUKO_FITTED_FOLDS      "held-out folds"

/* Nothing was fitted: no map. */
LeukoProbabilityMap leuko_probability_map_none(void);

/* The map at a finite m; m if there is no map. */
double leuko_probability_map_at(const LeukoProbabilityMap *calibration, double m);

/* probabilities (K) of the classes from logits (K); computed in double, so they sum to 1.
 * positive  index of the positive class, or -1: the map is not applied
 * FALSE: a logit is not finite; all probabilities are then NAN. */
gboolean leuko_probabilities(const LeukoProbabilityMap *calibration, double temperature,
                             gint positive, const float *logits, guint n_classes,
                             double *probabilities);

/* The map as two dense layers with a ReLU between them, for files of other programs:
 * logits = relu(tempered @ first + first_bias) @ second + second_bias, whose softmax is that of
 * leuko_probabilities().
 * first   (2, LEUKO_MAP_HIDDEN(n)), first_bias (LEUKO_MAP_HIDDEN(n)); n = map->n_knots >= 1
 * second  (LEUKO_MAP_HIDDEN(n), 2), second_bias (2) */
#define LEUKO_MAP_HIDDEN(n_knots) ((n_knots) + 2)
void leuko_probability_map_layers(const LeukoProbabilityMap *map, guint positive, float *first,
                                  float *first_bias, float *second, float *second_bias);

/* What is wrong with the knots of a map, or NULL; static. */
const char *leuko_probability_map_check(const LeukoProbabilityMap *calibration);

/* The names in files: "not tried", "used", "not better", "too few groups", "classes". */
const char *leuko_isotonic_name(LeukoIsotonic isotonic);
/* FALSE: no such name. */
gboolean leuko_isotonic_parse(const char *name, LeukoIsotonic *out);

G_END_DECLS
