#include "image/tiff-pages.h"
#include "image/tiff-slide.h"
#include "leuko/error.h"
#include <string.h>

enum { MAX_PAGES = 4096, MAX_SUB_IMAGES = 64 };
enum { REDUCED = 1, MASK = 4 }; /* of NewSubfileType */
enum { PHOTOMETRIC_LINEAR_RAW = 34892 };

typedef struct {
    guint32 width, height;
    guint index, type;
    gboolean is_gray;
} Page;

typedef struct {
    GArray *pages;      /* Page */
    GArray *sub_images; /* toff_t */
    gboolean is_dng, is_raw, is_broken, is_ome;
    gchar maker[32];
    const char *slide;     /* of image_tiff_slide_kind() */
    guint64 stated_planes; /* 0: not stated */
} Pages;

static void pages_clear(Pages *pages)
{
    g_array_unref(pages->pages);
    g_array_unref(pages->sub_images);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pages, pages_clear)

static gboolean has_raw_samples(TIFF *tiff)
{
    guint16 photometric = 0;
    return TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) &&
           (photometric == PHOTOMETRIC_CFA || photometric == PHOTOMETRIC_LINEAR_RAW);
}

static guint get_type(TIFF *tiff)
{
    enum { OLD_REDUCED = 2 };
    guint32 type = 0;
    guint16 old = 0;
    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &type);
    if (TIFFGetField(tiff, TIFFTAG_OSUBFILETYPE, &old) && old == OLD_REDUCED)
        type |= REDUCED;
    return type;
}

/* The current page. */
static void add_page(TIFF *tiff, Pages *pages)
{
    Page page = {.index = pages->pages->len, .type = get_type(tiff)};
    guint16 n_samples = 1, photometric = PHOTOMETRIC_MINISBLACK, n_subs = 0;
    const char *maker = NULL;
    const guint8 *version = NULL;
    toff_t *subs = NULL;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &n_samples);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    page.is_gray = n_samples < LEUKO_CHANNELS &&
                   (photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE);
    g_array_append_val(pages->pages, page);
    if (TIFFGetField(tiff, TIFFTAG_SUBIFD, &n_subs, &subs))
        g_array_append_vals(
            pages->sub_images, subs,
            MIN(n_subs, MAX_SUB_IMAGES - MIN(pages->sub_images->len, MAX_SUB_IMAGES)));
    if (!*pages->maker && TIFFGetField(tiff, TIFFTAG_MAKE, &maker))
        g_strlcpy(pages->maker, maker, sizeof pages->maker);
    pages->is_dng = pages->is_dng || TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version);
    pages->is_raw = pages->is_raw || has_raw_samples(tiff);
}

static void read_pages(TIFF *tiff, Pages *pages, gboolean is_big)
{
    pages->slide = image_tiff_slide_kind(tiff, !TIFFLastDirectory(tiff), is_big);
    pages->stated_planes = image_tiff_stated_planes(tiff);
    pages->is_ome = image_tiff_is_ome(tiff);
    add_page(tiff, pages);
    while (pages->pages->len < MAX_PAGES && !TIFFLastDirectory(tiff)) {
        if (!TIFFReadDirectory(tiff)) {
            pages->is_broken = TRUE;
            return;
        }
        add_page(tiff, pages);
    }
}

/* TRUE if the pages are previews of raw samples, or of a full image that is no page. Moves to a
 * sub-image. */
static gboolean are_previews(TIFF *tiff, const Pages *pages)
{
    gboolean only_reduced = TRUE;
    for (guint i = 0; i < pages->pages->len; i++)
        only_reduced = only_reduced && (g_array_index(pages->pages, Page, i).type & REDUCED);
    for (guint i = 0; i < pages->sub_images->len; i++)
        if (TIFFSetSubDirectory(tiff, g_array_index(pages->sub_images, toff_t, i)) &&
            (has_raw_samples(tiff) || (only_reduced && !(get_type(tiff) & REDUCED))))
            return TRUE;
    return FALSE;
}

/* The name of the raw format, or NULL if the file is none. */
static const char *find_raw_format(TIFF *tiff, const Pages *pages)
{
    if (pages->is_dng)
        return "DNG";
    if (!pages->is_raw && !are_previews(tiff, pages))
        return NULL;
    static const char *const makers[][2] = {
        {"NIKON", "NEF"}, {"SONY", "ARW"}, {"PENTAX", "PEF"}, {"SAMSUNG", "SRW"}, {"Canon", "CR2"}};
    for (gsize i = 0; i < G_N_ELEMENTS(makers); i++)
        if (g_ascii_strncasecmp(pages->maker, makers[i][0], strlen(makers[i][0])) == 0)
            return makers[i][1];
    return "raw samples";
}

static guint64 area_of(const Page *page) { return (guint64)page->width * page->height; }

/* The first of the largest pages that are neither reduced nor masks; if all are, of all pages. */
static const Page *choose(const Pages *pages, guint left_out)
{
    const Page *best = NULL;
    for (guint i = 0; i < pages->pages->len; i++) {
        const Page *page = &g_array_index(pages->pages, Page, i);
        if (!(page->type & left_out) && (!best || area_of(page) > area_of(best)))
            best = page;
    }
    return best ? best : choose(pages, 0);
}

/* FALSE with an error if the page is one of several gray ones. */
static gboolean check_others(const Pages *pages, const Page *chosen, ImageFile *file,
                             GError **error)
{
    guint n_pages = pages->pages->len, n_unused = 0, n_alike = 0;
    guint64 n_planes = MAX(pages->stated_planes, n_pages);
    for (guint i = 0; i < n_pages; i++) {
        const Page *page = &g_array_index(pages->pages, Page, i);
        n_unused += page != chosen && !(page->type & REDUCED);
        n_alike += page->is_gray && page->width == chosen->width &&
                   page->height == chosen->height && !(page->type & (REDUCED | MASK));
    }
    if (chosen->is_gray) /* some stacks have one page for all planes */
        n_alike = MAX(n_alike, (guint)MIN(pages->stated_planes, G_MAXUINT));
    if (chosen->is_gray && n_alike > 1) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "%s: %s with several gray pages of equal size (%u) is not supported, because they "
            "may be the colors of one image; export the image as one RGB page",
            file->name, pages->is_ome ? "OME-TIFF" : file->format, n_alike);
        return FALSE;
    }
    if (n_unused > 0 || n_planes > n_pages)
        image_note(file->notes.pages, "pages not used: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                   n_unused + n_planes - n_pages, n_planes);
    if (pages->is_broken)
        image_note(file->notes.pages, "a page behind the image is broken");
    return TRUE;
}

static gboolean refuse_slide(const ImageFile *file, const char *kind, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: a whole slide or stack of a microscope (%s) is not supported; export fields "
                "of it as PNG or TIFF",
                file->name, kind);
    return FALSE;
}

static gboolean refuse_raw(const ImageFile *file, const char *format, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: a raw file of a camera (%s) is not supported; export the image as PNG or "
                "TIFF with 8 bits per channel",
                file->name, format);
    return FALSE;
}

gboolean image_tiff_check_header(const ImageFile *file, GError **error)
{
    gboolean is_cr2 = file->n_bytes > 10 && memcmp(file->bytes + 8, "CR", 2) == 0;
    return !is_cr2 || refuse_raw(file, "CR2", error);
}

gboolean image_tiff_choose_page(TIFF *tiff, ImageFile *file, GError **error)
{
    g_auto(Pages) pages = {.pages = g_array_new(FALSE, FALSE, sizeof(Page)),
                           .sub_images = g_array_new(FALSE, FALSE, sizeof(toff_t))};
    read_pages(tiff, &pages, file->bytes[2] == '+' || file->bytes[3] == '+');
    if (pages.slide)
        return refuse_slide(file, pages.slide, error);
    const char *raw = find_raw_format(tiff, &pages);
    if (raw)
        return refuse_raw(file, raw, error);
    const Page *chosen = choose(&pages, REDUCED | MASK);
    if (!check_others(&pages, chosen, file, error))
        return FALSE;
    gboolean is_current = pages.pages->len == 1 && pages.sub_images->len == 0 && !pages.is_broken;
    if (is_current || TIFFSetDirectory(tiff, (tdir_t)chosen->index))
        return TRUE;
    return image_set_broken(file, "its page cannot be read", error);
}
