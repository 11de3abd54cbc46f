// A stand-in for two libraries of NVIDIA's, which need a GPU: the part of libnccl.so.2 and of the CUDA runtime that is called here, over
// shared host memory. Declared after nccl.h and the CUDA runtime's documentation, not after our binding, and stricter than the originals:
// what they leave undefined (calls that differ between ranks, calls while one is under way) is an error here.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern "C" {
typedef enum { ncclSuccess = 0, ncclUnhandledCudaError = 1, ncclSystemError = 2, ncclInternalError = 3, ncclInvalidArgument = 4, ncclInvalidUsage = 5, ncclRemoteError = 6, ncclInProgress = 7 } ncclResult_t;
typedef enum { ncclInt8 = 0, ncclUint8 = 1, ncclInt32 = 2, ncclUint32 = 3, ncclInt64 = 4, ncclUint64 = 5, ncclFloat16 = 6, ncclFloat32 = 7, ncclFloat64 = 8, ncclBfloat16 = 9 } ncclDataType_t;
typedef enum { ncclSum = 0, ncclProd = 1, ncclMax = 2, ncclMin = 3, ncclAvg = 4 } ncclRedOp_t;
typedef struct { char internal[128]; } ncclUniqueId;
typedef struct { size_t size; unsigned int magic; unsigned int version; int blocking; int cgaClusterSize; } ncclConfig_t;
typedef struct ncclComm* ncclComm_t;
typedef void* cudaStream_t;
typedef int cudaError_t;
}

namespace {
constexpr int most_ranks = 8, devices = 8;
constexpr size_t slot_bytes = 64 << 10;
constexpr cudaError_t invalid_device = 101, not_ready = 600;

struct Operation { char kind; size_t count; int type, op, root; const char* send; char* receive; };

struct Shared {
    std::atomic<int> joined, arrived, generation;
    Operation said[most_ranks];
    char slots[most_ranks][slot_bytes];
};

std::mutex log_mutex;
std::string log_text;
void log(const std::string& line) { std::lock_guard<std::mutex> lock(log_mutex); log_text += line + "\n"; }

std::atomic<int> pending[devices];
thread_local int current_device = 0;
thread_local cudaError_t last_error = 0;
thread_local int depth = 0;
thread_local std::vector<std::pair<ncclComm_t, Operation>> grouped;
thread_local std::string last_words;

size_t size_of(int type)
{
    switch (type) {
        case ncclInt8: case ncclUint8: return 1;
        case ncclFloat16: case ncclBfloat16: return 2;
        case ncclInt32: case ncclUint32: case ncclFloat32: return 4;
        case ncclInt64: case ncclUint64: case ncclFloat64: return 8;
        default: return 0;
    }
}

template <typename T> void add(char* to, const char* from, size_t n) { for (size_t i = 0; i < n; i++) ((T*)to)[i] += ((const T*)from)[i]; }
}

struct ncclComm {
    int rank, world, device; std::string path;
    Shared* shared = nullptr;
    std::atomic<bool> aborted{false};
    std::atomic<int> state{ncclInProgress};
    std::mutex mutex; std::condition_variable more; std::deque<std::vector<Operation>> queue;
    std::thread stream;

    bool barrier()
    {
        int generation = shared->generation;
        if (++shared->arrived == world) { shared->arrived = 0; shared->generation++; return true; }
        while (shared->generation == generation) { if (aborted) return false; usleep(20); }
        return true;
    }

    bool run(const Operation& o)
    {
        shared->said[rank] = o;
        if (!barrier()) return false;
        for (int r = 0; r < world; r++) {
            auto& other = shared->said[r];
            if (other.kind != o.kind || other.count != o.count || other.type != o.type || other.op != o.op || other.root != o.root) { state = ncclInvalidUsage; return false; }
        }
        size_t each = size_of(o.type), step = slot_bytes / each;
        for (size_t at = 0; at < o.count; at += step) {
            size_t n = std::min(step, o.count - at);
            if (o.kind != 'b' || o.root == rank) std::memcpy(shared->slots[rank], o.send + at * each, n * each);
            if (!barrier()) return false;
            if (o.kind == 'b') std::memcpy(o.receive + at * each, shared->slots[o.root], n * each);
            else if (o.kind == 'g') for (int r = 0; r < world; r++) std::memcpy(o.receive + (r * o.count + at) * each, shared->slots[r], n * each);
            else {
                char* sum = o.receive + at * each;
                std::memcpy(sum, shared->slots[0], n * each);
                for (int r = 1; r < world; r++)
                    if (o.type == ncclFloat64) add<double>(sum, shared->slots[r], n); else add<float>(sum, shared->slots[r], n);
            }
            if (!barrier()) return false;
        }
        return true;
    }

    void work()
    {
        shared->joined++;
        while (shared->joined < world) { if (aborted) return; usleep(20); }
        unlink(path.c_str());
        state = ncclSuccess;
        while (true) {
            std::vector<Operation> group;
            {
                std::unique_lock<std::mutex> lock(mutex);
                more.wait(lock, [&] { return aborted || !queue.empty(); });
                if (aborted) return;
                group = std::move(queue.front());
                queue.pop_front();
            }
            usleep(200); // what was enqueued is not yet done
            state = ncclSuccess;
            bool done = true;
            for (auto& o : group) done = done && run(o);
            // A collective that has failed never ends, as on a GPU, where the kernel goes on waiting.
            if (done) pending[device]--; else return;
        }
    }
};

#define API extern "C" __attribute__((visibility("default")))

API const char* standin_calls() { static std::string text; std::lock_guard<std::mutex> lock(log_mutex); text = log_text; log_text.clear(); return text.c_str(); }

API cudaError_t cudaSetDevice(int device) { if (device < 0 || device >= devices) return invalid_device; current_device = device; return 0; }
API cudaError_t cudaGetDevice(int* device) { *device = current_device; return 0; }
API cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    if (stream) return 400;
    return last_error = pending[current_device] ? not_ready : 0;
}
API cudaError_t cudaGetLastError() { auto e = last_error; last_error = 0; return e; }
API cudaError_t cudaMemGetInfo(size_t* free, size_t* total) { *free = (size_t)(current_device + 1) << 30; *total = (size_t)8 << 30; return 0; }
API const char* cudaGetErrorString(cudaError_t e) { return e == invalid_device ? "invalid device ordinal" : e == not_ready ? "device not ready" : "no error"; }

API ncclResult_t ncclGetVersion(int* version) { *version = 22105; return ncclSuccess; }
API const char* ncclGetErrorString(ncclResult_t r) { return r == ncclInvalidUsage ? "invalid usage" : r == ncclInvalidArgument ? "invalid argument" : "unhandled error"; }
API const char* ncclGetLastError(ncclComm_t) { return last_words.c_str(); }

API ncclResult_t ncclGetUniqueId(ncclUniqueId* id)
{
    std::memset(id, 0, sizeof *id);
    std::strcpy(id->internal, "/tmp/nccl-standin-XXXXXX");
    int file = mkstemp(id->internal);
    if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return ncclSystemError;
    close(file);
    // To the last byte: an id that is passed on cut short is noticed.
    for (int i = 32; i < 128; i++) id->internal[i] = (char)(i * 7);
    return ncclSuccess;
}

API ncclResult_t ncclCommInitRankConfig(ncclComm_t* out, int world, ncclUniqueId id, int rank, ncclConfig_t* config)
{
    if (!config || config->size != 24 || config->magic != 0xcafebeef || config->version < 21400 || config->version > 22105 || config->blocking != 0) { last_words = "a configuration that does not block was expected"; return ncclInvalidArgument; }
    for (int i = 32; i < 128; i++) if (id.internal[i] != (char)(i * 7)) { last_words = "the id was damaged"; return ncclInvalidArgument; }
    if (world < 1 || world > most_ranks || rank < 0 || rank >= world) return ncclInvalidArgument;
    int file = open(id.internal, O_RDWR);
    if (file < 0) { last_words = "there is no such group"; return ncclSystemError; }
    auto comm = new ncclComm;
    comm->rank = rank; comm->world = world; comm->device = current_device; comm->path = id.internal;
    comm->shared = (Shared*)mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    comm->stream = std::thread([comm] { comm->work(); });
    log(std::to_string(rank) + " join " + std::to_string(world));
    *out = comm;
    return ncclInProgress;
}

API ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) { *state = (ncclResult_t)comm->state.load(); return ncclSuccess; }

API ncclResult_t ncclCommAbort(ncclComm_t comm)
{
    log(std::to_string(comm->rank) + " abort");
    { std::lock_guard<std::mutex> lock(comm->mutex); comm->aborted = true; }
    comm->more.notify_all();
    comm->stream.join();
    munmap(comm->shared, sizeof(Shared));
    unlink(comm->path.c_str());
    pending[comm->device] = 0;
    delete comm;
    return ncclSuccess;
}

API ncclResult_t ncclGroupStart() { depth++; return ncclSuccess; }

API ncclResult_t ncclGroupEnd()
{
    if (depth == 0) return ncclInvalidUsage;
    if (--depth > 0 || grouped.empty()) return ncclSuccess;
    auto comm = grouped[0].first;
    std::vector<Operation> group;
    for (auto& [its, o] : grouped) group.push_back(o);
    grouped.clear();
    // Left over from somebody who asked whether the stream is idle.
    if (last_error) { last_words = "an error of CUDA's was not taken away"; return ncclUnhandledCudaError; }
    if (comm->state == ncclInProgress) { last_words = "a call was made while another was under way"; return ncclInvalidUsage; }
    comm->state = ncclInProgress;
    pending[comm->device]++;
    { std::lock_guard<std::mutex> lock(comm->mutex); comm->queue.push_back(std::move(group)); }
    comm->more.notify_all();
    return ncclInProgress;
}

static ncclResult_t ask(ncclComm_t comm, Operation o, cudaStream_t stream, const char* name)
{
    if (stream || !o.send || !o.receive || size_of(o.type) == 0 || (o.kind == 'r' && (o.type != ncclFloat32 && o.type != ncclFloat64))) { last_words = std::string(name) + ": an argument is not one"; return ncclInvalidArgument; }
    log(std::to_string(comm->rank) + " " + name + " " + std::to_string(o.count) + " " + std::to_string(o.type) + (o.kind == 'b' ? " from " + std::to_string(o.root) : ""));
    ncclGroupStart();
    grouped.emplace_back(comm, o);
    return ncclGroupEnd();
}

API ncclResult_t ncclAllReduce(const void* send, void* receive, size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream)
{
    return op == ncclSum ? ask(comm, {'r', count, type, op, 0, (const char*)send, (char*)receive}, stream, "allreduce") : ncclInvalidArgument;
}
API ncclResult_t ncclAllGather(const void* send, void* receive, size_t count, ncclDataType_t type, ncclComm_t comm, cudaStream_t stream)
{
    return ask(comm, {'g', count, type, 0, 0, (const char*)send, (char*)receive}, stream, "allgather");
}
API ncclResult_t ncclBroadcast(const void* send, void* receive, size_t count, ncclDataType_t type, int root, ncclComm_t comm, cudaStream_t stream)
{
    return ask(comm, {'b', count, type, 0, root, (const char*)send, (char*)receive}, stream, "broadcast");
}
