using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>One vector in all the forms that a segment keeps of it; room that is used again for each. Not thread-safe.</summary>
sealed unsafe class EncodedRow
{
    readonly VectorIndexSettings settings;
    readonly RandomRotation rotation;
    readonly float[] row;
    readonly byte[] codes, rough, levels, stored;

    public EncodedRow(VectorIndexSettings settings)
    {
        this.settings = settings;
        var shape = new SegmentHeader(settings.Dimension, 0, 0, settings.Metric, settings.Storage, 0, 0, 0, default);
        (row, codes, stored) = (new float[settings.Dimension], new byte[shape.CodeStride], new byte[shape.VectorStride]);
        (rough, levels, rotation) = (new byte[shape.RoughStride], new byte[4 * shape.RoughStride], RandomRotation.Of(settings.Dimension));
        codes.AsSpan().Fill(RowCodes.Zero);
    }

    public ReadOnlySpan<byte> Codes => codes;

    public ReadOnlySpan<byte> Rough => rough;

    /// <summary>The vector as it is scored last; empty where its 8-bit codes are.</summary>
    public ReadOnlySpan<byte> Stored => stored;

    public float Scale { get; private set; }

    public float RoughScale { get; private set; }

    /// <summary>Length of what the rough codes leave of the vector.</summary>
    public float Residual { get; private set; }

    /// <summary>Takes a new vector.</summary>
    public void Encode(ReadOnlySpan<float> vector)
    {
        vector.CopyTo(row);
        UnitLength.Prepare(row, settings.Metric);
        Scale = Store();
        rotation.Apply(row);
        (RoughScale, Residual) = RoughCodes.Encode(row, rough, levels);
    }

    /// <summary>Takes a row of another segment, byte for byte.</summary>
    public void Copy(Segment segment, int at)
    {
        new ReadOnlySpan<byte>(segment.Codes + (long)at * codes.Length, codes.Length).CopyTo(codes);
        new ReadOnlySpan<byte>(segment.Rough + (long)at * rough.Length, rough.Length).CopyTo(rough);
        if (stored.Length > 0)
            new ReadOnlySpan<byte>(segment.Vector(at), stored.Length).CopyTo(stored);
        (Scale, RoughScale, Residual) = (segment.Scales[at], segment.RoughScales[at], segment.Residuals[at]);
    }

    /// <summary>
    /// Puts the prepared row into the stored precision and encodes it; the scale of its 8-bit codes. What is scored last decides the other
    /// codes, too: the row is left as it will be read.
    /// </summary>
    float Store()
    {
        if (settings.Storage == VectorStorage.Float32)
            MemoryMarshal.AsBytes(row.AsSpan()).CopyTo(stored);
        else if (settings.Storage == VectorStorage.BFloat16)
        {
            var halves = MemoryMarshal.Cast<byte, ushort>(stored.AsSpan());
            for (var i = 0; i < row.Length; i++)
            {
                halves[i] = BFloat16.Round(row[i]);
                row[i] = BFloat16.ToSingle(halves[i]);
            }
        }
        var scale = RowCodes.Encode(row, codes);
        if (settings.Storage == VectorStorage.Int8)
            for (var i = 0; i < row.Length; i++)
                row[i] = (codes[i] - RowCodes.Zero) * scale;
        return scale;
    }
}
