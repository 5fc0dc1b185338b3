/* stats/calibration-fit.h: fits how a network's logits become probabilities, on labeled images that
 * it was not trained on.
 *
 * Temperature (Guo et al. 2017): the t that minimizes
 *       units * (mean log-loss of softmax(z / t)) + ln(t)^2 / 2,
 * units being the groups, or the images where no group is known. The second term, a normal prior
 * with standard deviation 1, matters with few groups only: images that the network separates
 * without an error would have t = 0, probabilities of exactly 0 and 1.
 *
 * Map (two classes): isotonic regression of the labels on m (stats/calibration.h), after the
 * temperature. Each block of images with one fitted share becomes a knot at its mean m (centered
 * isotonic regression, Oron and Flournoy 2017), so that the map rises strictly and keeps the order
 * of images; a share is kept 1 / (n + 2) away from 0 and 1. The map is used if there are at least
 * LEUKO_ISOTONIC_MIN_GROUPS groups, LEUKO_MIN_GROUPS of each class (or, where no group is known,
 * LEUKO_ISOTONIC_MIN_IMAGES images, a quarter of them of each class), and if its log-loss, in
 * cross-validation over the groups, is smaller than that of the temperature alone by more than one
 * standard error. With fewer groups the standard error says nothing. More than two classes keep the
 * temperature alone: maps of one class against the rest, renormalized, change decisions.
 * tests/unit/test-calibration-fit.c measures how often it is used and what it gains.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/calibration.h"

G_BEGIN_DECLS

#define LEUKO_ISOTONIC_MIN_GROUPS 20
#define LEUKO_ISOTONIC_MIN_IMAGES 400
#define LEUKO_ISOTONIC_FOLDS      5
#define LEUKO_TEMPERATURE_MIN     0.01
#define LEUKO_TEMPERATURE_MAX     100.0

typedef struct {
    guint n, n_classes;
    const float *logits; /* (n, K), finite */
    const gint *labels;  /* (n), 0..K-1 */
    const guint *unit;   /* (n) group of each image, 0..n_units-1; NULL: no group is known */
    guint n_units;
    gint positive;         /* index of the positive class, or -1 */
    const char *fitted_on; /* LEUKO_FITTED_... */
} LeukoCalibrationInput;

/* The temperature, LEUKO_TEMPERATURE_MIN to _MAX, to about 1e-12. n >= 1.
 * *loss  mean log-loss with it; may be NULL */
double leuko_temperature_fit(const LeukoCalibrationInput *input, double *loss);

/* Fit the temperature, try isotonic regression, and choose. The same input gives the same result on
 * every machine. */
LeukoProbabilityMap leuko_calibration_fit(const LeukoCalibrationInput *input, double *temperature);

G_END_DECLS
