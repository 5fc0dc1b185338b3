/* leuko/model.h: what a person may ask of a trained classifier: its classes and how it decides.
 *
 * Threads: immutable after opening; many readers.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct LeukoModel LeukoModel;

/* Open a model: .safetensors or a frozen graph with its .json, recognized by content.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT with file and place; LEUKO_ERROR_UNSUPPORTED for a
 * file of another kind, which the message names. */
LeukoModel *leuko_model_load(const char *path, GError **error);
void leuko_model_free(LeukoModel *model); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoModel, leuko_model_free)

guint leuko_model_n_classes(const LeukoModel *model); /* K, at least 2 */
/* The name of class 0..K-1, borrowed. */
const char *leuko_model_class_name(const LeukoModel *model, guint index);
/* Index of the class of this name, or -1. */
gint leuko_model_find_class(const LeukoModel *model, const char *name);
/* Index of the positive class, or -1 if none was named. */
gint leuko_model_positive(const LeukoModel *model);
/* Probability at or above which the positive class is predicted; NAN unless K = 2 and it is set. */
double leuko_model_threshold(const LeukoModel *model);

G_END_DECLS
