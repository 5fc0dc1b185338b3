/* formats/sniff.h: identify a file by its content, never by its name. */
#pragma once
#include <glib.h>

typedef enum {
    LEUKO_FILE_ABSENT, /* unreadable; the error is set */
    LEUKO_FILE_EMPTY,
    LEUKO_FILE_FOLDER,
    LEUKO_FILE_SAFETENSORS,
    LEUKO_FILE_GRAPHDEF,
    LEUKO_FILE_ONNX,
    LEUKO_FILE_SAVED_MODEL,
    LEUKO_FILE_META_GRAPH, /* PREFIX.meta beside a checkpoint */
    LEUKO_FILE_TFRECORD,
    LEUKO_FILE_TF_TABLE, /* V1 checkpoint, or the index of a V2 one */
    LEUKO_FILE_ZIP,      /* PyTorch's .pth since version 1.6, among others */
    LEUKO_FILE_PICKLE,   /* PyTorch's .pth before version 1.6 */
    LEUKO_FILE_HDF5,
    LEUKO_FILE_NPY,
    LEUKO_FILE_IMAGE,
    LEUKO_FILE_FOREIGN_IMAGE, /* JPEG 2000, DICOM, ...: image/content.h */
    LEUKO_FILE_NCS_V1,        /* graphs of the Neural Compute Stick */
    LEUKO_FILE_NCS_V2,
    LEUKO_FILE_MYRIAD,
    LEUKO_FILE_LFS_POINTER,
    LEUKO_FILE_HTML,
    LEUKO_FILE_GZIP,
    LEUKO_FILE_TAR,
    LEUKO_FILE_TEXT,
    LEUKO_FILE_UNKNOWN
} LeukoFileKind;

/* Errors: LEUKO_ERROR_IO. */
LeukoFileKind leuko_sniff_file(const char *path, GError **error);
/* The same from bytes in memory: the first 64 KiB of the file (or all of it), and its last 48 bytes
 * or NULL. */
LeukoFileKind leuko_sniff_bytes(gconstpointer head, gsize n_head, gconstpointer tail_48,
                                guint64 file_bytes);
/* "a TensorFlow GraphDef", ...; static. */
const char *leuko_file_kind_text(LeukoFileKind kind);
