/* formats/keras/keras.h: Keras's weights in HDF5, legacy .h5 and Keras 3's .weights.h5.
 *
 * libhdf5 is not safe for hostile files and never runs in this process. A separate program,
 * leuko-read-hdf5, reads the file with limited memory and time and answers through a pipe. The
 * file's layouts are described in hdf5/keras.h, the answer in formats/keras/wire.h, the reasons in
 * docs/decisions/0009. The program is looked for
 *   1. at the path in the environment variable LEUKO_READ_HDF5,
 *   2. in the build tree, if the caller is a program of the build tree,
 *   3. in the installation's libexec folder.
 *
 * Threads: any number may read at the same time. Cost: one process, and twice the memory of the
 * values.
 */
#pragma once
#include "net/params.h"

typedef struct {
    gboolean legacy;   /* FALSE: .weights.h5 */
    guint64 n_layers;  /* layers with variables */
    guint64 n_ignored; /* data sets of integers, texts, ... */
    gchar writer[256]; /* "2.2.5 on tensorflow"; "" = not given */
} LeukoKerasFound;

/* The floating-point tensors as float32 under the file's names.
 * types   gets tensor name (new) -> "F32", ... (static); or NULL
 * found   out: properties of the file; or NULL
 * Errors  LEUKO_ERROR_IO           the file is missing
 *         LEUKO_ERROR_FORMAT       damaged, or beyond the limits; names the position in the file
 *         LEUKO_ERROR_UNSUPPORTED  HDF5 of another program; links to other files; unknown
 *                                  compression; a build without libhdf5
 *         LEUKO_ERROR_MEMORY */
LeukoParams *leuko_keras_read(const char *path, GHashTable *types, LeukoKerasFound *found,
                              GError **error);
/* The tensors alone. */
LeukoParams *leuko_keras_tensors(const char *path, GError **error);

/* Read n bytes of the answer into `bytes`. FALSE without an error: the answer ended too early.
 * FALSE with an error: the time limit was reached. */
typedef gboolean (*LeukoKerasSource)(gpointer user, gpointer bytes, gsize n, GError **error);
/* Parse an answer. cut_short  out: TRUE if the source ended before the answer was complete. Errors
 * as for leuko_keras_read(). */
LeukoParams *leuko_keras_answer_read(LeukoKerasSource source, gpointer user, guint64 file_bytes,
                                     const char *path, GHashTable *types, LeukoKerasFound *found,
                                     gboolean *cut_short, GError **error);
