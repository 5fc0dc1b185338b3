/* A substitute for Intel's libmvnc, for tests without a stick. It checks NCS API v1 as far as leuko
 * uses it (order of calls, handles, sizes, status codes) and ends the process with a message if a
 * call breaks the rules. Its answers follow a simple rule.
 *
 * MVNC_STAND_IN=CALL:STATUS[:N]  the N-th call (from 1) of CALL returns STATUS
 * MVNC_CLASSES=K                 the graph has K classes (2)
 * MVNC_TRACE=FILE                every call is written there
 * Answer: p[0] is (mean of the tensor + 1) / 2, the rest is divided among the other classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 299, TENSOR_BYTES = SIDE * SIDE * 3 * 2 };
static struct {
    int is_open, has_graph, is_loaded, n_calls[8];
    unsigned short result[64];
} stick;
static int device_mark, graph_mark;

static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "stand-in for libmvnc: contract broken: %s\n", what);
    _exit(70);
}

static int status_of(int call, const char *name)
{
    const char *wanted = getenv("MVNC_STAND_IN"), *trace = getenv("MVNC_TRACE");
    char which[64];
    int status, number = 1;
    if (trace) {
        FILE *f = fopen(trace, "a");
        fprintf(f, "%s\n", name);
        fclose(f);
    }
    stick.n_calls[call]++;
    if (wanted && sscanf(wanted, "%63[A-Za-z]:%d:%d", which, &status, &number) >= 2 &&
        strcmp(which, name) == 0 && stick.n_calls[call] == number)
        return status;
    return 0;
}

static float from_half(unsigned short h)
{
    int exponent = h >> 10 & 31;
    float value = exponent ? (float)(1024 + (h & 1023)) : (float)(h & 1023);
    for (int e = exponent ? exponent : 1; e < 25; e++)
        value /= 2;
    for (int e = 25; e < exponent; e++)
        value *= 2;
    return h & 0x8000 ? -value : value;
}

static unsigned short to_half(float x) /* 0 <= x <= 1 */
{
    int exponent = 15;
    if (x < 1e-4f)
        return 0;
    while (x < 1) {
        x *= 2;
        exponent--;
    }
    return (unsigned short)(exponent << 10 | (int)((x - 1) * 1024 + 0.5f));
}

int mvncGetDeviceName(int index, char *name, unsigned int n)
{
    int status = status_of(0, "GetDeviceName");
    must(name && n >= 28, "room for a device's name");
    if (status == 0)
        snprintf(name, n, "stand-in-%d", index);
    return index == 0 ? status : -4;
}

int mvncOpenDevice(const char *name, void **device)
{
    int status = status_of(1, "OpenDevice");
    must(strcmp(name, "stand-in-0") == 0 && !stick.is_open,
         "one stick is opened once, by its name");
    if (status == 0) {
        stick.is_open = 1;
        *device = &device_mark;
    }
    return status;
}

int mvncCloseDevice(void *device)
{
    must(device == &device_mark && stick.is_open && !stick.has_graph,
         "the open stick is closed, its graph gone");
    stick.is_open = 0;
    return status_of(2, "CloseDevice");
}

int mvncAllocateGraph(void *device, void **graph, const void *file, unsigned int n)
{
    int status = status_of(3, "AllocateGraph");
    must(device == &device_mark && stick.is_open && !stick.has_graph && file && n > 252,
         "one graph on an open stick");
    if (status == 0) {
        stick.has_graph = 1;
        *graph = &graph_mark;
    }
    return status;
}

int mvncDeallocateGraph(void *graph)
{
    must(graph == &graph_mark && stick.has_graph, "the graph is given back once");
    stick.has_graph = 0;
    return status_of(4, "DeallocateGraph");
}

int mvncGetGraphOption(void *graph, int option, void *data, unsigned int *n)
{
    must(graph == &graph_mark && option == 1001 && *n >= 16, "debug text of the graph");
    *n = (unsigned int)snprintf(data, *n, "shave 3 halted") + 1;
    return 0;
}

int mvncLoadTensor(void *graph, const void *tensor, unsigned int n, void *user)
{
    (void)user;
    int status = status_of(5, "LoadTensor");
    must(graph == &graph_mark && stick.has_graph && !stick.is_loaded,
         "a tensor to a graph that waits for one");
    if (n != TENSOR_BYTES)
        return -5;
    double sum = 0;
    for (int i = 0; i < TENSOR_BYTES / 2; i++)
        sum += (double)from_half(((const unsigned short *)tensor)[i]);
    const char *classes = getenv("MVNC_CLASSES");
    int k = classes ? atoi(classes) : 2;
    float p = (float)(sum / (TENSOR_BYTES / 2) + 1) / 2;
    for (int i = 0; i < k; i++)
        stick.result[i] = to_half(i == 0 ? p : (1 - p) / (float)(k - 1));
    stick.is_loaded = status == 0;
    return status;
}

int mvncGetResult(void *graph, void **tensor, unsigned int *n, void **user)
{
    int status = status_of(6, "GetResult");
    const char *classes = getenv("MVNC_CLASSES");
    must(graph == &graph_mark && stick.is_loaded, "a result after a tensor");
    stick.is_loaded = 0;
    *user = NULL;
    *tensor = stick.result;
    *n = 2 * (unsigned int)(classes ? atoi(classes) : 2);
    return status;
}
