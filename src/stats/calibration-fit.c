#include "stats/calibration-fit.h"
#include "base/rng.h"
#include "stats/decide.h"
#include "stats/isotonic.h"
#include "stats/metric-types.h"
#include "stats/statistic.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const guint64 FOLD_SEED = 50;

static guint n_units_of(const LeukoCalibrationInput *in) { return in->unit ? in->n_units : in->n; }

static guint unit_of(const LeukoCalibrationInput *in, guint i)
{
    return in->unit ? in->unit[i] : i;
}

/* Which images: those of the fold (`inside`), or all others. fold NULL: all. */
typedef struct {
    const guint *fold; /* of each unit */
    guint index;
    gboolean inside;
} Choice;

static const Choice ALL = {NULL, 0, FALSE};

static gboolean chosen(const LeukoCalibrationInput *in, const Choice *c, guint i)
{
    return !c->fold || (c->fold[unit_of(in, i)] == c->index) == c->inside;
}

/* --- temperature ------------------------------------------------------------------------------ */

typedef struct {
    double loss, slope; /* mean log-loss of the chosen images; its derivative by u = -ln(t) */
} Loss;

static Loss log_loss(const LeukoCalibrationInput *in, const Choice *choice, double u)
{
    guint n_classes = in->n_classes, n = 0;
    double factor = exp(u), loss = 0, slope = 0;
    g_autofree double *z = g_new(double, n_classes);
    for (guint i = 0; i < in->n; i++) {
        if (!chosen(in, choice, i))
            continue;
        const float *row = in->logits + (gsize)i * n_classes;
        for (guint k = 0; k < n_classes; k++)
            z[k] = factor * (double)row[k];
        double at_label = z[in->labels[i]];
        loss += leuko_softmax(z, n_classes) - at_label;
        for (guint k = 0; k < n_classes; k++)
            slope += z[k] * factor * (double)row[k];
        slope -= at_label;
        n++;
    }
    return (Loss){loss / n, slope / n};
}

static guint count_units(const LeukoCalibrationInput *in, const Choice *choice)
{
    guint all = n_units_of(in), n = 0;
    for (guint u = 0; choice->fold && u < all; u++)
        n += (choice->fold[u] == choice->index) == choice->inside;
    return choice->fold ? n : all;
}

/* The derivative by u of what leuko_temperature_fit() minimizes, and its value. */
static double objective(const LeukoCalibrationInput *in, const Choice *choice, guint n_units,
                        double u, double *value)
{
    Loss l = log_loss(in, choice, u);
    *value = n_units * l.loss + u * u / 2;
    return n_units * l.slope + u;
}

/* The minimum lies between grid points at which the derivative changes its sign: with few units
 * there may be several such places, so that the best point of a grid comes first. */
static double fit_temperature(const LeukoCalibrationInput *in, const Choice *choice)
{
    enum { STEPS = 40, HALVINGS = 60 };
    const double first = -log(LEUKO_TEMPERATURE_MAX), last = -log(LEUKO_TEMPERATURE_MIN);
    const double step = (last - first) / STEPS;
    guint n_units = count_units(in, choice), best = 0;
    double least = INFINITY, value;
    for (guint i = 0; i <= STEPS; i++) {
        objective(in, choice, n_units, first + i * step, &value);
        if (value < least) {
            least = value;
            best = i;
        }
    }
    double low = first + (best > 0 ? best - 1 : 0) * step;
    double high = first + MIN(best + 1, (guint)STEPS) * step;
    for (guint i = 0; i < HALVINGS && high - low > 1e-14; i++) {
        double middle = low + (high - low) / 2;
        if (objective(in, choice, n_units, middle, &value) < 0)
            low = middle;
        else
            high = middle;
    }
    return exp(-(low + (high - low) / 2));
}

double leuko_temperature_fit(const LeukoCalibrationInput *in, double *loss)
{
    double t = fit_temperature(in, &ALL);
    if (loss)
        *loss = log_loss(in, &ALL, -log(t)).loss;
    return t;
}

/* --- map -------------------------------------------------------------------------------------- */

typedef struct {
    double m;
    gboolean positive;
} Point;

static int by_margin(const void *a, const void *b)
{
    double x = ((const Point *)a)->m, y = ((const Point *)b)->m;
    return (x > y) - (x < y);
}

static double margin(const LeukoCalibrationInput *in, guint i, double temperature)
{
    const float *z = in->logits + 2 * (gsize)i;
    return ((double)z[in->positive] - (double)z[1 - in->positive]) / temperature;
}

/* The chosen images by rising m; g_free. */
static Point *sorted_points(const LeukoCalibrationInput *in, const Choice *choice,
                            double temperature, guint *n)
{
    Point *p = g_new(Point, in->n);
    *n = 0;
    for (guint i = 0; i < in->n; i++)
        if (chosen(in, choice, i))
            p[(*n)++] = (Point){margin(in, i, temperature), in->labels[i] == in->positive};
    qsort(p, *n, sizeof *p, by_margin);
    return p;
}

/* Blocks of the isotonic fit. */
typedef struct {
    double sum_m, n, share;
} Block;

/* Images with equal m count as one value. */
static GArray *fit_blocks(const Point *p, guint n)
{
    g_autofree double *share = g_new0(double, MAX(n, 1)), *weight = g_new0(double, MAX(n, 1)),
                      *at = g_new0(double, MAX(n, 1));
    guint n_values = 0;
    for (guint i = 0; i < n; i++) {
        if (i == 0 || p[i].m > p[i - 1].m)
            at[n_values++] = p[i].m;
        weight[n_values - 1]++;
        share[n_values - 1] += p[i].positive;
    }
    for (guint i = 0; i < n_values; i++)
        share[i] /= weight[i];
    leuko_isotonic_fit(share, weight, n_values);
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(Block));
    for (guint i = 0; i < n_values; i++) {
        Block *last = blocks->len ? &g_array_index(blocks, Block, blocks->len - 1) : NULL;
        if (last && last->share >= share[i]) {
            last->sum_m += weight[i] * at[i];
            last->n += weight[i];
        } else {
            const Block next = {weight[i] * at[i], weight[i], share[i]};
            g_array_append_val(blocks, next);
        }
    }
    return blocks;
}

/* Merge blocks whose mean m lie closer than `least`. */
static void merge_blocks(GArray *blocks, double least)
{
    guint n = 0;
    Block *b = (Block *)(void *)blocks->data;
    for (guint i = 0; i < blocks->len; i++) {
        Block *last = n > 0 ? &b[n - 1] : NULL;
        if (last && b[i].sum_m / b[i].n - last->sum_m / last->n < least) {
            last->share = (last->share * last->n + b[i].share * b[i].n) / (last->n + b[i].n);
            last->sum_m += b[i].sum_m;
            last->n += b[i].n;
        } else {
            b[n++] = b[i];
        }
    }
    g_array_set_size(blocks, n);
}

static double logit(double p) { return log(p / (1 - p)); }

static void fit_map(const LeukoCalibrationInput *in, const Choice *choice, double temperature,
                    LeukoProbabilityMap *map)
{
    guint n;
    g_autofree Point *points = sorted_points(in, choice, temperature, &n);
    g_autoptr(GArray) blocks = fit_blocks(points, n);
    for (double least = 0.05; least < 0.06 || blocks->len > LEUKO_MAP_MAX_KNOTS; least *= 2)
        merge_blocks(blocks, least);
    double end = 1 / (n + 2.0);
    map->n_knots = 0;
    for (guint i = 0; i < blocks->len; i++) {
        const Block *b = &g_array_index(blocks, Block, i);
        double x = CLAMP(b->sum_m / b->n, -LEUKO_MAP_MAX_LOGIT, LEUKO_MAP_MAX_LOGIT);
        double y = logit(CLAMP(b->share, end, 1 - end));
        guint last = map->n_knots - 1;
        if (map->n_knots > 0 &&
            (x - map->x[last] < LEUKO_MAP_MIN_STEP || y - map->y[last] < LEUKO_MAP_MIN_STEP))
            continue;
        map->x[map->n_knots] = x;
        map->y[map->n_knots++] = y;
    }
}

/* --- cross-validation ------------------------------------------------------------------------- */

/* The fold of each unit: whole units, those with a positive image dealt apart. g_free. */
static guint *deal_folds(const LeukoCalibrationInput *in)
{
    guint n_units = n_units_of(in), next = 0;
    guint *fold = g_new(guint, n_units);
    g_autofree guint *order = g_new(guint, n_units);
    g_autofree gboolean *positive = g_new0(gboolean, n_units);
    LeukoRng rng;
    for (guint i = 0; i < in->n; i++)
        positive[unit_of(in, i)] |= in->labels[i] == in->positive;
    for (guint u = 0; u < n_units; u++)
        order[u] = u;
    leuko_rng_init(&rng, FOLD_SEED, "calibration", 0);
    leuko_rng_shuffle(&rng, order, n_units);
    for (guint pass = 0; pass < 2; pass++)
        for (guint j = 0; j < n_units; j++)
            if (positive[order[j]] == (pass == 1))
                fold[order[j]] = next++ % LEUKO_ISOTONIC_FOLDS;
    return fold;
}

static double loss_of(const LeukoCalibrationInput *in, guint i, double temperature,
                      const LeukoProbabilityMap *map)
{
    double p[2];
    leuko_probabilities(map, temperature, in->positive, in->logits + 2 * (gsize)i, 2, p);
    return leuko_log_loss(p[in->labels[i]]);
}

/* Set the three cross-validated figures. */
static void cross_validate(const LeukoCalibrationInput *in, LeukoProbabilityMap *out)
{
    guint n_units = n_units_of(in);
    const LeukoProbabilityMap none = leuko_probability_map_none();
    g_autofree guint *fold = deal_folds(in), *size = g_new0(guint, n_units);
    g_autofree double *gain = g_new0(double, n_units);
    double with = 0, without = 0, squares = 0;
    for (guint f = 0; f < LEUKO_ISOTONIC_FOLDS; f++) {
        const Choice rest = {fold, f, FALSE}, held = {fold, f, TRUE};
        LeukoProbabilityMap map = none;
        double t = fit_temperature(in, &rest);
        fit_map(in, &rest, t, &map);
        for (guint i = 0; i < in->n; i++) {
            if (!chosen(in, &held, i))
                continue;
            double a = loss_of(in, i, t, &none), b = loss_of(in, i, t, &map);
            without += a;
            with += b;
            gain[unit_of(in, i)] += a - b;
            size[unit_of(in, i)]++;
        }
    }
    double mean = (without - with) / in->n;
    for (guint u = 0; u < n_units; u++)
        squares += pow(gain[u] - mean * size[u], 2);
    out->cv_temperature = without / in->n;
    out->cv_isotonic = with / in->n;
    out->cv_se = sqrt(squares * n_units / (n_units - 1.0)) / in->n;
}

/* Enough groups, or images where no group is known. */
static gboolean is_enough(const LeukoCalibrationInput *in)
{
    guint n_units = n_units_of(in), with[2] = {0, 0};
    g_autofree guint8 *seen = g_new0(guint8, n_units);
    for (guint i = 0; i < in->n; i++)
        seen[unit_of(in, i)] |= in->labels[i] == in->positive ? 2 : 1;
    for (guint u = 0; u < n_units; u++) {
        with[0] += (seen[u] & 1) != 0;
        with[1] += (seen[u] & 2) != 0;
    }
    guint all = in->unit ? LEUKO_ISOTONIC_MIN_GROUPS : LEUKO_ISOTONIC_MIN_IMAGES;
    guint each = in->unit ? LEUKO_MIN_GROUPS : LEUKO_ISOTONIC_MIN_IMAGES / 4;
    return n_units >= all && MIN(with[0], with[1]) >= each;
}

LeukoProbabilityMap leuko_calibration_fit(const LeukoCalibrationInput *in, double *temperature)
{
    LeukoProbabilityMap map = leuko_probability_map_none();
    *temperature = leuko_temperature_fit(in, &map.loss_after);
    map.fitted_on = in->fitted_on;
    map.n_images = in->n;
    map.n_groups = in->unit ? in->n_units : 0;
    map.loss_before = log_loss(in, &ALL, 0).loss;
    map.isotonic = in->n_classes != 2 || in->positive < 0 ? LEUKO_ISOTONIC_CLASSES
                   : !is_enough(in)                       ? LEUKO_ISOTONIC_TOO_FEW
                                                          : LEUKO_ISOTONIC_NOT_BETTER;
    if (map.isotonic != LEUKO_ISOTONIC_NOT_BETTER)
        return map;
    cross_validate(in, &map);
    if (!(map.cv_temperature - map.cv_isotonic > map.cv_se))
        return map;
    map.isotonic = LEUKO_ISOTONIC_USED;
    fit_map(in, &ALL, *temperature, &map);
    map.loss_after = 0;
    for (guint i = 0; i < in->n; i++)
        map.loss_after += loss_of(in, i, *temperature, &map) / in->n;
    return map;
}
