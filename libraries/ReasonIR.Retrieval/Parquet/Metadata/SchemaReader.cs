namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>Reads the schema's elements, with the logical type where there is one, else the older converted type.</summary>
static class SchemaReader
{
    public static SchemaElement ReadElement(ref ThriftReader reader)
    {
        var (name, physical, length, repetition, children) = ("", (PhysicalType?)null, 0, Repetition.Required, 0);
        var (converted, logical, field) = (Annotation.None, Annotation.None, 0);
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    physical = Known((PhysicalType)reader.Int32(type));
                    break;
                case 2:
                    length = reader.Int32(type);
                    break;
                case 3:
                    repetition = Known((Repetition)reader.Int32(type));
                    break;
                case 4:
                    name = reader.Text(type);
                    break;
                case 5:
                    children = reader.Int32(type);
                    break;
                case 6:
                    converted = Converted(reader.Int32(type));
                    break;
                case 10:
                    reader.ExpectStruct(type);
                    logical = ReadLogical(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        if (children < 0)
            throw new InvalidDataException($"\"{name}\" has {children} children");
        return new(name, children > 0 ? null : physical, length, repetition, children, logical == Annotation.None ? converted : logical);
    }

    static Annotation Converted(int number) => number switch
    {
        0 or 4 or 19 => Annotation.Text,       // UTF8, ENUM, JSON
        1 or 2 => Annotation.Map,
        3 => Annotation.List,
        5 => Annotation.Decimal,
        6 => Annotation.Date,
        7 or 8 => Annotation.TimeOfDay,
        9 => Annotation.UtcTimestampMillis,
        10 => Annotation.UtcTimestampMicros,
        >= 11 and <= 14 => Annotation.Unsigned,
        >= 15 and <= 18 => Annotation.Signed,
        _ => Annotation.Other,
    };

    // A union: a struct of which one field is set.
    static Annotation ReadLogical(ref ThriftReader reader)
    {
        var (annotation, field) = (Annotation.None, 0);
        while (reader.Next(ref field, out var type))
        {
            annotation = field switch
            {
                1 or 4 or 12 => Annotation.Text,
                2 => Annotation.Map,
                3 => Annotation.List,
                5 => Annotation.Decimal,
                6 => Annotation.Date,
                7 => Annotation.TimeOfDay,
                11 => Annotation.Null,
                _ => Annotation.Other,
            };
            if (field == 8 && type == ThriftType.Struct)
                annotation = ReadTimestamp(ref reader);
            else if (field == 10 && type == ThriftType.Struct)
                annotation = ReadInteger(ref reader);
            else
                reader.Skip(type);
        }
        return annotation;
    }

    static Annotation ReadTimestamp(ref ThriftReader reader)
    {
        var (utc, unit, field) = (false, 0, 0);
        while (reader.Next(ref field, out var type))
            if (field == 1)
                utc = reader.Boolean(type);
            else if (field == 2 && type == ThriftType.Struct)
            {
                var inner = 0;
                while (reader.Next(ref inner, out var empty))
                {
                    unit = inner;
                    reader.Skip(empty);
                }
            }
            else
                reader.Skip(type);
        return (unit, utc) switch
        {
            (1, false) => Annotation.TimestampMillis,
            (2, false) => Annotation.TimestampMicros,
            (3, false) => Annotation.TimestampNanos,
            (1, true) => Annotation.UtcTimestampMillis,
            (2, true) => Annotation.UtcTimestampMicros,
            (3, true) => Annotation.UtcTimestampNanos,
            _ => Annotation.Other,
        };
    }

    static Annotation ReadInteger(ref ThriftReader reader)
    {
        var (signed, field) = (true, 0);
        while (reader.Next(ref field, out var type))
            if (field == 2)
                signed = reader.Boolean(type);
            else
                reader.Skip(type);
        return signed ? Annotation.Signed : Annotation.Unsigned;
    }

    static T Known<T>(T value) where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new InvalidDataException($"the schema has the unknown {typeof(T).Name} {value:D}");
}
