#include "image/icc.h"
#include <string.h>

enum { HEADER_BYTES = 128, COLOR_SPACE = 16, SIGNATURE = 36 };

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
