#include "data/loader.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/dataset-image.h"
#include <string.h>

/* One batch in progress. Threads decode its images in any order; batches are delivered in order. */
typedef struct {
    gsize start; /* position of its first image in the order */
    guint n, n_done;
    float *x_nchw;  /* (batch, 3, S, S) */
    gint *labels;   /* (batch) */
    guint *indices; /* (batch) */
    GError *error;  /* of the first image in the order that failed */
    guint error_index;
} Block;

struct LeukoLoader {
    LeukoDataset *dataset;
    guint *order;
    gsize n_order;
    LeukoPreprocess preprocess;
    LeukoLoaderOptions options;
    GCancellable *cancellable;
    gsize image_floats; /* 3 S S */

    GMutex lock;
    GCond work, ready;
    Block *blocks; /* ring buffer of n_blocks batches */
    guint n_blocks, n_threads;
    gsize next_task; /* position of the next image to decode */
    gsize delivered; /* number of batches delivered */
    gboolean held;   /* the caller still uses batch delivered - 1 */
    gboolean stop;
    GThread **threads;
};

static gsize n_batches(const LeukoLoader *l)
{
    return (l->n_order + l->options.batch - 1) / l->options.batch;
}

static Block *block_of(LeukoLoader *l, gsize batch) { return &l->blocks[batch % l->n_blocks]; }

/* TRUE if the batch of this position may be written: older batches in its memory are released. */
static gboolean has_room(const LeukoLoader *l, gsize position)
{
    gsize first = l->delivered - (l->held ? 1 : 0);
    return position / l->options.batch < first + l->n_blocks;
}

static gboolean decode_one(LeukoLoader *l, gsize position, float *x_chw, GError **error)
{
    guint index = l->order[position];
    const LeukoRecord *record = leuko_dataset_record(l->dataset, index);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(LeukoImage) image = leuko_dataset_decode(l->dataset, index, &bytes, error);
    if (!image || (l->options.decoded &&
                   !l->options.decoded(index, bytes, image, l->options.decoded_data, error)))
        return FALSE;
    if (l->options.transform) {
        image = l->options.transform(g_steal_pointer(&image), record, position,
                                     l->options.transform_data, error);
        if (!image)
            return FALSE;
    }
    return leuko_preprocess_apply(&l->preprocess, image, x_chw, error);
}

static void finish_one(LeukoLoader *l, Block *b, guint index_in_batch, GError *error)
{
    if (error && (!b->error || index_in_batch < b->error_index)) {
        g_clear_error(&b->error);
        b->error = error;
        b->error_index = index_in_batch;
    } else {
        g_clear_error(&error);
    }
    if (++b->n_done == b->n)
        g_cond_broadcast(&l->ready);
}

static gpointer worker(gpointer data)
{
    LeukoLoader *l = data;
    g_mutex_lock(&l->lock);
    for (;;) {
        while (!l->stop && l->next_task < l->n_order && !has_room(l, l->next_task))
            g_cond_wait(&l->work, &l->lock);
        if (l->stop || l->next_task >= l->n_order)
            break;
        gsize position = l->next_task++;
        Block *b = block_of(l, position / l->options.batch);
        guint index_in_batch = (guint)(position % l->options.batch);
        if (index_in_batch == 0) {
            b->start = position;
            b->n = (guint)MIN(l->options.batch, l->n_order - position);
        }
        g_mutex_unlock(&l->lock);

        GError *error = NULL;
        guint index = l->order[position];
        b->indices[index_in_batch] = index;
        b->labels[index_in_batch] = leuko_dataset_record(l->dataset, index)->label;
        if (!leuko_is_cancelled(l->cancellable, &error))
            decode_one(l, position, b->x_nchw + index_in_batch * l->image_floats, &error);

        g_mutex_lock(&l->lock);
        finish_one(l, b, index_in_batch, error);
    }
    g_mutex_unlock(&l->lock);
    return NULL;
}

static gboolean alloc_blocks(LeukoLoader *l, GError **error)
{
    guint batch = l->options.batch;
    l->blocks = g_new0(Block, l->n_blocks);
    for (guint i = 0; i < l->n_blocks; i++) {
        Block *b = &l->blocks[i];
        b->x_nchw = g_try_malloc_n(batch, l->image_floats * sizeof(float));
        b->labels = g_new0(gint, batch);
        b->indices = g_new0(guint, batch);
        if (!b->x_nchw) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                        "no memory for %u batches of %u images of %u px", l->n_blocks, batch,
                        l->preprocess.side_px);
            return FALSE;
        }
    }
    return TRUE;
}

LeukoLoader *leuko_loader_new(LeukoDataset *dataset, const guint *order, gsize n_order,
                              const LeukoPreprocess *preprocess, const LeukoLoaderOptions *options,
                              GCancellable *cancellable, GError **error)
{
    g_assert(dataset && preprocess && options);
    if (options->batch == 0 || preprocess->side_px == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "loader: batch of %u images of %u px: both must be at least 1", options->batch,
                    preprocess->side_px);
        return NULL;
    }
    g_autoptr(LeukoLoader) l = g_new0(LeukoLoader, 1);
    g_mutex_init(&l->lock);
    g_cond_init(&l->work);
    g_cond_init(&l->ready);
    l->dataset = leuko_dataset_ref(dataset);
    l->n_order = order ? n_order : leuko_dataset_n_records(dataset);
    l->order = g_new(guint, MAX(l->n_order, 1));
    for (gsize i = 0; i < l->n_order; i++)
        l->order[i] = order ? order[i] : (guint)i;
    l->preprocess = *preprocess;
    l->options = *options;
    l->cancellable = cancellable ? g_object_ref(cancellable) : NULL;
    l->image_floats = (gsize)LEUKO_CHANNELS * preprocess->side_px * preprocess->side_px;
    l->n_blocks = (options->ahead ? options->ahead : 2) + 1; /* and the one that the caller uses */
    if (!alloc_blocks(l, error))
        return NULL;
    guint n_threads = options->n_threads ? options->n_threads : g_get_num_processors();
    l->threads = g_new0(GThread *, n_threads);
    l->n_threads = leuko_threads_start(l->threads, n_threads, "loader", worker, l);
    if (l->n_threads > 0)
        return g_steal_pointer(&l);
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                        "cannot start a thread that reads images");
    return NULL;
}

gboolean leuko_loader_next(LeukoLoader *l, LeukoBatch *out, GError **error)
{
    g_mutex_lock(&l->lock);
    if (l->held) {
        Block *old = block_of(l, l->delivered - 1);
        old->n = old->n_done = 0;
        l->held = FALSE;
        g_cond_broadcast(&l->work);
    }
    if (l->delivered == n_batches(l)) {
        g_mutex_unlock(&l->lock);
        return FALSE;
    }
    Block *b = block_of(l, l->delivered);
    while (b->n == 0 || b->n_done < b->n)
        g_cond_wait(&l->ready, &l->lock);
    l->delivered++;
    l->held = TRUE;
    GError *failed = g_steal_pointer(&b->error);
    g_mutex_unlock(&l->lock);
    if (failed) {
        g_propagate_error(error, failed);
        return FALSE;
    }
    *out = (LeukoBatch){b->n, b->x_nchw, b->labels, b->indices};
    return TRUE;
}

void leuko_loader_free(LeukoLoader *l)
{
    if (!l)
        return;
    g_mutex_lock(&l->lock);
    l->stop = TRUE;
    g_cond_broadcast(&l->work);
    g_mutex_unlock(&l->lock);
    for (guint i = 0; l->threads && i < l->n_threads; i++)
        g_thread_join(l->threads[i]);
    for (guint i = 0; l->blocks && i < l->n_blocks; i++) {
        g_free(l->blocks[i].x_nchw);
        g_free(l->blocks[i].labels);
        g_free(l->blocks[i].indices);
        g_clear_error(&l->blocks[i].error);
    }
    g_free(l->blocks);
    g_free(l->threads);
    g_free(l->order);
    leuko_dataset_unref(l->dataset);
    g_clear_object(&l->cancellable);
    g_mutex_clear(&l->lock);
    g_cond_clear(&l->work);
    g_cond_clear(&l->ready);
    g_free(l);
}
