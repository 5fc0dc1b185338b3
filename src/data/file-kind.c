#include "data/file-kind.h"
#include "base/io-error.h"
#include "data/naming.h"
#include "image/content.h"
#include "leuko/image.h"
#include <string.h>
#include <unistd.h>

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

/* What the first bytes are; is_image without a name: an image that is read. FALSE: they cannot be
 * read. */
static gboolean look_into(const char *path, ImageContent *content)
{
    guint8 head[IMAGE_CONTENT_HEAD];
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, NULL);
    gssize n = fd < 0 ? -1 : leuko_pread_all(fd, head, sizeof head, 0);
    if (fd >= 0)
        close(fd);
    if (n > 0 && leuko_image_sniff(head, (gsize)n))
        content->is_image = TRUE;
    else if (n > 0)
        *content = image_content(head, (gsize)n);
    return n >= 0;
}

static gchar *describe(ImageContent content)
{
    return content.advice ? g_strconcat(content.what, "; ", content.advice, NULL)
                          : g_strdup(content.what);
}

LeukoSkipReason leuko_file_kind(const char *name, const char *path, gchar **what)
{
    static const char *const companions[] = {
        "csv", "tsv", "txt",  "md",   "rst", "pdf",    "html",  "xml", "json", "yaml", "yml",
        "xyc", "xls", "xlsx", "ods",  "doc", "docx",   "odt",   "rtf", "ppt",  "pptx", "log",
        "zip", "gz",  "tar",  "rar",  "7z",  "py",     "ipynb", "m",   "mat",  "npy",  "npz",
        "pkl", "h5",  "hdf5", "arff", "roi", "sha256", "md5",   "ini", "cfg",  "toml", NULL};
    *what = NULL;
    if (leuko_naming_stem(name) < strlen(name))
        return 0;
    const char *ending = ending_of(name);
    if (is_one_of(ending, companions))
        return LEUKO_SKIP_COMPANION;
    ImageContent by_ending = image_content_by_ending(ending);
    if (*ending && !by_ending.what)
        return LEUKO_SKIP_NOT_IMAGE;
    ImageContent content = {NULL, NULL, FALSE};
    if (!look_into(path, &content) && !*ending)
        return LEUKO_SKIP_UNREADABLE;
    if (!*ending && !content.is_image)
        return LEUKO_SKIP_NOT_IMAGE;
    if (!*ending && !content.what)
        return 0;
    *what = describe(content.is_image && content.what ? content : by_ending);
    return LEUKO_SKIP_FOREIGN;
}
