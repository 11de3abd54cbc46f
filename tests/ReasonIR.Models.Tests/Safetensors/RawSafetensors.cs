using System.Buffers.Binary;

namespace ReasonIR.Models.Tests.Safetensors;

static class RawSafetensors
{
    /// <summary>A file with that header and data, whatever they say; returns its path.</summary>
    public static string Write(string folder, byte[] header, byte[] data)
    {
        var path = Path.Combine(folder, "raw.safetensors");
        var all = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(all, header.Length);
        header.CopyTo(all, 8);
        data.CopyTo(all, 8 + header.Length);
        File.WriteAllBytes(path, all);
        return path;
    }
}
