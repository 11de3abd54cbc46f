using System.Buffers;
using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Writing;

/// <summary>Writes levels as the hybrid of runs and bit-packed groups of eight, with its length before it (pages of version 1).</summary>
static class LevelWriter
{
    const int Group = 8;

    /// <param name="width">Bits of a level, 1 or 2.</param>
    public static void Write(List<byte> levels, int width, IBufferWriter<byte> target)
    {
        var bytes = new List<byte>(16 + levels.Count * width / 8) { 0, 0, 0, 0 };
        for (var at = 0; at < levels.Count;)
        {
            var run = Run(levels, at);
            if (run >= Group || at + run == levels.Count)
            {
                Varint(bytes, (uint)run << 1);
                bytes.Add(levels[at]);
                at += run;
                continue;
            }
            // Groups until one begins with a run.
            var start = at;
            do
                at += Group;
            while (at < levels.Count && Run(levels, at) < Group);
            var groups = (at - start) / Group;
            Varint(bytes, (uint)groups << 1 | 1);
            Pack(levels, start, groups, width, bytes);
            at = Math.Min(at, levels.Count);
        }
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(all, all.Length - 4);
        target.Write(all);
    }

    static int Run(List<byte> levels, int at)
    {
        var end = at + 1;
        while (end < levels.Count && levels[end] == levels[at])
            end++;
        return end - at;
    }

    // The last group is filled up with zeros.
    static void Pack(List<byte> levels, int start, int groups, int width, List<byte> bytes)
    {
        var first = bytes.Count;
        for (var i = groups * width; i > 0; i--)
            bytes.Add(0);
        for (var i = 0; i < groups * Group && start + i < levels.Count; i++)
            for (var b = 0; b < width; b++)
                bytes[first + (i * width + b) / 8] |= (byte)((levels[start + i] >> b & 1) << ((i * width + b) % 8));
    }

    static void Varint(List<byte> bytes, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}
