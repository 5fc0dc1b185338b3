#include "train/trainer-batches.h"
#include "base/rng.h"
#include <math.h>
#include <string.h>

void leuko_trainer_order_clear(LeukoEpochOrder *order)
{
    g_clear_pointer(&order->indices, g_free);
    g_clear_pointer(&order->occurrence, g_free);
}

/* Fill indices (n) with the same number of records of every class. Each class is shuffled again
 * after all its records are used. */
static void fill_balanced(const LeukoTrainer *t, guint64 epoch, guint *indices, gsize n)
{
    gsize at = 0;
    for (guint k = 0; k < t->n_classes; k++) {
        g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(guint));
        for (guint i = 0; i < leuko_dataset_n_records(t->training); i++)
            if (leuko_dataset_record(t->training, i)->label == (gint)k)
                g_array_append_val(own, i);
        gsize share = n / t->n_classes + (k < n % t->n_classes ? 1 : 0);
        LeukoRng rng;
        leuko_rng_init(&rng, t->options->seed, "class order", epoch << 32 | k);
        for (gsize taken = 0; taken < share; taken++) {
            if (taken % own->len == 0)
                leuko_rng_shuffle(&rng, (guint *)(gpointer)own->data, own->len);
            indices[at++] = g_array_index(own, guint, taken % own->len);
        }
    }
}

LeukoEpochOrder leuko_trainer_order(const LeukoTrainer *t, guint64 epoch)
{
    gsize n_records = leuko_dataset_n_records(t->training), n = t->steps_per_epoch * t->batch;
    gboolean balanced = t->options->recipe.balance == LEUKO_BALANCE_SAMPLING;
    LeukoEpochOrder order = {g_new(guint, MAX(n_records, n)), g_new(guint, n), n};
    LeukoRng rng;
    leuko_rng_init(&rng, t->options->seed, "order", epoch);
    for (gsize i = 0; i < n_records; i++)
        order.indices[i] = (guint)i;
    if (balanced)
        fill_balanced(t, epoch, order.indices, n);
    leuko_rng_shuffle(&rng, order.indices, balanced ? n : n_records);
    g_autofree guint *count = g_new0(guint, n_records);
    for (gsize i = 0; i < n; i++)
        order.occurrence[i] = count[order.indices[i]]++;
    return order;
}

static LeukoImage *apply_jitter(LeukoImage *image, const LeukoRecord *record, gsize position,
                                gpointer user_data, GError **error)
{
    const LeukoEpochImages *p = user_data;
    const LeukoTrainer *t = p->trainer;
    g_autoptr(LeukoImage) from = image;
    LeukoJitterDraw draw;
    guint64 epoch = p->epoch | (guint64)p->order->occurrence[p->first + position] << 32;
    leuko_jitter_draw(&t->jitter, t->options->seed, epoch, record->file, from->width, from->height,
                      &draw);
    return leuko_jitter_apply(&draw, from, t->start->preprocess.side_px, error);
}

LeukoLoader *leuko_trainer_loader(LeukoEpochImages *p, gboolean jitter, GError **error)
{
    const LeukoTrainer *t = p->trainer;
    LeukoPreprocess preprocess = t->start->preprocess;
    LeukoLoaderOptions o = {.batch = t->batch, .n_threads = t->options->n_threads, .ahead = 2};
    if (jitter && t->jitters) { /* the jitter crops and resizes */
        preprocess.crop_fraction = 1.0;
        o.transform = apply_jitter;
        o.transform_data = p;
    }
    return leuko_loader_new(t->training, p->order->indices + p->first, p->order->n - p->first,
                            &preprocess, &o, t->cancellable, error);
}

/* Draw from Beta(alpha, alpha). Source: Joehnk 1964. */
static double draw_beta(LeukoRng *rng, double alpha)
{
    for (;;) {
        double x = pow(leuko_rng_uniform(rng), 1 / alpha),
               y = pow(leuko_rng_uniform(rng), 1 / alpha);
        if (x + y <= 1 && x + y > 0)
            return x / (x + y);
    }
}

/* Mix each image and target with the next image and target of the batch; the share of the image
 * itself is the larger one. Source: Zhang et al. 2018, arXiv 1710.09412. */
static const float *mix(LeukoTrainer *t, const LeukoBatch *b)
{
    gsize side = t->start->preprocess.side_px, n = LEUKO_CHANNELS * side * side;
    g_autofree float *plain = g_memdup2(t->targets, (gsize)t->batch * t->n_classes * sizeof(float));
    LeukoRng rng;
    leuko_rng_init(&rng, t->options->seed, "mixup", t->step);
    for (guint i = 0; i < b->n; i++) {
        guint other = (i + 1) % b->n;
        double drawn = draw_beta(&rng, t->options->recipe.mixup);
        float own = (float)MAX(drawn, 1 - drawn);
        for (gsize k = 0; k < n; k++)
            t->mixed[i * n + k] = own * b->x_nchw[i * n + k] + (1 - own) * b->x_nchw[other * n + k];
        for (guint k = 0; k < t->n_classes; k++)
            t->targets[i * t->n_classes + k] =
                own * plain[i * t->n_classes + k] + (1 - own) * plain[other * t->n_classes + k];
    }
    return t->mixed;
}

const float *leuko_trainer_prepare(LeukoTrainer *t, const LeukoBatch *b, const LeukoEpochImages *p)
{
    float smoothing = (float)t->options->recipe.label_smoothing;
    gsize first = (gsize)(t->step % t->steps_per_epoch) * t->batch;
    for (guint i = 0; i < b->n; i++) {
        const LeukoRecord *r = leuko_dataset_record(t->training, b->indices[i]);
        for (guint k = 0; k < t->n_classes; k++)
            t->targets[i * t->n_classes + k] = smoothing / (float)t->n_classes;
        t->targets[i * t->n_classes + (guint)r->label] += 1 - smoothing;
        t->weights[i] = t->class_weights ? t->class_weights[r->label] : 1;
        guint64 key[] = {t->options->seed, r->key, p->epoch, p->order->occurrence[first + i]};
        t->keys[i] = leuko_hash64(key, sizeof key);
    }
    return t->mixed ? mix(t, b) : b->x_nchw;
}
