/* Any bytes are decoded to an image within the size limits that can be preprocessed, or an error
 * of our domain whose message is one line is reported. */
#include "fuzz.h"
#include "image/preprocess.h"
#include <math.h>

/* Larger files may decode to hundreds of megapixels, which is correct but slow. */
#define MAX_FUZZ_BYTES 100000

static void check_image(const LeukoImage *image)
{
    static float x_chw[3 * 75 * 75];
    LeukoPreprocess slim = leuko_preprocess_slim(75);
    g_assert_true(image->width >= 1 && image->width <= LEUKO_IMAGE_MAX_SIDE);
    g_assert_true(image->height >= 1 && image->height <= LEUKO_IMAGE_MAX_SIDE);
    g_assert_true(image->row_bytes >= (gsize)image->width * LEUKO_CHANNELS);
    g_assert_true(leuko_preprocess_apply(&slim, image, x_chw, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(x_chw); i++)
        g_assert_true(fabsf(x_chw[i]) <= 1.0001f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MAX_FUZZ_BYTES)
        return 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = leuko_image_decode(data, size, "fuzz", &error);
    if (image) {
        g_assert_no_error(error);
        check_image(image);
    } else {
        fuzz_check_error(error);
    }
    return 0;
}
