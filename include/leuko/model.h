/* leuko/model.h: a trained classifier: its classes and how it decides.
 *
 * To classify images, use leuko/answer.h, which opens the model itself.
 * Threads: immutable after opening; any number of readers.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct LeukoModel LeukoModel;

/* Open a model: a .safetensors, a frozen .pb with its .json beside it, or an .onnx; recognized by
 * content.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT and LEUKO_ERROR_DATA (file and what is wrong in it);
 * LEUKO_ERROR_UNSUPPORTED: another kind of file, which the message names. */
LeukoModel *leuko_model_load(const char *path, GError **error);
void leuko_model_free(LeukoModel *model); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoModel, leuko_model_free)

guint leuko_model_n_classes(const LeukoModel *model); /* K, at least 2 */
/* The name of class `index`, 0..K-1; borrowed. */
const char *leuko_model_class_name(const LeukoModel *model, guint index);
/* The index of the class with this name, or of one that differs only in Unicode composition, or
 * -1. */
gint leuko_model_find_class(const LeukoModel *model, const char *name);
/* The index of the positive class, or -1 if the model names none. */
gint leuko_model_positive(const LeukoModel *model);
/* Probability at or above which the positive class is predicted; NAN unless K = 2 and it is set. */
double leuko_model_threshold(const LeukoModel *model);

G_END_DECLS
