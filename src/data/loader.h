/* data/loader.h: decode images ahead on several threads and deliver them as batches in order.
 *
 * The order of the images does not depend on the number of threads. At most `ahead` batches wait,
 * so memory is (ahead + 1) x batch x 3 x S x S floats for a data set of any size.
 */
#pragma once
#include "image/preprocess.h"
#include "leuko/dataset.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Change one decoded image before preprocessing (augmentation). Called on several threads at once.
 * image     owned by the function, which returns it or a new image
 * position  of the image in the order
 * NULL with an error fails the batch. */
typedef LeukoImage *(*LeukoTransformFunc)(LeukoImage *image, const LeukoRecord *record,
                                          gsize position, gpointer user_data, GError **error);

/* Sees one image before it is changed or preprocessed; called on worker threads, several at once.
 * index  of the record; `encoded` and `image` are borrowed for the call
 * FALSE with an error fails the batch. */
typedef gboolean (*LeukoDecodedFunc)(guint index, GBytes *encoded, const LeukoImage *image,
                                     gpointer user_data, GError **error);

typedef struct {
    guint batch;                  /* N */
    guint n_threads;              /* 0: all processors */
    guint ahead;                  /* batches decoded ahead, 0: 2 */
    LeukoTransformFunc transform; /* may be NULL */
    gpointer transform_data;
    LeukoDecodedFunc decoded; /* may be NULL */
    gpointer decoded_data;
} LeukoLoaderOptions;

typedef struct {
    guint n;              /* images in this batch; the last batch may be shorter */
    const float *x_nchw;  /* (n, 3, S, S) */
    const gint *labels;   /* (n) */
    const guint *indices; /* (n) into the data set */
} LeukoBatch;

typedef struct LeukoLoader LeukoLoader;

/* order    indices into the data set, copied; NULL: all images in the order of the data set
 * Errors   LEUKO_ERROR_ARGUMENT (the batch), LEUKO_ERROR_MEMORY */
LeukoLoader *leuko_loader_new(LeukoDataset *dataset, const guint *order, gsize n_order,
                              const LeukoPreprocess *preprocess, const LeukoLoaderOptions *options,
                              GCancellable *cancellable, GError **error);
/* Get the next batch, borrowed until the next call. FALSE without error at the end; FALSE with an
 * error if an image is unreadable (the message names the file). */
gboolean leuko_loader_next(LeukoLoader *loader, LeukoBatch *out, GError **error);
void leuko_loader_free(LeukoLoader *loader); /* stops the threads; NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLoader, leuko_loader_free)

G_END_DECLS
