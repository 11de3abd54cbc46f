using System.Buffers.Binary;
using System.Text;
using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet;

/// <summary>Turns stored bytes into values.</summary>
static class ParquetValues
{
    const long JulianDayOfUnixEpoch = 2_440_588;
    const long NanosADay = 86_400_000_000_000;

    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static object? Read(ParquetColumn column, ReadOnlySpan<byte> bytes) => column.Kind switch
    {
        ParquetKind.Boolean => bytes[0] != 0,
        ParquetKind.Integer => Integer(bytes),
        ParquetKind.UnsignedInteger => bytes.Length == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        ParquetKind.Single => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ParquetKind.Double => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ParquetKind.Text => Text(bytes),
        ParquetKind.Bytes => bytes.ToArray(),
        ParquetKind.Date => Integer(bytes) is var days && Math.Abs(days) < 700_000 ? DateOnly.FromDayNumber(Epoch.DayNumber + (int)days)
            : throw new InvalidDataException($"day {days} is beyond the calendar"),
        ParquetKind.Timestamp => Timestamp(column.Element.Annotation, bytes),
        _ => null,
    };

    /// <exception cref="InvalidDataException">It is not valid UTF-8.</exception>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("holds a text that is not valid UTF-8", e);
        }
    }

    static DateOnly Epoch { get; } = new(1970, 1, 1);

    static long Integer(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);

    static DateTime Timestamp(Annotation annotation, ReadOnlySpan<byte> bytes)
    {
        Int128 ticks;
        if (bytes.Length == 12)
            // 96 bits: nanoseconds of the day, then the Julian day.
            ticks = ((BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) - JulianDayOfUnixEpoch) * (Int128)NanosADay
                + BinaryPrimitives.ReadInt64LittleEndian(bytes)) / 100;
        else
            ticks = (Int128)BinaryPrimitives.ReadInt64LittleEndian(bytes) * annotation switch
            {
                Annotation.TimestampMillis or Annotation.UtcTimestampMillis => TimeSpan.TicksPerMillisecond,
                Annotation.TimestampMicros or Annotation.UtcTimestampMicros => TimeSpan.TicksPerMicrosecond,
                _ => 1,
            } / (annotation is Annotation.TimestampNanos or Annotation.UtcTimestampNanos ? 100 : 1);
        ticks += DateTime.UnixEpoch.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            throw new InvalidDataException("holds a time beyond the calendar");
        return new((long)ticks, annotation >= Annotation.UtcTimestampMillis && annotation <= Annotation.UtcTimestampNanos ? DateTimeKind.Utc : DateTimeKind.Unspecified);
    }
}
