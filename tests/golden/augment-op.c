/* usage: augment-op WIDTH HEIGHT OPERATION...   ("rotate 45" is one OPERATION)
 * Writes the raw RGB bytes of each operation on the formula image, for test-augment-cv2.py. */
#include "augmented.h"
#include "formula.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    g_autoptr(LeukoImage) image = formula_image((guint)atoi(argv[1]), (guint)atoi(argv[2]));
    for (int i = 3; i < argc; i++) {
        g_auto(GStrv) words = g_strsplit(argv[i], " ", 2);
        g_autoptr(LeukoImage) out = augmented(image, words[0], words[1] ? atof(words[1]) : 0);
        gsize n = out->row_bytes * out->height;
        if (fwrite(out->pixels, 1, n, stdout) != n)
            return 1;
    }
    return 0;
}
