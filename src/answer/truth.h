/* answer/truth.h: the true classes of images that are to be classified, where they are known.
 *
 *   1. A folder is read as evaluation reads it (data/catalog.h): by its layout, a table, or the
 *      digits in its names, so that both count the same images as correct. An image that
 *      evaluation would not use has no known class.
 *   2. A folder of images without folders inside, whose own name is a class, holds that class.
 *   3. An image that is named itself has the class of its folder's name. If none of the images
 *      named has one, the digits at the end of the names (_1 for positive, _0 for negative) are
 *      classes if every name has one and no number has both.
 *
 * Threads: a finished truth is constant.
 */
#pragma once
#include "data/walk.h"
#include "formats/model.h"
#include "leuko/folder.h"

G_BEGIN_DECLS

typedef struct {
    guint n;
    gint *labels;     /* (n) the model's class of each image, or -1 */
    gint *splits;     /* (n) the LeukoSplit that its folder gives, or -1 */
    GPtrArray *notes; /* of gchar *: why classes of a folder are not known, one line each */
} LeukoTruth;

/* paths    as given by the user, NULL-terminated
 * images   leuko_walk_paths() of these
 * folder   how to read the folders; what it asks for must be possible. NULL: found out, and a
 *          folder that cannot be read so gets a note
 * Errors   those of leuko_catalog_new(), only with `folder`; LEUKO_ERROR_DATA: the data has a class
 *          that the model lacks, only with `folder` */
LeukoTruth *leuko_truth_new(const LeukoModel *model, const char *const *paths,
                            const LeukoWalk *images, const LeukoFolderOptions *folder,
                            GError **error);
void leuko_truth_free(LeukoTruth *truth); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTruth, leuko_truth_free)

/* The class by the digit at the end of a name, 1 or 0: the model's class "1" or "0", else its
 * positive class or the other one of two; -1: none. */
gint leuko_truth_by_digit(const LeukoModel *model, gint digit);

G_END_DECLS
