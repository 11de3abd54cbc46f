using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Collects documents' metadata and writes it by column, as <see cref="MetadataColumns"/> reads it. Memory: the fields.</summary>
sealed class MetadataWriter
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly SortedDictionary<string, Dictionary<string, List<int>>> texts = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, List<(double Value, int Document)>> numbers = new(StringComparer.Ordinal);

    /// <summary>Throws where a field is too long.</summary>
    public static void Check(string id, MetadataField field)
    {
        if (field.Key is not { Length: > 0 and <= MetadataField.LongestKey })
            throw new ArgumentException($"document {id}: a metadata key of 1 to {MetadataField.LongestKey} characters was expected");
        if (field.Value.Text is { } text && Utf8.GetByteCount(text) > MetadataValue.LongestBytes)
            throw new ArgumentException($"document {id}: metadata '{field.Key}' has more than {MetadataValue.LongestBytes} bytes");
    }

    public void Add(int document, string key, MetadataValue value)
    {
        if (value.Text is not { } text)
        {
            if (!numbers.TryGetValue(key, out var values))
                numbers.Add(key, values = []);
            values.Add((value.Number, document));
            return;
        }
        if (!texts.TryGetValue(key, out var column))
            texts.Add(key, column = new(StringComparer.Ordinal));
        if (!column.TryGetValue(text, out var documents))
            column.Add(text, documents = []);
        if (documents.Count == 0 || documents[^1] != document)
            documents.Add(document);
    }

    /// <summary>The section; empty without any field.</summary>
    public byte[] ToArray()
    {
        if (texts.Count + numbers.Count == 0)
            return [];
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        var columns = texts.Keys.Select(key => (Key: key, Kind: 0)).Concat(numbers.Keys.Select(key => (Key: key, Kind: 1))).ToList();
        writer.Write(columns.Count);
        writer.Write(new byte[24 * columns.Count]);
        foreach (var (number, (key, kind)) in columns.Index())
        {
            var keyAt = (int)file.Position;
            writer.Write(Utf8.GetBytes(key));
            var keyBytes = (int)file.Position - keyAt;
            Align(writer);
            var valuesAt = (int)file.Position;
            var (values, postingsAt) = kind == 0 ? WriteTexts(writer, texts[key]) : WriteNumbers(writer, numbers[key]);
            var end = file.Position;
            file.Position = 4 + 24 * number;
            foreach (var entry in (ReadOnlySpan<int>)[keyAt, keyBytes, kind, values, valuesAt, postingsAt])
                writer.Write(entry);
            file.Position = end;
        }
        return file.ToArray();
    }

    static (int Values, int PostingsAt) WriteTexts(BinaryWriter writer, Dictionary<string, List<int>> column)
    {
        var values = column.Select(pair => (Bytes: Utf8.GetBytes(pair.Key), Documents: pair.Value)).ToList();
        values.Sort((a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        var offset = 4 * (values.Count + 1);
        foreach (var value in values)
        {
            writer.Write(offset);
            offset += value.Bytes.Length;
        }
        writer.Write(offset);
        foreach (var value in values)
            writer.Write(value.Bytes);
        Align(writer);
        var postingsAt = (int)writer.BaseStream.Position;
        var start = 0;
        foreach (var value in values)
        {
            writer.Write(start);
            start += value.Documents.Count;
        }
        writer.Write(start);
        foreach (var value in values)
            foreach (var document in value.Documents)
                writer.Write(document);
        return (values.Count, postingsAt);
    }

    static (int Values, int PostingsAt) WriteNumbers(BinaryWriter writer, List<(double Value, int Document)> column)
    {
        column.Sort();
        foreach (var (value, _) in column)
            writer.Write(value);
        var postingsAt = (int)writer.BaseStream.Position;
        foreach (var (_, document) in column)
            writer.Write(document);
        return (column.Count, postingsAt);
    }

    static void Align(BinaryWriter writer)
    {
        while (writer.BaseStream.Position % 8 != 0)
            writer.Write((byte)0);
    }
}
