/* What leuko_foreign_tensors() reads of a file, whatever its names, as safetensors:
 *   checkpoint-tensors FILE OUT.safetensors */
#include "formats/safetensors.h"
#include "formats/weights/read.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoParams) params = argc == 3 ? leuko_foreign_tensors(argv[1], &error) : NULL;
    if (params && leuko_safetensors_save(params, NULL, argv[2], &error))
        return 0;
    fprintf(stderr, "checkpoint-tensors: %s\n", error ? error->message : "two arguments");
    return 1;
}
