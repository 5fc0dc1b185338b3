#include "image/content.h"
#include <string.h>

static const char EXPORT[] = "export it as PNG or TIFF";
static const char SLIDE[] = "export fields of it as PNG or TIFF";
static const char UNPACK[] = "unpack it first";
static const char FRAMES[] = "save single frames of it as PNG";
static const char RENAME[] = "the name of the file is wrong";
static const char AGAIN[] = "download or copy it again";

typedef struct {
    gsize at, n;
    const char *magic, *what, *advice;
} Magic;

static const Magic magics[] = {
    {0, 12, "\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image", EXPORT},
    {0, 4, "\xff\x4f\xff\x51", "a JPEG 2000 image", EXPORT},
    {0, 12, "\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image", EXPORT},
    {0, 2, "\xff\x0a", "a JPEG XL image", EXPORT},
    {0, 3, "II\xbc", "a JPEG XR image", EXPORT},
    {128, 4, "DICM", "a DICOM file", EXPORT},
    {0, 8, "\x02\0\0\0UL\4\0", "a DICOM file", EXPORT},
    {0, 10, "ZISRAWFILE", "a Zeiss CZI file", SLIDE},
    {0, 4, "\xda\xce\xbe\x0a", "a Nikon ND2 file", SLIDE},
    {0, 16, "OLYMPUSRAWFORMAT", "an Olympus OIR file", SLIDE},
    {0, 4, "8BPS", "a Photoshop image", EXPORT},
    {0, 8, "gimp xcf", "a GIMP image", EXPORT},
    {0, 4, "\x76\x2f\x31\x01", "an OpenEXR image", EXPORT},
    {0, 9, "SIMPLE  =", "a FITS image", EXPORT},
    {0, 15, "FUJIFILMCCD-RAW", "a raw image of a camera", EXPORT},
    {4, 7, "ftypcrx", "a raw image of a camera", EXPORT},
    {4, 4, "ftyp", "a video", FRAMES},
    {4, 4, "moov", "a video", FRAMES},
    {0, 4, "\x1a\x45\xdf\xa3", "a video", FRAMES},
    {0, 4, "\0\0\1\xba", "a video", FRAMES},
    {0, 4, "\x30\x26\xb2\x75", "a video", FRAMES},
    {8, 4, "AVI ", "a video", FRAMES},
    {0, 4, "%PDF", "a PDF document", "extract its images"},
    {0, 4, "%!PS", "a PostScript document", EXPORT},
    {0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document of an old kind", RENAME},
    {0, 5, "{\\rtf", "an RTF document", RENAME},
    {0, 2, "\x1f\x8b", "a gzip file", UNPACK},
    {0, 3, "BZh", "a bzip2 file", UNPACK},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "an xz file", UNPACK},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK},
    {0, 6, "Rar!\x1a\7", "a RAR archive", UNPACK},
    {257, 5, "ustar", "a tar archive", UNPACK},
    {0, 23, "version https://git-lfs", "a Git LFS pointer, not the file",
     "run `git lfs pull` in its repository"},
    {0, 6, "\x93NUMPY", "a NumPy array", "save it as PNG or TIFF"},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT},
    {0, 6, "MATLAB", "a MATLAB file", EXPORT},
    {0, 4, "\0\5\x16\7", "a companion file of macOS", "remove it"},
    {0, 11, "data:image/", "an image as base64 text", "decode the text"},
    {0, 8, "/9j/4AAQ", "an image as base64 text", "decode the text"},
    {0, 11, "iVBORw0KGgo", "an image as base64 text", "decode the text"},
};

static gboolean has(const guint8 *bytes, gsize n, const char *word)
{
    return memmem(bytes, n, word, strlen(word)) != NULL;
}

static ImageContent name_zip(const guint8 *bytes, gsize n_bytes)
{
    gsize n = MIN(n_bytes, 4096);
    gboolean is_office = has(bytes, n, "[Content_Types].xml") || has(bytes, n, "word/") ||
                         has(bytes, n, "ppt/") || has(bytes, n, "xl/") ||
                         has(bytes, n, "application/vnd.oasis");
    return is_office ? (ImageContent){"an office document", RENAME}
                     : (ImageContent){"a ZIP archive", UNPACK};
}

static gboolean is_text(const guint8 *bytes, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (bytes[i] == 0x7f || (bytes[i] < ' ' && !g_ascii_isspace(bytes[i])))
            return FALSE;
    return TRUE;
}

static ImageContent name_text(const guint8 *bytes, gsize n)
{
    g_autofree gchar *lower = g_ascii_strdown((const gchar *)bytes, (gssize)n);
    if (strstr(lower, "<svg"))
        return (ImageContent){"an SVG drawing", EXPORT};
    if (strstr(lower, "<!doctype html") || strstr(lower, "<html"))
        return (ImageContent){"a web page", AGAIN};
    return (ImageContent){"text", NULL};
}

ImageContent image_content(const guint8 *bytes, gsize n_bytes)
{
    for (gsize i = 0; i < G_N_ELEMENTS(magics); i++) {
        const Magic *m = &magics[i];
        if (n_bytes >= m->at + m->n && memcmp(bytes + m->at, m->magic, m->n) == 0)
            return (ImageContent){m->what, m->advice};
    }
    if (n_bytes >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return name_zip(bytes, n_bytes);
    gsize n = MIN(n_bytes, 512);
    if (is_text(bytes, n))
        return name_text(bytes, n);
    gsize n_zeros = 0;
    while (n_zeros < n_bytes && bytes[n_zeros] == 0)
        n_zeros++;
    return n_zeros == n_bytes ? (ImageContent){"nothing but zeros", AGAIN}
                              : (ImageContent){"unknown bytes", NULL};
}
