using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Zeroed memory at a multiple of 64 bytes, for vectors that are loaded whole.</summary>
sealed unsafe class AlignedMemory : IDisposable
{
    void* start;

    public AlignedMemory(long bytes)
    {
        start = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), 64);
        NativeMemory.Clear(start, (nuint)bytes);
    }

    public float* Floats => (float*)start;

    public int* Integers => (int*)start;

    public sbyte* Codes => (sbyte*)start;

    public void Dispose()
    {
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
