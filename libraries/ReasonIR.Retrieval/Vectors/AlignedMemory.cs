using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Zeroed memory at a multiple of 64 bytes, for vectors that are loaded whole.</summary>
sealed unsafe class AlignedMemory : IDisposable
{
    void* _start;

    public AlignedMemory(long bytes)
    {
        _start = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), 64);
        NativeMemory.Clear(_start, (nuint)bytes);
    }

    public float* Floats => (float*)_start;

    public short* Shorts => (short*)_start;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
