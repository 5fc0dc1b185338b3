/* data/loader.h: images decoded ahead on worker threads, delivered as batches in order.
 *
 * Order of delivery is the order asked for, whatever the threads. At most `ahead` batches wait:
 * memory is ahead x batch x 3 x S x S floats, however large the data set.
 */
#pragma once
#include "image/preprocess.h"
#include "leuko/dataset.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Changes one decoded image before preprocessing (augmentation); called on worker threads.
 * position: of the image in the order.
 * Takes `image` (owned), returns it or another; NULL with error set fails the batch. */
typedef LeukoImage *(*LeukoTransformFunc)(LeukoImage *image, const LeukoRecord *record,
                                          gsize position, gpointer user_data, GError **error);

/* Sees the encoded bytes of one image before they are decoded; called on worker threads, several at
 * once. `encoded` is borrowed for the call. */
typedef void (*LeukoEncodedFunc)(const LeukoRecord *record, GBytes *encoded, gpointer user_data);

typedef struct {
    guint batch;                  /* N */
    guint n_threads;              /* workers, 0: all processors */
    guint ahead;                  /* batches decoded ahead, 0: 2 */
    LeukoTransformFunc transform; /* NULL: none */
    gpointer transform_data;
    LeukoEncodedFunc encoded; /* NULL: none */
    gpointer encoded_data;
} LeukoLoaderOptions;

typedef struct {
    guint n;              /* images in this batch, the last may be shorter */
    const float *x_nchw;  /* (n, 3, S, S) */
    const gint *labels;   /* (n) */
    const guint *indices; /* (n) into the data set */
} LeukoBatch;

typedef struct LeukoLoader LeukoLoader;

/* order    indices into the data set, copied; NULL: all, in the data set's order */
LeukoLoader *leuko_loader_new(LeukoDataset *dataset, const guint *order, gsize n_order,
                              const LeukoPreprocess *preprocess, const LeukoLoaderOptions *options,
                              GCancellable *cancellable, GError **error);
/* The next batch, borrowed until the next call. FALSE without error at the end; FALSE with error
 * when an image of it could not be read (the message names the file). */
gboolean leuko_loader_next(LeukoLoader *loader, LeukoBatch *out, GError **error);
void leuko_loader_free(LeukoLoader *loader); /* stops the workers, waits for them */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLoader, leuko_loader_free)

G_END_DECLS
