#include "data/file-kind.h"
#include "data/naming.h"
#include "leuko/image.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC_BYTES = 64 };

static gboolean is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (g_ascii_strcasecmp(name, *names) == 0)
            return TRUE;
    return FALSE;
}

LeukoSkipReason leuko_file_kind_by_owner(const char *name)
{
    static const char *const system_names[] = {
        "Thumbs.db",  "ehthumbs.db", "desktop.ini",  "Icon\r",
        "__MACOSX",   "@eaDir",      "$RECYCLE.BIN", "System Volume Information",
        "lost+found", NULL};
    return name[0] == '.'                  ? LEUKO_SKIP_HIDDEN
           : is_one_of(name, system_names) ? LEUKO_SKIP_SYSTEM
                                           : 0;
}

/* What stands behind the last dot, if it can be an ending: "jpg" but not "5"; else "". */
static const char *ending_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    gboolean has_letter = FALSE;
    if (!dot || dot == name || !dot[1] || strlen(dot + 1) > 10)
        return "";
    for (const char *p = dot + 1; *p; p++) {
        if (!g_ascii_isalnum(*p) && *p != '~' && *p != '_')
            return "";
        has_letter |= !g_ascii_isdigit(*p);
    }
    return has_letter ? dot + 1 : "";
}

static gboolean begins_like_image(const char *path)
{
    char magic[MAGIC_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return FALSE;
    gssize n = read(fd, magic, sizeof magic);
    close(fd);
    return n > 0 && leuko_image_sniff(magic, (gsize)n);
}

LeukoSkipReason leuko_file_kind(const char *name, const char *path)
{
    static const char *const companions[] = {
        "csv", "tsv", "txt",  "md",   "rst", "pdf",    "html",  "xml", "json", "yaml", "yml",
        "xyc", "xls", "xlsx", "ods",  "doc", "docx",   "odt",   "rtf", "ppt",  "pptx", "log",
        "zip", "gz",  "tar",  "rar",  "7z",  "py",     "ipynb", "m",   "mat",  "npy",  "npz",
        "pkl", "h5",  "hdf5", "arff", "roi", "sha256", "md5",   "ini", "cfg",  "toml", NULL};
    static const char *const foreign[] = {
        "jp2",  "j2k", "jpf", "jpx", "jxl", "dcm", "dicom", "svs", "ndpi", "scn",
        "mrxs", "czi", "lif", "nd2", "vsi", "oir", "dng",   "cr2", "cr3",  "nef",
        "arw",  "raf", "orf", "rw2", "raw", "psd", "xcf",   "svg", "ppm",  "pgm",
        "pbm",  "pnm", "tga", "exr", "hdr", "ico", "pcx",   NULL};
    if (leuko_naming_stem(name) < strlen(name))
        return 0;
    const char *ending = ending_of(name);
    if (!*ending)
        return begins_like_image(path) ? 0 : LEUKO_SKIP_NOT_IMAGE;
    return is_one_of(ending, companions) ? LEUKO_SKIP_COMPANION
           : is_one_of(ending, foreign)  ? LEUKO_SKIP_FOREIGN
                                         : LEUKO_SKIP_NOT_IMAGE;
}
