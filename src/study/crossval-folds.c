#include "study/crossval-folds.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/rng.h"
#include "data/divide.h"
#include <string.h>

/* The folds by default. */
#define USUAL_FOLDS 5

static void fold_free(gpointer data)
{
    g_free(((LeukoFold *)data)->units);
    g_free(data);
}

static LeukoFold *fold_add(GPtrArray *folds, guint repeat, guint index, guint n_units)
{
    LeukoFold *f = g_new0(LeukoFold, 1);
    *f = (LeukoFold){repeat, index, 0, g_new(guint, n_units + 1)};
    g_ptr_array_add(folds, f);
    return f;
}

/* The scored images, one behind the other. */
typedef struct {
    guint n;
    guint *unit;
    gint *label;
} Scored;

static void scored_clear(Scored *s)
{
    g_free(s->unit);
    g_free(s->label);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scored, scored_clear)

static void scored_init(Scored *s, const LeukoFoldPlan *p)
{
    s->unit = g_new(guint, p->n + 1);
    s->label = g_new(gint, p->n + 1);
    for (guint i = 0; i < p->n; i++)
        if (p->scored[i]) {
            s->unit[s->n] = p->unit[i];
            s->label[s->n++] = p->labels[i];
        }
}

guint *leuko_crossval_count_units(const LeukoFoldPlan *p)
{
    g_auto(Scored) s = {0};
    guint *count = g_new0(guint, p->n_classes + 1);
    scored_init(&s, p);
    for (guint k = 0; k < p->n_classes; k++)
        count[k] = leuko_divide_count_units(s.unit, s.label, s.n, (gint)k);
    return count;
}

/* The name of the first unit with images of class k. */
static const char *first_unit(const LeukoFoldPlan *p, guint k)
{
    for (guint i = 0; i < p->n; i++)
        if (p->labels[i] == (gint)k)
            return p->unit_names[p->unit[i]];
    return "";
}

/* Every class needs a unit that is held out and one to train on. */
static gboolean check_classes(const LeukoFoldPlan *p, const guint *n_units, GError **error)
{
    if (p->n_classes < 2)
        return leuko_fail(LEUKO_ERROR_DATA, error, "the images have %u %s; at least two are needed",
                          p->n_classes, leuko_plural(p->n_classes, "class", "classes"));
    for (guint k = 0; k < p->n_classes; k++) {
        if (n_units[k] == 0)
            return leuko_fail(LEUKO_ERROR_DATA, error, "class \"%s\" has no images", p->classes[k]);
        if (n_units[k] == 1)
            return leuko_fail(
                LEUKO_ERROR_DATA, error,
                "all images of class \"%s\" belong to one %s (%s): when it is held "
                "out, no training image of the class is left; at least two are needed",
                p->classes[k], p->has_groups ? "group" : "image", first_unit(p, k));
    }
    return TRUE;
}

/* --- k folds ---------------------------------------------------------------------------------- */

static gboolean choose_number(const LeukoFoldPlan *p, const guint *n_units, guint *n_folds,
                              GError **error)
{
    guint fewest = G_MAXUINT;
    for (guint k = 0; k < p->n_classes; k++)
        fewest = MIN(fewest, n_units[k]);
    *n_folds = p->n_folds > 0 ? p->n_folds : MIN(USUAL_FOLDS, fewest);
    if (p->n_folds == 1 || *n_folds > p->n_units)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%u %s: must be 2 to %u, the number of %s",
                          p->n_folds, LEUKO_PLURAL(p->n_folds, "fold"), p->n_units,
                          p->has_groups ? "groups (images connected by duplicates count as one)"
                                        : "different images");
    return TRUE;
}

static void divide(const LeukoFoldPlan *p, const Scored *s, guint repeat, guint n_folds,
                   GPtrArray *folds)
{
    g_autofree double *shares = g_new(double, n_folds);
    g_autofree guint *part = g_new(guint, s->n + 1), *fold_of = g_new0(guint, p->n_units + 1);
    g_autofree LeukoFold **made = g_new(LeukoFold *, n_folds);
    LeukoRng rng;
    leuko_rng_init(&rng, p->seed, "cross-validation", repeat);
    for (guint f = 0; f < n_folds; f++) {
        shares[f] = 1.0 / n_folds;
        made[f] = fold_add(folds, repeat, f, p->n_units);
    }
    leuko_divide(s->unit, s->label, s->n, p->n_classes, shares, n_folds, leuko_rng_u64(&rng), part);
    for (guint i = 0; i < s->n; i++)
        fold_of[s->unit[i]] = part[i];
    for (guint u = 0; u < p->n_units; u++)
        made[fold_of[u]]->units[made[fold_of[u]]->n_units++] = u;
    for (guint f = 0; f < n_folds; f++)
        if (made[f]->n_units == 0) /* units of very different sizes */
            g_ptr_array_remove(folds, made[f]);
}

/* --- groups and pairs ------------------------------------------------------------------------- */

static void each_group(const LeukoFoldPlan *p, GPtrArray *folds)
{
    for (guint u = 0; u < p->n_units; u++) {
        LeukoFold *f = fold_add(folds, 0, u, 1);
        f->units[f->n_units++] = u;
    }
}

static gboolean each_pair(const LeukoFoldPlan *p, GPtrArray *folds, GError **error)
{
    g_autofree gint *label = g_new(gint, p->n_units + 1);
    if (p->n_classes != 2 || p->positive < 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "pairs of a positive and a negative group need two classes; the images "
                          "have %u",
                          p->n_classes);
    for (guint u = 0; u < p->n_units; u++)
        label[u] = -1;
    for (guint i = 0; i < p->n; i++) {
        guint u = p->unit[i];
        if (label[u] >= 0 && label[u] != p->labels[i])
            return leuko_fail(LEUKO_ERROR_DATA, error,
                              "%s has images of both classes, so that no pair can be made with it; "
                              "leave one group out instead",
                              p->unit_names[u]);
        label[u] = p->labels[i];
    }
    for (guint u = 0; u < p->n_units; u++)
        for (guint v = 0; label[u] == p->positive && v < p->n_units; v++) {
            if (label[v] == p->positive)
                continue;
            LeukoFold *f = fold_add(folds, 0, folds->len, 2);
            f->units[f->n_units++] = MIN(u, v);
            f->units[f->n_units++] = MAX(u, v);
        }
    return TRUE;
}

/* --- both ------------------------------------------------------------------------------------- */

/* Every training part must have every class. */
static gboolean check_training(const LeukoFoldPlan *p, const GPtrArray *folds, GError **error)
{
    g_autofree gboolean *held = g_new(gboolean, p->n_units + 1);
    g_autofree guint *left = g_new(guint, p->n_classes + 1);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *fold = folds->pdata[f];
        memset(held, 0, p->n_units * sizeof *held);
        memset(left, 0, p->n_classes * sizeof *left);
        for (guint j = 0; j < fold->n_units; j++)
            held[fold->units[j]] = TRUE;
        for (guint i = 0; i < p->n; i++)
            left[p->labels[i]] += !held[p->unit[i]];
        for (guint k = 0; k < p->n_classes; k++)
            if (left[k] == 0)
                return leuko_fail(LEUKO_ERROR_DATA, error,
                                  "all images of class \"%s\" are in one fold (%u, repeat %u); use "
                                  "fewer folds or another seed",
                                  p->classes[k], fold->index + 1, fold->repeat + 1);
    }
    return TRUE;
}

GPtrArray *leuko_crossval_folds_make(const LeukoFoldPlan *p, guint *n_folds, GError **error)
{
    g_autoptr(GPtrArray) folds = g_ptr_array_new_with_free_func(fold_free);
    g_autofree guint *n_units = leuko_crossval_count_units(p);
    g_auto(Scored) s = {0};
    if (!check_classes(p, n_units, error))
        return NULL;
    if (p->n_repeats < 1 || (p->hold_out != LEUKO_HOLD_OUT_FOLDS && p->n_repeats > 1)) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error, "number of repeats (%u): %s", p->n_repeats,
                   p->n_repeats < 1 ? "at least one is needed"
                                    : "each group is held out in the same way every time");
        return NULL;
    }
    scored_init(&s, p);
    if (p->hold_out == LEUKO_HOLD_OUT_FOLDS) {
        if (!choose_number(p, n_units, n_folds, error))
            return NULL;
        for (guint r = 0; r < p->n_repeats; r++)
            divide(p, &s, r, *n_folds, folds);
    } else if (p->hold_out == LEUKO_HOLD_OUT_GROUP) {
        each_group(p, folds);
    } else if (!each_pair(p, folds, error)) {
        return NULL;
    }
    if (p->hold_out != LEUKO_HOLD_OUT_FOLDS)
        *n_folds = folds->len;
    return check_training(p, folds, error) ? g_steal_pointer(&folds) : NULL;
}
