/* Any bytes are decoded to an image within the size limits that can be preprocessed, or an error
 * of our domain whose message is one line is reported; in bounded memory. */
#include "fuzz.h"
#include "image/preprocess.h"
#include "image/working-memory.h"
#include <math.h>
#include <sys/resource.h>

/* Larger files take long. */
#define MAX_FUZZ_BYTES 200000

/* Decoders may use MEMORY_BYTES; what a library takes beyond what its decoder states shows in the
 * peak of the process. */
#define MEMORY_BYTES ((guint64)64 << 20)
#define PEAK_BYTES   ((guint64)256 << 20)

static void check_memory(void)
{
    guint64 n_bytes, peak;
    image_memory_measure(&n_bytes, &peak);
    g_assert_true(n_bytes == 0 && peak <= MEMORY_BYTES);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
    struct rusage usage;
    g_assert_true(getrusage(RUSAGE_SELF, &usage) == 0);
    g_assert_cmpuint((guint64)usage.ru_maxrss * 1024, <, PEAK_BYTES);
#endif
}

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
    image_memory_set_limit(MEMORY_BYTES);
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = leuko_image_decode(data, size, "fuzz", &error);
    if (image) {
        g_assert_no_error(error);
        check_image(image);
    } else {
        fuzz_check_error(error);
    }
    check_memory();
    return 0;
}
