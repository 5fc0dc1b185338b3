/* formats/keras/keras.h: Keras's weights in HDF5, legacy .h5 and Keras 3's .weights.h5.
 *
 * libhdf5 is not made for hostile files, so that it never runs in this process: leuko-read-hdf5 reads
 * the file in a process of its own with bounded memory and time, and answers through a pipe
 * (formats/keras/wire.h; the file's layouts: hdf5/keras.h; why: docs/decisions/0009).
 * The program is that of the installation, of the build tree where the caller lies in it, or what the
 * environment's LEUKO_READ_HDF5 names.
 *
 * Threads: any number may read at once. Cost: a process, and the file's values twice for a moment.
 */
#pragma once
#include "net/params.h"

typedef struct {
    gboolean legacy;       /* else Keras 3's */
    guint64 n_layers;      /* with variables */
    guint64 n_passed_over; /* data sets of integers, texts, ... */
    gchar writer[256];     /* "2.2.5 on tensorflow", "": the file does not say */
} LeukoKerasFound;

/* The floating tensors as float32 under the file's names; types (or NULL) gets name (new) -> "F32", ...
 * (static); found (or NULL) gets the rest.
 * Errors  LEUKO_ERROR_IO           not there
 *         LEUKO_ERROR_FORMAT       damaged, or too much for the limits; one line, the place in the file
 *         LEUKO_ERROR_UNSUPPORTED  HDF5, but not Keras's, or with what is not followed (links to other
 *                                  files, unknown compression); a build without libhdf5
 *         LEUKO_ERROR_MEMORY */
LeukoParams *leuko_keras_read(const char *path, GHashTable *types, LeukoKerasFound *found,
                              GError **error);
/* The tensors alone. */
LeukoParams *leuko_keras_tensors(const char *path, GError **error);

/* Where the answer comes from: n bytes into `bytes`, FALSE at the end, or with an error when it may last
 * no longer. */
typedef gboolean (*LeukoKerasSource)(gpointer user, gpointer bytes, gsize n, GError **error);
/* The answer alone. *cut_short: the source ended before the answer did (and the error says so). */
LeukoParams *leuko_keras_answer_read(LeukoKerasSource source, gpointer user, guint64 file_bytes,
                                     const char *path, GHashTable *types, LeukoKerasFound *found,
                                     gboolean *cut_short, GError **error);
