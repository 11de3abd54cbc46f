using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Storage;

/// <summary>A stretch of bytes that is written once and read back once, in a file without a name: nothing stays behind, whatever happens.</summary>
sealed class Spool : IDisposable
{
    readonly FileStream file;

    /// <param name="path">Where the file appears for a moment; its folder decides the volume.</param>
    public Spool(string path)
    {
        file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1 << 16);
        File.Delete(path);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        Length += bytes.Length;
    }

    public void Write<T>(T item) where T : unmanaged => Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in item)));

    /// <summary>Appends everything to another file.</summary>
    public void CopyTo(Stream target)
    {
        file.Position = 0;
        file.CopyTo(target, 1 << 16);
    }

    public void Dispose() => file.Dispose();
}
