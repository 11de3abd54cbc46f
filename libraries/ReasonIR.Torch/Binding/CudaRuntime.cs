using System.Runtime.InteropServices;

namespace ReasonIR.Torch.Binding;

/// <summary>
/// What libtorch's device-independent interface leaves out, from the CUDA runtime that libtorch has brought with it: it is among the
/// dependencies of our library, so that no header, no file name and no version has to be known.
/// </summary>
sealed unsafe class CudaRuntime
{
    /// <summary>cudaErrorNotReady of driver_types.h.</summary>
    const int NotReady = 600;

    readonly delegate* unmanaged<int, int> setDevice;
    readonly delegate* unmanaged<int*, int> getDevice;
    readonly delegate* unmanaged<nint, int> streamQuery;
    readonly delegate* unmanaged<nuint*, nuint*, int> memGetInfo;
    readonly delegate* unmanaged<int> getLastError;
    readonly delegate* unmanaged<int, nint> getErrorString;

    CudaRuntime(nint library)
    {
        setDevice = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cudaSetDevice");
        getDevice = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cudaGetDevice");
        streamQuery = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cudaStreamQuery");
        memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)NativeLibrary.GetExport(library, "cudaMemGetInfo");
        getLastError = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "cudaGetLastError");
        getErrorString = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(library, "cudaGetErrorString");
    }

    /// <summary>That of this process's libtorch; null where it has none.</summary>
    public static CudaRuntime? OfTorch { get; } = NativeLoader.Error is null ? In(NativeLoader.Library) : null;

    /// <summary>That of a library or of what it depends on; null where there is none.</summary>
    public static CudaRuntime? In(nint library)
    {
        try
        {
            return new(library);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a device the calling thread's current one.</summary>
    /// <exception cref="ExternalException">There is no such device, or it cannot be used.</exception>
    public void Use(int device) => Check(setDevice(device), $"cuda:{device} cannot be used");

    /// <summary>
    /// Whether the current device has done all that was asked of it on the default stream. It is the one on which libtorch computes unless told
    /// otherwise, and nothing here tells it.
    /// </summary>
    /// <exception cref="ExternalException">Something that was asked of the device has failed.</exception>
    public bool IsIdle()
    {
        var status = streamQuery(0);
        if (status != NotReady)
            Check(status, "the device failed");
        else
            // It is remembered as an error, which the next caller would take for its own.
            _ = getLastError();
        return status == 0;
    }

    /// <summary>Bytes of a device that are free, and all that it has.</summary>
    public (long Free, long Total) Memory(int device)
    {
        int before;
        nuint free, total;
        Check(getDevice(&before), "the current device is not known");
        Use(device);
        try
        {
            Check(memGetInfo(&free, &total), $"the memory of cuda:{device} is not known");
            return ((long)free, (long)total);
        }
        finally
        {
            Use(before);
        }
    }

    void Check(int status, string what)
    {
        if (status != 0)
            throw new ExternalException($"{what}: {Marshal.PtrToStringUTF8(getErrorString(status))} (CUDA error {status}).");
    }
}
