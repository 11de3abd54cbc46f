using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// The first 256 bytes of an index file, little-endian. Behind it stand the sections of <see cref="Bm25Layout"/>. The checksums
/// are CRC-32C: one of the header itself (without this field), one of the checksums of all pages behind it.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct Bm25Header
{
    public const int Bytes = 256;
    public const ulong MagicNumber = 0x3532_4D42_5249_5252; // "RRIRBM25"
    public const int CurrentVersion = 2;
    public const int MaxAnalyzerBytes = 63;

    public ulong Magic;
    public int Version;
    public uint HeaderChecksum;
    public uint PagesChecksum;
    public int Documents;
    public int DocumentsWithTerms;
    public int LongestDocument;
    public int Terms;
    public int Buckets;
    public long Postings;
    public long Tokens;
    public long PostingBytes;
    public long IdBytes;
    public long TermBytes;
    AnalyzerName name;
    Reserved reserved;

    public string Analyzer
    {
        readonly get
        {
            ReadOnlySpan<byte> bytes = name;
            var end = bytes.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        }
        set
        {
            if (Encoding.UTF8.GetByteCount(value) > MaxAnalyzerBytes)
                throw new ArgumentException($"The analyzer's name '{value}' is longer than {MaxAnalyzerBytes} bytes.");
            Encoding.UTF8.GetBytes(value, (Span<byte>)name);
        }
    }

    /// <summary>The checksum of the fields but the checksum.</summary>
    public readonly uint ComputeChecksum()
    {
        var copy = this;
        copy.HeaderChecksum = 0;
        return Crc32C.Add(0, MemoryMarshal.AsBytes(new ReadOnlySpan<Bm25Header>(in copy)));
    }

    [InlineArray(MaxAnalyzerBytes + 1)]
    struct AnalyzerName
    {
        byte first;
    }

    // Zeros up to 256 bytes.
    [InlineArray(Bytes - 80 - MaxAnalyzerBytes - 1)]
    struct Reserved
    {
        byte first;
    }
}
