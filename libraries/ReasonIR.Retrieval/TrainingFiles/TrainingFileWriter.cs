using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReasonIR.Retrieval.TrainingFiles;

/// <summary>
/// Writes training records as JSON lines of a form. What the form cannot hold is refused, never left out; scores, ids of documents and
/// weights stand in fields of their own that other readers pass over.
/// </summary>
/// <param name="stream">Stays open.</param>
/// <param name="format">Any but <see cref="TrainingFormat.Auto"/>.</param>
/// <param name="negatives">For columns, which every line must have alike: negatives a record. A record that has fewer is refused; of more, the first are written.</param>
public sealed class TrainingFileWriter(Stream stream, TrainingFormat format, int negatives = 1) : IAsyncDisposable
{
    const int FlushBytes = 1 << 16;

    readonly ArrayBufferWriter<byte> buffer = new(FlushBytes);
    readonly Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    long number;

    /// <exception cref="ArgumentException">The form cannot hold the record; the message says what.</exception>
    public async ValueTask WriteAsync(TrainingRecord record, CancellationToken cancellation = default)
    {
        number++;
        json.Reset(buffer);
        json.WriteStartObject();
        if (format == TrainingFormat.Columns)
            Columns(record);
        else
            Lists(record);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        if (buffer.WrittenCount >= FlushBytes)
            await FlushAsync(cancellation);
    }

    async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await stream.WriteAsync(buffer.WrittenMemory, cancellation);
        buffer.ResetWrittenCount();
    }

    public async ValueTask DisposeAsync()
    {
        await FlushAsync(CancellationToken.None);
        json.Reset(Stream.Null);
        await json.DisposeAsync();
    }

    void Lists(TrainingRecord record)
    {
        var pairs = format == TrainingFormat.Instruct;
        if (!pairs && (record.Positives.Concat(record.Negatives).Any(text => text.Instruction is not null) || record.Instruction is not null && format == TrainingFormat.Plain))
            throw Refused("has an instruction", "instruct");
        json.WritePropertyName("query");
        Text(record.Query, record.Instruction, pairs);
        if (record.Instruction is not null && !pairs)
            json.WriteString("prompt", record.Instruction);
        List("pos", record.Positives, pairs);
        List("neg", record.Negatives, pairs);
        if (record.Type is not null)
            json.WriteString("type", record.Type);
        if (record.Weight is { } weight)
            json.WriteNumber("weight", weight);
        if (record.Reasoned is not null)
            json.WriteString("reasoned", record.Reasoned);
    }

    void List(string name, IReadOnlyList<TrainingText> texts, bool pairs)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            Text(text.Text, text.Instruction, pairs);
        json.WriteEndArray();
        if (texts.Any(text => text.DocumentId is not null))
        {
            json.WriteStartArray($"{name}_id");
            foreach (var text in texts)
                json.WriteStringValue(text.DocumentId); // null is written as null
            json.WriteEndArray();
        }
        if (texts.Any(text => text.Score is not null))
        {
            json.WriteStartArray($"{name}_scores");
            foreach (var text in texts)
                if (text.Score is { } score)
                    json.WriteNumberValue(score);
                else
                    json.WriteNullValue();
            json.WriteEndArray();
        }
    }

    void Columns(TrainingRecord record)
    {
        if (record.Instruction is not null || record.Positives.Concat(record.Negatives).Any(text => text.Instruction is not null))
            throw Refused("has an instruction", "instruct");
        if (record.Weight is not null || record.Reasoned is not null || record.Positives.Concat(record.Negatives).Any(text => text.Score is not null))
            throw Refused("has a weight, a reasoned query or scores", "flagembedding");
        if (record.Positives.Count > 1)
            throw Refused($"has {record.Positives.Count} positives", "plain");
        if (record.Negatives.Count < negatives)
            throw Refused($"has {record.Negatives.Count} negatives where {negatives} are asked for", "plain");
        json.WriteString("anchor", record.Query);
        json.WriteString("positive", record.Positives[0].Text);
        for (var i = 0; i < negatives; i++)
            json.WriteString(negatives == 1 ? "negative" : $"negative_{i + 1}", record.Negatives[i].Text);
    }

    void Text(string text, string? instruction, bool pairs)
    {
        if (!pairs)
        {
            json.WriteStringValue(text);
            return;
        }
        json.WriteStartArray();
        json.WriteStringValue(instruction ?? "");
        json.WriteStringValue(text);
        json.WriteEndArray();
    }

    ArgumentException Refused(string what, string better) => new($"Example {number} {what}, which this form cannot hold; the form '{better}' can.");
}
