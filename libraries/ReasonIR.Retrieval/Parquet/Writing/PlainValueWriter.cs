using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ReasonIR.Retrieval.Parquet.Writing;

/// <summary>The values of a page in the plain encoding: texts with their lengths, booleans a bit each, numbers little-endian.</summary>
sealed class PlainValueWriter(ParquetField field)
{
    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly ArrayBufferWriter<byte> buffer = new();
    int bits;
    byte bitByte;

    public int Bytes => buffer.WrittenCount;

    /// <summary>Adds a value; false where it is not of the field's kind.</summary>
    public bool Add(object value)
    {
        switch (field.Kind, value)
        {
            case (ParquetKind.Text, string text):
                Text(text);
                return true;
            case (ParquetKind.Integer, long or int):
                BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(8), Convert.ToInt64(value, null));
                buffer.Advance(8);
                return true;
            case (ParquetKind.Double, double or float):
                BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), Convert.ToDouble(value, null));
                buffer.Advance(8);
                return true;
            case (ParquetKind.Boolean, bool flag):
                bitByte |= (byte)((flag ? 1 : 0) << bits);
                if (++bits == 8)
                    EndByte();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Appends all values to a page and forgets them.</summary>
    public void MoveTo(ArrayBufferWriter<byte> page)
    {
        if (bits > 0)
            EndByte();
        page.Write(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }

    void EndByte()
    {
        buffer.GetSpan(1)[0] = bitByte;
        buffer.Advance(1);
        (bits, bitByte) = (0, 0);
    }

    void Text(string text)
    {
        try
        {
            var length = strictUtf8.GetByteCount(text);
            var span = buffer.GetSpan(4 + length);
            BinaryPrimitives.WriteInt32LittleEndian(span, length);
            strictUtf8.GetBytes(text, span[4..]);
            buffer.Advance(4 + length);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"column {field.Name}: holds half a surrogate pair, which is no text", e);
        }
    }
}
