#include "formats/sniff.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/io-error.h"
#include "formats/onnx/onnx.h"
#include "formats/safetensors.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include "image/content.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 65536, TAIL_BYTES = 48 };
static const guint64 TABLE_MAGIC = G_GUINT64_CONSTANT(0xdb4775248b80fb57);

static gboolean starts(const guint8 *p, gsize n, const char *magic, gsize n_magic)
{
    return n >= n_magic && memcmp(p, magic, n_magic) == 0;
}

/* Text has no control characters, and is UTF-8 (the head may end inside a character) or 90 %
 * ASCII. */
static gboolean is_text(const guint8 *p, gsize n)
{
    const char *end = NULL;
    gsize n_high = 0;
    for (gsize i = 0; i < n; i++) {
        if (p[i] < 9 || (p[i] > 13 && p[i] < 32))
            return FALSE;
        n_high += p[i] >= 128;
    }
    return n_high <= n / 10 || g_utf8_validate((const char *)p, (gssize)n, &end) ||
           (n == HEAD_BYTES && (const char *)p + n - end < 4);
}

static gboolean is_html(const guint8 *p, gsize n)
{
    gsize at = 0;
    while (at < n && g_ascii_isspace(p[at]))
        at++;
    return (n - at > 14 && g_ascii_strncasecmp((const char *)p + at, "<!doctype html", 14) == 0) ||
           (n - at > 5 && g_ascii_strncasecmp((const char *)p + at, "<html", 5) == 0);
}

/* A graph of NCSDK v1: 32 zero bytes, the file's size, version 2 (formats/headers.h). */
static gboolean is_ncs_v1(const guint8 *p, gsize n, guint64 file_bytes)
{
    static const guint8 zeros[32];
    return n >= 252 && memcmp(p, zeros, 32) == 0 && leuko_u32_at(p, 36) == 2 &&
           leuko_u32_at(p, 32) <= file_bytes;
}

/* A MetaGraphDef begins with field 1 (meta_info_def) > field 2 (stripped_op_list) > field 1 (op) >
 * field 1 (name). */
static gboolean is_meta_graph(const guint8 *p, gsize n)
{
    static const guint8 fields[] = {0x0a, 0x12, 0x0a, 0x0a};
    gsize at = 0;
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (at >= n || p[at] != fields[i])
            return FALSE;
        for (at++; at < n && (p[at] & 0x80); at++) /* a length */
            ;
        at++;
    }
    return at < n && g_ascii_isalpha(p[at]);
}

LeukoFileKind leuko_sniff_bytes(gconstpointer head, gsize n, gconstpointer tail_48,
                                guint64 file_bytes)
{
    const guint8 *p = head;
    if (n == 0)
        return LEUKO_FILE_EMPTY;
    if (leuko_image_sniff(p, n))
        return LEUKO_FILE_IMAGE;
    if (starts(p, n, "\x93NUMPY", 6))
        return LEUKO_FILE_NPY;
    if (starts(p, n, "PK\3\4", 4))
        return LEUKO_FILE_ZIP;
    if (starts(p, n, "\x89HDF\r\n\x1a\n", 8))
        return LEUKO_FILE_HDF5;
    if (starts(p, n, "\x1f\x8b", 2))
        return LEUKO_FILE_GZIP;
    if (starts(p, n, "version https://git-lfs", 23))
        return LEUKO_FILE_LFS_POINTER;
    if (is_html(p, n))
        return LEUKO_FILE_HTML;
    if (n >= 263 && memcmp(p + 257, "ustar", 5) == 0)
        return LEUKO_FILE_TAR;
    if (n >= 12 && leuko_u32_at(p, 8) == leuko_crc32c_mask(leuko_crc32c(p, 8)))
        return LEUKO_FILE_TFRECORD;
    if (tail_48 && leuko_u64_at(tail_48, 40) == TABLE_MAGIC)
        return LEUKO_FILE_TF_TABLE;
    if (n >= 38 && leuko_u32_at(p, 34) == 8708)
        return LEUKO_FILE_NCS_V2;
    if (n >= 56 && leuko_u32_at(p, 52) == 9709)
        return LEUKO_FILE_MYRIAD;
    if (is_ncs_v1(p, n, file_bytes))
        return LEUKO_FILE_NCS_V1;
    if (leuko_safetensors_sniff(p, n))
        return LEUKO_FILE_SAFETENSORS;
    if (n >= 2 && p[0] == 0x80 && p[1] >= 2 && p[1] <= 5)
        return LEUKO_FILE_PICKLE;
    if (n >= 3 && p[0] == 0x08 && p[1] == 0x01 && p[2] == 0x12)
        return LEUKO_FILE_SAVED_MODEL;
    if (is_meta_graph(p, n))
        return LEUKO_FILE_META_GRAPH;
    if (leuko_onnx_sniff(p, n))
        return LEUKO_FILE_ONNX;
    if (leuko_graphdef_sniff(p, n))
        return LEUKO_FILE_GRAPHDEF;
    if (image_content(p, n).is_image)
        return LEUKO_FILE_FOREIGN_IMAGE;
    return is_text(p, n) ? LEUKO_FILE_TEXT : LEUKO_FILE_UNKNOWN;
}

LeukoFileKind leuko_sniff_file(const char *path, GError **error)
{
    g_autofree guint8 *head = g_malloc(HEAD_BYTES);
    guint8 tail[TAIL_BYTES];
    struct stat st;
    /* a checkpoint's prefix or data file stands for the checkpoint's table */
    g_autofree gchar *table = leuko_tf_checkpoint_table(path);
    int fd = open(table ? table : path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int e = errno;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, g_strerror(e));
        if (fd >= 0)
            close(fd);
        return LEUKO_FILE_ABSENT;
    }
    LeukoFileKind kind = LEUKO_FILE_FOLDER;
    if (S_ISREG(st.st_mode)) {
        guint64 size = (guint64)st.st_size, tail_at = size - MIN(size, TAIL_BYTES);
        gssize n = leuko_pread_all(fd, head, HEAD_BYTES, 0),
               n_tail = leuko_pread_all(fd, tail, TAIL_BYTES, tail_at);
        if (n < 0 || n_tail < 0) {
            leuko_fail_io(path, "read", error);
            kind = LEUKO_FILE_ABSENT;
        } else {
            kind = leuko_sniff_bytes(head, (gsize)n, n_tail == TAIL_BYTES ? tail : NULL, size);
        }
    } else if (!S_ISDIR(st.st_mode)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: not a regular file", path);
        kind = LEUKO_FILE_ABSENT;
    }
    close(fd);
    return kind;
}

const char *leuko_file_kind_text(LeukoFileKind kind)
{
    switch (kind) {
    case LEUKO_FILE_ABSENT:
        return "not there";
    case LEUKO_FILE_EMPTY:
        return "an empty file";
    case LEUKO_FILE_FOLDER:
        return "a folder";
    case LEUKO_FILE_SAFETENSORS:
        return "a safetensors file";
    case LEUKO_FILE_GRAPHDEF:
        return "a TensorFlow GraphDef";
    case LEUKO_FILE_ONNX:
        return "an ONNX model";
    case LEUKO_FILE_SAVED_MODEL:
        return "a TensorFlow SavedModel, not a frozen GraphDef";
    case LEUKO_FILE_META_GRAPH:
        return "a TensorFlow MetaGraph: its weights are in the checkpoint beside it";
    case LEUKO_FILE_TFRECORD:
        return "a TFRecord file (shards or events)";
    case LEUKO_FILE_TF_TABLE:
        return "a TensorFlow checkpoint (V1, or the index of a V2 one)";
    case LEUKO_FILE_ZIP:
        return "a zip file (PyTorch's .pth is one)";
    case LEUKO_FILE_PICKLE:
        return "a Python pickle (PyTorch's older .pth is one)";
    case LEUKO_FILE_HDF5:
        return "an HDF5 file (Keras's .h5 is one)";
    case LEUKO_FILE_NPY:
        return "a NumPy array";
    case LEUKO_FILE_IMAGE:
        return "an image";
    case LEUKO_FILE_FOREIGN_IMAGE:
        return "an image in a format that is not read";
    case LEUKO_FILE_NCS_V1:
        return "a graph of the Neural Compute Stick (NCSDK v1)";
    case LEUKO_FILE_NCS_V2:
        return "a graph of the Neural Compute Stick (NCSDK v2)";
    case LEUKO_FILE_MYRIAD:
        return "an OpenVINO MYRIAD blob";
    case LEUKO_FILE_LFS_POINTER:
        return "a Git LFS pointer: the file itself was not fetched";
    case LEUKO_FILE_HTML:
        return "an HTML page: the download failed";
    case LEUKO_FILE_GZIP:
        return "a gzip file: unpack it first";
    case LEUKO_FILE_TAR:
        return "a tar archive: unpack it first";
    case LEUKO_FILE_TEXT:
        return "a text file";
    case LEUKO_FILE_UNKNOWN:
        return "a file of an unknown kind";
    }
    return "a file of an unknown kind";
}
