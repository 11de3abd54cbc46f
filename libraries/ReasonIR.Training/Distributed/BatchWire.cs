using System.Buffers.Binary;
using System.Text.Json;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;

namespace ReasonIR.Training.Distributed;

/// <summary>Batches over a pipe, from the process of a run that reads the data to the others: four bytes of length (little-endian), then JSON.</summary>
static class BatchWire
{
    const int MostBytes = 1 << 30;

    /// <param name="QueryOf">The query of each passage.</param>
    /// <param name="PositivesOf">Passages that are each query's positives.</param>
    sealed record Message(
        int Step, Texts Queries, Texts Passages, int[] QueryOf, int[][] PositivesOf, IReadOnlyList<string>? ExampleIds, IReadOnlyList<long>? PassageIds,
        IReadOnlyList<IReadOnlyCollection<long>>? KnownPositives, IReadOnlyList<float>? Weights, IReadOnlyList<float>? TeacherScores, Texts? Reasoned);

    /// <param name="Ids">Token ids of each text.</param>
    /// <param name="Prompts">Tokens of each text's prompt.</param>
    sealed record Texts(int[][] Ids, int[] Prompts)
    {
        public static Texts Of(IReadOnlyList<TokenizedText> texts) => new([.. texts.Select(text => text.Ids)], [.. texts.Select(text => text.Prompt)]);

        public List<TokenizedText> Read() => [.. Ids.Zip(Prompts, (ids, prompt) => new TokenizedText(ids, prompt))];
    }

    public static byte[] Write(int step, ContrastiveBatch batch)
    {
        var groups = batch.Groups;
        var positives = groups.RowPairs.ToLookup(row => row.Query, row => row.Positive);
        var json = JsonSerializer.SerializeToUtf8Bytes(new Message(
            step, Texts.Of(batch.Queries), Texts.Of(batch.Passages), [.. Enumerable.Range(0, groups.Passages).Select(groups.QueryOf)], [.. Enumerable.Range(0, groups.Queries).Select(i => positives[i].ToArray())],
            batch.ExampleIds, batch.PassageIds, batch.KnownPositives, batch.Weights, batch.TeacherScores, batch.ReasonedQueries is { } reasoned ? Texts.Of(reasoned) : null));
        if (json.Length > MostBytes)
            throw new InvalidDataException($"The batch of step {step + 1} takes {json.Length:N0} bytes; {MostBytes:N0} can be sent to a worker.");
        var bytes = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 4);
        return bytes;
    }

    /// <summary>The next batch and its step; null where the other end is closed.</summary>
    /// <exception cref="InvalidDataException">What comes is no batch.</exception>
    public static async Task<(int Step, ContrastiveBatch Batch)?> ReadAsync(Stream from, CancellationToken cancellationToken)
    {
        var head = new byte[4];
        if (await from.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, cancellationToken) < 4)
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 2 or > MostBytes)
            throw new InvalidDataException($"A batch of {length:N0} bytes; 2 to {MostBytes:N0} were expected.");
        var json = new byte[length];
        if (await from.ReadAtLeastAsync(json, length, throwOnEndOfStream: false, cancellationToken) < length)
            return null;
        try
        {
            var message = JsonSerializer.Deserialize<Message>(json) ?? throw new InvalidDataException("A batch is empty.");
            return (message.Step, new(message.Queries.Read(), message.Passages.Read(), PassageGroups.Several(message.QueryOf, message.PositivesOf))
            {
                ExampleIds = message.ExampleIds,
                PassageIds = message.PassageIds,
                KnownPositives = message.KnownPositives,
                Weights = message.Weights,
                TeacherScores = message.TeacherScores,
                ReasonedQueries = message.Reasoned?.Read(),
            });
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"A batch cannot be read: {error.Message}", error);
        }
    }
}
