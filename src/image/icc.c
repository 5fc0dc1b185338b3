#include "image/icc.h"
#include <gio/gio.h>
#include <string.h>

enum { HEADER_BYTES = 128, COLOR_SPACE = 16, SIGNATURE = 36 };
enum { MAX_UNPACKED = 64 << 10 };

/* The names of profiles in common use, as their descriptions hold them. */
static const char *const names[] = {"sRGB",     "Adobe RGB", "Display P3", "ProPhoto RGB",
                                    "ROMM RGB", "Apple RGB", "ColorMatch", "Rec. 2020",
                                    "Rec2020",  "DCI-P3",    "Wide Gamut"};

/* TRUE if the description holds the name, in ASCII or in UTF-16BE. */
static gboolean holds(const guint8 *profile, gsize n_bytes, const char *name)
{
    guint8 wide[64];
    gsize n = strlen(name);
    for (gsize i = 0; i < n; i++) {
        wide[2 * i] = 0;
        wide[2 * i + 1] = (guint8)name[i];
    }
    return memmem(profile, n_bytes, name, n) || memmem(profile, n_bytes, wide, 2 * n);
}

void image_icc_note(ImageFile *file, const guint8 *profile, gsize n_bytes)
{
    if (n_bytes < HEADER_BYTES || memcmp(profile + SIGNATURE, "acsp", 4) != 0) {
        image_note(file->notes.color, "a broken color profile, not applied");
        return;
    }
    const guint8 *space = profile + COLOR_SPACE;
    if (memcmp(space, "CMYK", 4) == 0) {
        image_note(file->notes.color, "a CMYK color profile, not applied");
        return;
    }
    if (memcmp(space, "RGB ", 4) != 0)
        return;
    const char *name = NULL;
    for (gsize i = 0; !name && i < G_N_ELEMENTS(names); i++)
        name = holds(profile, n_bytes, names[i]) ? names[i] : NULL;
    if (!name)
        image_note(file->notes.color, "a color profile other than sRGB, not applied");
    else if (strcmp(name, "sRGB") != 0)
        image_note(file->notes.color, "the color profile %s, not applied", name);
}

void image_icc_note_zlib(ImageFile *file, const guint8 *compressed, gsize n_bytes)
{
    g_autoptr(GZlibDecompressor) zlib = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    g_autofree guint8 *profile = g_malloc(MAX_UNPACKED);
    gsize n_done = 0, n_taken = 0;
    GConverterResult result = G_CONVERTER_CONVERTED;
    while (result == G_CONVERTER_CONVERTED && n_done < MAX_UNPACKED) {
        gsize n_read = 0, n_written = 0;
        result = g_converter_convert(G_CONVERTER(zlib), compressed + n_taken, n_bytes - n_taken,
                                     profile + n_done, MAX_UNPACKED - n_done,
                                     G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL);
        n_taken += result == G_CONVERTER_ERROR ? 0 : n_read;
        n_done += result == G_CONVERTER_ERROR ? 0 : n_written;
    }
    image_icc_note(file, profile, n_done); /* what cannot be unpacked is shorter than a header */
}

void image_icc_note_numbers(ImageFile *file, guint primaries, guint transfer)
{
    enum { BT_709 = 1, UNSTATED = 2, BT_2020 = 9, DCI_P3 = 11, DISPLAY_P3 = 12 };
    enum { LINEAR = 8, PQ = 16, HLG = 18 };
    if (primaries != BT_709 && primaries != UNSTATED)
        image_note(file->notes.color, "the color primaries %s, not applied",
                   primaries == BT_2020      ? "Rec. 2020"
                   : primaries == DISPLAY_P3 ? "Display P3"
                   : primaries == DCI_P3     ? "DCI-P3"
                                             : "of a space other than sRGB");
    if (transfer == PQ || transfer == HLG || transfer == LINEAR)
        image_note(file->notes.color, "the transfer function %s, not applied",
                   transfer == PQ    ? "PQ"
                   : transfer == HLG ? "HLG"
                                     : "of linear light");
}
