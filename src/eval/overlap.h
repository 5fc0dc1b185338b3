/* eval/overlap.h: whether a model was trained on the images or groups that it is judged on.
 *
 * A model's provenance holds digests of its training groups and training images (base/digest.h).
 * Threads: leuko_overlap_add_image() from any number of threads at once; all else from one.
 */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"

G_BEGIN_DECLS

typedef struct LeukoOverlap LeukoOverlap;

/* Count the groups of `dataset` that the model was trained on. Neither argument is kept. */
LeukoOverlap *leuko_overlap_new(const LeukoModel *model, const LeukoDataset *dataset);
void leuko_overlap_free(LeukoOverlap *overlap); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOverlap, leuko_overlap_free)

/* Compare one encoded image with the training images. Costs a SHA-256 of the bytes, and nothing if
 * the model stores no digests of images. */
void leuko_overlap_add_image(LeukoOverlap *overlap, GBytes *encoded);

/* How many of the groups and of the images the model was trained on. */
guint leuko_overlap_n_groups(const LeukoOverlap *overlap);
guint leuko_overlap_n_images(const LeukoOverlap *overlap);

G_END_DECLS
