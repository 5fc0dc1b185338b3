/* formats/torch/file.h: the two containers of torch.save().
 *
 * Zip file (since PyTorch 1.6); no entry is compressed, all are in one folder ROOT:
 *   1. ROOT/data.pkl: the object as a pickle
 *   2. ROOT/data/KEY: the bytes of storage KEY, little endian
 *   3. ROOT/version, ROOT/byteorder ("little"; absent before 2.1)
 * Legacy file, a sequence of
 *   1. four pickles: the magic number, the protocol (1001), the system's sizes, the object
 *   2. a pickle: the list of the storages' keys
 *   3. for each key: i64 number of values, then the values, little endian
 * Source: PyTorch torch/serialization.py.
 *
 * Limits: a pickle of 4 MiB, 65536 entries. Compressed entries are refused, and all entries
 * together may not be larger than the file, so that a small file cannot need much memory.
 */
#pragma once
#include "formats/torch/pickle.h"
#include "net/params.h"

enum { LEUKO_TORCH_MAX_PICKLE_BYTES = 4 << 20, LEUKO_TORCH_MAX_ENTRIES = 65536 };

typedef struct LeukoTorchFile LeukoTorchFile;

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT; LEUKO_ERROR_UNSUPPORTED (another zip, another pickle,
 * an import that is not on the list). */
LeukoTorchFile *leuko_torch_zip_open(const char *path, GError **error);
LeukoTorchFile *leuko_torch_legacy_open(const char *path, GError **error);
void leuko_torch_file_free(LeukoTorchFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTorchFile, leuko_torch_file_free)

/* The function that opens a container fills this in. */
struct LeukoTorchFile {
    gchar *path;
    LeukoPickle *pickle;
    GHashTable *storages; /* KEY -> GBytes of a storage that is known already */
    guint64 file_bytes;
    /* reads a storage that is not in `storages`; NULL: `storages` has all */
    GBytes *(*read)(LeukoTorchFile *file, const char *key, GError **error);
    gpointer container;
    void (*close)(gpointer container);
};

LeukoTorchFile *leuko_torch_file_new(const char *path, guint64 file_bytes);
/* A storage's bytes, borrowed. Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_MEMORY. */
GBytes *leuko_torch_file_storage(LeukoTorchFile *file, const char *key, GError **error);
