/* usage: image-digests FILE...
 * Prints a line for each file: its width, height and the SHA-256 of its pixels as decoded, or the
 * error. Two builds that decode alike print the same. */
#include "leuko/image.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoImage) image = leuko_image_load(argv[i], &error);
        if (!image) {
            printf("%s\n", error->message);
            continue;
        }
        g_autofree gchar *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, image->pixels,
                                                               image->row_bytes * image->height);
        printf("%s: %u x %u %s\n", argv[i], image->width, image->height, digest);
    }
    return 0;
}
