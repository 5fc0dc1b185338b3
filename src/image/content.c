#include "image/content.h"
#include "base/bytes.h"
#include <string.h>

static const char EXPORT[] = "export it as PNG or TIFF";
static const char SLIDE[] = "export fields of it as PNG or TIFF";
static const char UNPACK[] = "unpack it first";
static const char FRAMES[] = "save single frames of it as PNG";
static const char RENAME[] = "the name of the file is wrong";
static const char AGAIN[] = "download or copy it again";

static const char JPEG_2000[] = "a JPEG 2000 image", JPEG_XL[] = "a JPEG XL image",
                  JPEG_XR[] = "a JPEG XR image", DICOM[] = "a DICOM file",
                  CZI[] = "a Zeiss CZI file", LIF[] = "a Leica LIF file",
                  ND2[] = "a Nikon ND2 file", OIR[] = "an Olympus OIR file",
                  MRXS[] = "a MIRAX slide", RAW[] = "a raw image of a camera",
                  PHOTOSHOP[] = "a Photoshop image", GIMP[] = "a GIMP image",
                  OPENEXR[] = "an OpenEXR image", ICON[] = "an icon", SVG[] = "an SVG drawing",
                  NETPBM[] = "a Netpbm image", VIDEO[] = "a video";

typedef struct {
    gsize at, n;
    const char *magic, *what, *advice;
} Magic;

static const Magic images[] = {
    {0, 12, "\0\0\0\x0cjP  \r\n\x87\n", JPEG_2000, EXPORT},
    {0, 4, "\xff\x4f\xff\x51", JPEG_2000, EXPORT},
    {0, 12, "\0\0\0\x0cJXL \r\n\x87\n", JPEG_XL, EXPORT},
    {0, 2, "\xff\x0a", JPEG_XL, EXPORT},
    {0, 3, "II\xbc", JPEG_XR, EXPORT},
    {128, 4, "DICM", DICOM, EXPORT},
    {0, 8, "\x02\0\0\0UL\4\0", DICOM, EXPORT}, /* without a preamble */
    {0, 10, "ZISRAWFILE", CZI, SLIDE},
    {0, 4, "\xda\xce\xbe\x0a", ND2, SLIDE},
    {0, 16, "OLYMPUSRAWFORMAT", OIR, SLIDE},
    {0, 4, "SIS\0", "a file of an Olympus VSI slide", SLIDE},
    {0, 4, "8BPS", PHOTOSHOP, EXPORT},
    {0, 8, "gimp xcf", GIMP, EXPORT},
    {0, 4, "\x76\x2f\x31\x01", OPENEXR, EXPORT},
    {0, 10, "#?RADIANCE", "a Radiance HDR image", EXPORT},
    {0, 9, "SIMPLE  =", "a FITS image", EXPORT},
    {0, 15, "FUJIFILMCCD-RAW", RAW, EXPORT},
    {0, 4, "IIRO", RAW, EXPORT}, /* Olympus */
    {0, 4, "IIRS", RAW, EXPORT},
    {0, 4, "MMOR", RAW, EXPORT},
    {0, 4, "IIU\0", RAW, EXPORT},    /* Panasonic */
    {6, 8, "HEAPCCDR", RAW, EXPORT}, /* Canon, before CR2 */
    {0, 4, "\0MRM", RAW, EXPORT},    /* Minolta */
    {0, 4, "FOVb", RAW, EXPORT},     /* Sigma */
    {4, 7, "ftypcrx", RAW, EXPORT},  /* CR3 */
    {0, 4, "qoif", "a QOI image", EXPORT},
    {0, 4, "\0\0\1\0", ICON, EXPORT},
    {0, 4, "DDS ", "a DDS image", EXPORT},
    {4, 4, "ftyp", VIDEO, FRAMES},
    {4, 4, "moov", VIDEO, FRAMES},
    {0, 4, "\x1a\x45\xdf\xa3", VIDEO, FRAMES},
    {0, 4, "\0\0\1\xba", VIDEO, FRAMES},
    {0, 4, "\x30\x26\xb2\x75", VIDEO, FRAMES},
    {8, 4, "AVI ", VIDEO, FRAMES},
};

static const Magic others[] = {
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
    return is_office ? (ImageContent){"an office document", RENAME, FALSE}
                     : (ImageContent){"a ZIP archive", UNPACK, FALSE};
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
        return (ImageContent){SVG, EXPORT, TRUE};
    if (strstr(lower, "<!doctype html") || strstr(lower, "<html"))
        return (ImageContent){"a web page", AGAIN, FALSE};
    return (ImageContent){"text", NULL, FALSE};
}

/* A little-endian data element of DICOM at `at`: its group and element, and the place of the next
 * one; 0 if there is none. */
static gsize dicom_element(const guint8 *bytes, gsize n_bytes, gsize at, guint32 *tag)
{
    static const char long_kinds[] = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
    if (n_bytes < at + 12)
        return 0;
    const guint8 *p = bytes + at;
    const char kind[] = {(char)p[4], (char)p[5], '\0'};
    *tag = leuko_uint_at(p, 2, FALSE) << 16 | leuko_uint_at(p + 2, 2, FALSE);
    gsize n_head = 8, n = leuko_uint_at(p + 4, 4, FALSE); /* implicit: a length of 32 bits */
    if (g_ascii_isupper(kind[0]) && g_ascii_isupper(kind[1])) {
        gboolean is_long = strstr(long_kinds, kind) != NULL;
        n_head = is_long ? 12 : 8;
        n = is_long ? leuko_uint_at(p + 8, 4, FALSE) : leuko_uint_at(p + 6, 2, FALSE);
    }
    return n % 2 == 0 && n < 256 ? at + n_head + n : 0; /* the first elements are short */
}

/* DICOM without its preamble: it begins with group 2 (how it is stored) or 8 (what it is), and its
 * elements come in order. */
static gboolean is_bare_dicom(const guint8 *bytes, gsize n_bytes)
{
    guint32 first = 0, second = 0;
    gsize next = dicom_element(bytes, n_bytes, 0, &first);
    guint group = first >> 16;
    return next > 0 && (group == 2 || group == 8) && (first & 0xffff) <= 0x18 &&
           dicom_element(bytes, n_bytes, next, &second) > 0 && second > first &&
           second >> 16 <= 0x10;
}

/* Leica LIF: 0x70, u32 length, 0x2a, and UTF-16 text. */
static gboolean is_lif(const guint8 *bytes, gsize n_bytes)
{
    return n_bytes > 15 && memcmp(bytes, "\x70\0\0\0", 4) == 0 && bytes[8] == 0x2a &&
           bytes[13] == '<' && bytes[14] == 0;
}

/* PBM, PGM, PPM, PAM: "P1" to "P7" and a blank. */
static gboolean is_netpbm(const guint8 *bytes, gsize n_bytes)
{
    return n_bytes > 8 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
           g_ascii_isspace(bytes[2]) &&
           (g_ascii_isdigit(bytes[3]) || bytes[3] == '#' || memcmp(bytes + 3, "WIDTH", 5) == 0);
}

static const Magic *find(const Magic *magics, gsize n, const guint8 *bytes, gsize n_bytes)
{
    for (gsize i = 0; i < n; i++) {
        const Magic *m = &magics[i];
        if (n_bytes >= m->at + m->n && memcmp(bytes + m->at, m->magic, m->n) == 0)
            return m;
    }
    return NULL;
}

ImageContent image_content(const guint8 *bytes, gsize n_bytes)
{
    const Magic *found = find(images, G_N_ELEMENTS(images), bytes, n_bytes);
    if (found)
        return (ImageContent){found->what, found->advice, TRUE};
    if (is_bare_dicom(bytes, n_bytes))
        return (ImageContent){DICOM, EXPORT, TRUE};
    if (is_lif(bytes, n_bytes))
        return (ImageContent){LIF, SLIDE, TRUE};
    if (is_netpbm(bytes, n_bytes))
        return (ImageContent){NETPBM, EXPORT, TRUE};
    if ((found = find(others, G_N_ELEMENTS(others), bytes, n_bytes)))
        return (ImageContent){found->what, found->advice, FALSE};
    if (n_bytes >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return name_zip(bytes, n_bytes);
    gsize n = MIN(n_bytes, IMAGE_CONTENT_HEAD);
    if (is_text(bytes, n))
        return name_text(bytes, n);
    gsize n_zeros = 0;
    while (n_zeros < n_bytes && bytes[n_zeros] == 0)
        n_zeros++;
    return n_zeros == n_bytes ? (ImageContent){"nothing but zeros", AGAIN, FALSE}
                              : (ImageContent){"unknown bytes", NULL, FALSE};
}

ImageContent image_content_by_ending(const char *ending)
{
    static const struct {
        const char *endings, *what, *advice;
    } formats[] = {
        {" jp2 j2k j2c jpc jpf jpx jpm jph ", JPEG_2000, EXPORT},
        {" jxl ", JPEG_XL, EXPORT},
        {" jxr wdp hdp ", JPEG_XR, EXPORT},
        {" dcm dicom ima ", DICOM, EXPORT},
        {" svs ", "an Aperio SVS slide", SLIDE},
        {" ndpi ndpis vms vmu ", "a Hamamatsu slide", SLIDE},
        {" scn ", "a Leica SCN slide", SLIDE},
        {" bif ", "a Ventana BIF slide", SLIDE},
        {" mrxs ", MRXS, SLIDE},
        {" vsi ets ", "an Olympus VSI slide", SLIDE},
        {" czi zvi lsm ", "a Zeiss microscope file", SLIDE},
        {" lif ", LIF, SLIDE},
        {" nd2 ", ND2, SLIDE},
        {" oir oib oif ", "an Olympus microscope file", SLIDE},
        {" stk ", "a MetaMorph stack", SLIDE},
        {" dng cr2 cr3 crw nef nrw arw sr2 raf orf rw2 rwl raw pef srw x3f mrw 3fr iiq dcr kdc ",
         RAW, EXPORT},
        {" psd ", PHOTOSHOP, EXPORT},
        {" xcf ", GIMP, EXPORT},
        {" svg ", SVG, EXPORT},
        {" ppm pgm pbm pnm pam ", NETPBM, EXPORT},
        {" exr hdr tga pcx ", "an image in a format that is not read", EXPORT},
        {" ico ", ICON, EXPORT},
        {" mp4 mov avi mkv webm wmv mpg mpeg ", VIDEO, FRAMES},
    };
    g_autofree gchar *lower = g_ascii_strdown(ending, -1),
                     *word = g_strconcat(" ", lower, " ", NULL);
    for (gsize i = 0; *ending && !strchr(ending, ' ') && i < G_N_ELEMENTS(formats); i++)
        if (strstr(formats[i].endings, word))
            return (ImageContent){formats[i].what, formats[i].advice, TRUE};
    return (ImageContent){NULL, NULL, FALSE};
}
