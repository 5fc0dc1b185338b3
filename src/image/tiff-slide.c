#include "image/tiff-slide.h"
#include <string.h>

enum { TAG_NDPI = 65420, TAG_LSM = 34412, TAG_METAMORPH = 33629 };

static const char *get_text(TIFF *tiff, guint32 tag)
{
    const char *text = NULL;
    return TIFFGetField(tiff, tag, &text) && text ? text : "";
}

/* libtiff keeps the tags that it does not know, too. */
static gboolean has_tag(TIFF *tiff, guint32 tag)
{
    for (int i = 0; i < TIFFGetTagListCount(tiff); i++)
        if (TIFFGetTagListEntry(tiff, i) == tag)
            return TRUE;
    return FALSE;
}

static gboolean xmp_holds(TIFF *tiff, const char *word)
{
    guint32 n = 0;
    const char *xmp = NULL;
    return TIFFGetField(tiff, TIFFTAG_XMLPACKET, &n, &xmp) && xmp &&
           memmem(xmp, n, word, strlen(word));
}

const char *image_tiff_slide_kind(TIFF *tiff, gboolean has_several_pages, gboolean is_big)
{
    const char *description = get_text(tiff, TIFFTAG_IMAGEDESCRIPTION);
    if (has_tag(tiff, TAG_NDPI))
        return "Hamamatsu NDPI";
    if (g_str_has_prefix(description, "Aperio") &&
        (has_several_pages || is_big || TIFFIsTiled(tiff)))
        return "Aperio SVS";
    if (strstr(description, "<scn"))
        return "Leica SCN";
    if (xmp_holds(tiff, "iScan"))
        return "Ventana BIF";
    if (strstr(description, "DPUfsImport"))
        return "Philips TIFF";
    if (g_str_has_prefix(get_text(tiff, TIFFTAG_SOFTWARE), "MedScan"))
        return "Trestle TIFF";
    if (has_tag(tiff, TAG_LSM))
        return "Zeiss LSM";
    return has_tag(tiff, TAG_METAMORPH) ? "MetaMorph STK" : NULL;
}

gboolean image_tiff_is_ome(TIFF *tiff)
{
    const char *description = get_text(tiff, TIFFTAG_IMAGEDESCRIPTION);
    return strstr(description, "<OME") || strstr(description, "openmicroscopy.org/");
}

/* The number behind a word, or `otherwise`. */
static guint64 number_behind(const char *text, const char *word, guint64 otherwise)
{
    const char *at = strstr(text, word);
    guint64 n = at ? g_ascii_strtoull(at + strlen(word), NULL, 10) : 0;
    return n > 0 ? n : otherwise;
}

guint64 image_tiff_stated_planes(TIFF *tiff)
{
    enum { MOST = 1 << 20 };
    const char *description = get_text(tiff, TIFFTAG_IMAGEDESCRIPTION);
    if (g_str_has_prefix(description, "ImageJ="))
        return number_behind(description, "\nimages=", 0);
    if (!image_tiff_is_ome(tiff))
        return 0;
    guint64 z = number_behind(description, " SizeZ=\"", 1);
    guint64 t = number_behind(description, " SizeT=\"", 1);
    guint64 c = number_behind(description, " SizeC=\"", 1);
    guint64 in_one = number_behind(description, " SamplesPerPixel=\"", 1);
    return MIN(z, MOST) * MIN(t, MOST) * MAX(MIN(c, MOST) / in_one, 1);
}
