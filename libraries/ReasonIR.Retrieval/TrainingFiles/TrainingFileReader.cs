using System.Globalization;
using System.Text.Json;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.TrainingFiles;

/// <summary>Reads training files of all forms as a stream, plain or gzip. Errors name file, line and field. The stream stays open.</summary>
public static class TrainingFileReader
{
    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a line is not what it should be.</exception>
    public static IAsyncEnumerable<TrainingRecord> ReadAsync(
        Stream stream, string name, TrainingFileOptions? options = null, CollectionLimits? limits = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var format = options.Format;
        var columns = options.Columns;
        return JsonLine.ReadAsync(stream, name, limits, line =>
        {
            if (format == TrainingFormat.Auto)
                columns ??= Recognize(line);
            return format == TrainingFormat.Columns || columns is not null ? ByColumns(line, options, columns ?? new()) : ByLists(line, options, format);
        }, cancellation);
    }

    /// <summary>The columns of the first line, or null where it has the lists <c>pos</c> and <c>neg</c>.</summary>
    static TrainingColumns? Recognize(JsonLine line)
    {
        if (line.Has("pos"))
            return null;
        var query = line.Has("anchor") ? "anchor" : "query";
        return line.Has(query) && line.Fields.Any(field => IsColumn(field, "positive")) ? new(query)
            : throw line.Wrong($"expected \"query\" and \"pos\", or \"anchor\" and \"positive\"; the object has {string.Join(", ", line.Fields.Take(20))}.");
    }

    static TrainingRecord ByLists(JsonLine line, TrainingFileOptions options, TrainingFormat format)
    {
        var (instruction, query) = Text(line, "query", line.Required("query"), format);
        if (line.Optional("prompt") is { } prompt)
            instruction = instruction is null ? NotEmpty(line.TextOf("prompt", prompt)) : throw line.Wrong("the query has an instruction already.", "prompt");
        var positives = Texts(line, "pos", line.Required("pos"), format, options.PositivesAreIds, options.MostTexts);
        var negatives = line.Optional("neg") is { } neg ? Texts(line, "neg", neg, format, options.NegativesAreIds, options.MostTexts) : [];
        return Record(line, query, instruction, positives, negatives);
    }

    static TrainingRecord ByColumns(JsonLine line, TrainingFileOptions options, TrainingColumns columns)
    {
        var query = line.TextOf(columns.Query, line.Required(columns.Query));
        var positives = Column(columns.Positive, options.PositivesAreIds);
        if (positives.Count == 0)
            throw line.Wrong($"is missing; the object has {string.Join(", ", line.Fields.Take(20))}.", columns.Positive);
        return Record(line, query, null, positives, Column(columns.Negative, options.NegativesAreIds));

        List<TrainingText> Column(string name, bool ids) =>
        [
            .. line.Fields.Where(field => IsColumn(field, name)).SelectMany(field => line.Optional(field) is { } value
                ? Texts(line, field, value, TrainingFormat.Plain, ids, options.MostTexts, beside: false) : []),
        ];
    }

    static TrainingRecord Record(JsonLine line, string query, string? instruction, List<TrainingText> positives, List<TrainingText> negatives)
    {
        if (string.IsNullOrWhiteSpace(query))
            throw line.Wrong("expected a text, found none.", line.Has("query") ? "query" : null);
        if (positives.Count == 0)
            throw line.Wrong("expected at least one text, found none.", "pos");
        if (positives.FindIndex(Blank) is >= 0 and var blank)
            throw line.Wrong($"text {blank + 1} is blank.", "pos");
        var weight = line.Optional("weight") is { } given ? line.NumberOf("weight", given) : (double?)null;
        if (weight is < 0 or > 1e6)
            throw line.Wrong($"expected 0 to 1,000,000, found {weight}.", "weight");
        var type = line.Optional("type") is { } kind ? NotEmpty(line.TextOf("type", kind)) : null;
        var reasoned = line.Optional("reasoned") is { } rewritten ? NotEmpty(line.TextOf("reasoned", rewritten)) : null;
        // A blank text is no negative of anything, and some tokenizers make no token of it.
        var kept = negatives.FindAll(text => !Blank(text));
        return new(line.Number, query, instruction, positives, kept, weight, type, reasoned, negatives.Count - kept.Count);
    }

    static bool Blank(TrainingText text) => text.Text.Length == 0 ? text.DocumentId is null : string.IsNullOrWhiteSpace(text.Text);

    /// <param name="beside">Whether scores and ids of the texts stand in fields beside this one.</param>
    static List<TrainingText> Texts(JsonLine line, string field, JsonElement value, TrainingFormat format, bool areIds, int most, bool beside = true)
    {
        // A bare string is one text, not its letters.
        List<JsonElement> items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        if (items.Count > most)
            throw line.Wrong($"expected {most.ToString("N0", CultureInfo.InvariantCulture)} texts at most, found {items.Count}.", field);
        var ids = beside ? Beside($"{field}_id") ?? Beside($"{field}_ids") : null;
        var scores = beside ? Beside($"{field}_scores") : null;
        var texts = new List<TrainingText>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var place = value.ValueKind == JsonValueKind.Array ? $"{field}[{i}]" : field;
            var score = scores is null || scores[i].ValueKind == JsonValueKind.Null ? (double?)null : line.NumberOf($"{field}_scores[{i}]", scores[i]);
            var id = ids is null || ids[i].ValueKind == JsonValueKind.Null ? null : line.IdOf($"{field}_id[{i}]", ids[i]);
            var (instruction, text) = areIds && items[i].ValueKind == JsonValueKind.Number ? (null, "") : Text(line, place, items[i], format);
            texts.Add(areIds ? new("", line.IdOf(place, items[i].ValueKind == JsonValueKind.Array ? items[i][1] : items[i]), score, instruction) : new(text, id, score, instruction));
        }
        return texts;

        List<JsonElement>? Beside(string name)
        {
            if (line.Optional(name) is not { } list)
                return null;
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != items.Count)
                throw line.Wrong($"expected an array of {items.Count}, one for each of \"{field}\", found {(list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : JsonLine.Describe(list))}.", name);
            return [.. list.EnumerateArray()];
        }
    }

    /// <summary>A text, or an instruction and a text.</summary>
    static (string? Instruction, string Text) Text(JsonLine line, string field, JsonElement value, TrainingFormat format)
    {
        if (value.ValueKind == JsonValueKind.String && format != TrainingFormat.Instruct)
            return (null, line.TextOf(field, value));
        if (value.ValueKind == JsonValueKind.Array && format is TrainingFormat.Auto or TrainingFormat.Instruct)
            return value.GetArrayLength() == 2 ? (NotEmpty(line.TextOf($"{field}[0]", value[0])), line.TextOf($"{field}[1]", value[1]))
                : throw line.Wrong($"expected [instruction, text], found an array of {value.GetArrayLength()}.", field);
        var expected = format switch
        {
            TrainingFormat.Auto => "a text or [instruction, text]",
            TrainingFormat.Instruct => "[instruction, text]",
            _ => "a text",
        };
        throw line.Wrong($"expected {expected}, found {JsonLine.Describe(value)}.", field);
    }

    /// <summary>Whether a field is the named column, or one of several of the name with numbers.</summary>
    static bool IsColumn(string field, string name) =>
        field.StartsWith(name, StringComparison.Ordinal) && (field.Length == name.Length || field[name.Length] == '_' && int.TryParse(field.AsSpan(name.Length + 1), NumberStyles.None, null, out _));

    static string? NotEmpty(string text) => text.Length == 0 ? null : text;
}
