/* usage: bench-copies ORIGINALS.txt QUERIES.txt
 *
 * Each list has one image file a line. Prints for each query the distance in bits to the nearest
 * original by the plain hash and by that of the equalized luma, 999 beyond 64. For copies.py. */
#include "image/phash-index.h"
#include <stdio.h>
#include <stdlib.h>

enum { PLAIN, EQUALIZED, N_HASHES };

typedef struct {
    LeukoPhash of[N_HASHES];
} Hashes;

static GStrv read_list(const char *path)
{
    g_autofree gchar *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(EXIT_FAILURE);
    }
    return g_strsplit(g_strchomp(text), "\n", -1);
}

static Hashes hash_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    Hashes h;
    g_autoptr(LeukoImage) image = leuko_image_load(path, &error);
    if (!image || !leuko_phash(image, &h.of[PLAIN], &error) ||
        !leuko_phash_equalized(image, &h.of[PLAIN], &h.of[EQUALIZED], &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(EXIT_FAILURE);
    }
    return h;
}

static void index_files(GStrv files, LeukoPhashIndex *indices[N_HASHES])
{
    guint n = g_strv_length(files);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, (gsize)n * N_HASHES);
    for (guint i = 0; i < n; i++) {
        Hashes h = hash_file(files[i]);
        for (guint k = 0; k < N_HASHES; k++)
            hashes[k * n + i] = h.of[k];
    }
    for (guint k = 0; k < N_HASHES; k++)
        indices[k] = leuko_phash_index_new(hashes + (gsize)k * n, n, LEUKO_PHASH_MAX_RADIUS);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench-copies ORIGINALS.txt QUERIES.txt\n");
        return EXIT_FAILURE;
    }
    g_auto(GStrv) originals = read_list(argv[1]), queries = read_list(argv[2]);
    LeukoPhashIndex *indices[N_HASHES];
    index_files(originals, indices);
    for (guint q = 0; queries[q]; q++) {
        Hashes query = hash_file(queries[q]);
        for (guint h = 0; h < N_HASHES; h++) {
            LeukoPhashMatch nearest = {0, 999};
            (void)leuko_phash_index_find_nearest(indices[h], &query.of[h], &nearest);
            printf("%u%c", nearest.distance, h + 1 < N_HASHES ? ' ' : '\n');
        }
    }
    for (guint h = 0; h < N_HASHES; h++)
        leuko_phash_index_free(indices[h]);
    return EXIT_SUCCESS;
}
