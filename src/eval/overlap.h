/* eval/overlap.h: whether a model was trained on the images or groups that it is judged on.
 *
 * A model has a list of the images and groups of each training that its weights went through
 * (formats/training-list.h). An image is recognized by its decoded pixels: the same pixels in any
 * format, and copies that were encoded again, resized to half or double, flipped, turned by
 * quarters, made gray or equalized (image/fingerprint.h). Copies that were changed in other ways
 * (turned by other angles, cropped, sheared, blurred) are recognized by their source: shards and
 * folders that augmentation wrote say which image a copy was made from, and if one image of a
 * source is recognized, all of that source are. Without it they are not recognized: a model keeps
 * no names of files, because they may name patients. Groups are compared by name. Lists of Leuko
 * 0.1 recognize only files with the same bytes.
 * Threads: leuko_overlap_add_image() from any number of threads at once; all else from one.
 */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"

G_BEGIN_DECLS

typedef struct LeukoOverlap LeukoOverlap;

/* Compare the groups of `dataset` with those that the model was trained on, on n_threads threads.
 * Neither argument is kept. Errors: LEUKO_ERROR_MEMORY. Cost: 1 ms for each group of the data and
 * each training with groups (base/slow-hash.h). */
LeukoOverlap *leuko_overlap_new(const LeukoModel *model, const LeukoDataset *dataset,
                                guint n_threads, GError **error);
/* The same with some lists of a model: of LeukoTrainingList.
 * stripped  leuko_model_is_stripped() */
LeukoOverlap *leuko_overlap_new_of_lists(const GPtrArray *lists, gboolean stripped,
                                         const LeukoDataset *dataset, guint n_threads,
                                         GError **error);
void leuko_overlap_free(LeukoOverlap *overlap); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoOverlap, leuko_overlap_free)

/* Compare one image with the training images.
 * index  of its record, each at most once
 * Errors: LEUKO_ERROR_MEMORY. Cost: a perceptual hash, about 0.3 ms; nothing without lists. */
gboolean leuko_overlap_add_image(LeukoOverlap *overlap, guint index, GBytes *encoded,
                                 const LeukoImage *image, GError **error);

/* After the last image: recognize the others of the same sources as those recognized so far.
 * dataset: that of leuko_overlap_new(). */
void leuko_overlap_add_sources(LeukoOverlap *overlap, const LeukoDataset *dataset);

/* How many of the groups and of the images the model was trained on. */
guint leuko_overlap_n_groups(const LeukoOverlap *overlap);
guint leuko_overlap_n_images(const LeukoOverlap *overlap);
/* Whether the image of this record is one of them. */
gboolean leuko_overlap_has_image(const LeukoOverlap *overlap, guint index);
/* Which part of the model was trained on how many of them: "its head on 8, its backbone on 3; 5 as
 * changed copies; 2 as augmented copies, by their source". NULL if only lists of Leuko 0.1 have
 * them, which do not tell. g_free. */
gchar *leuko_overlap_describe_images(const LeukoOverlap *overlap);
gchar *leuko_overlap_describe_groups(const LeukoOverlap *overlap);
/* Why images of training may not be recognized, or NULL: the model has no list of them, or lists
 * that cannot be read. g_free. */
gchar *leuko_overlap_gap(const LeukoOverlap *overlap);
/* Which copies of training images are found, and which are not; NULL: leuko_overlap_gap() says that
 * none are. Static. */
const char *leuko_overlap_reach(const LeukoOverlap *overlap);

G_END_DECLS
