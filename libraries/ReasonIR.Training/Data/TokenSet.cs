using System.Text.Json;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Training.Data;

/// <summary>Tokenized examples in mapped files. Thread-safe.</summary>
public sealed class TokenSet : IDisposable
{
    readonly ExampleTableReader examples;
    readonly List<TokenShardReader> shards = [];
    readonly List<int> starts = [];

    /// <param name="folder">As <see cref="TokenSetBuilder"/> left it.</param>
    /// <exception cref="InvalidDataException">A file is damaged or of another version.</exception>
    public TokenSet(string folder)
    {
        var path = Path.Combine(folder, TokenSetInfo.Name);
        try
        {
            Info = JsonSerializer.Deserialize<TokenSetInfo>(File.ReadAllBytes(path), JsonSerializerOptions.Web)!;
        }
        catch (Exception error) when (error is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
        if (Info is not { Version: TokenSettings.Version, Shards: >= 0 and <= 100_000 })
            throw new InvalidDataException($"{path}: expected version {TokenSettings.Version}, found {Info?.Version}.");
        try
        {
            var texts = 0;
            for (var i = 0; i < Info.Shards; i++)
            {
                shards.Add(new(Path.Combine(folder, TokenShard.Name(i))));
                starts.Add(texts);
                texts += shards[^1].Texts;
            }
            examples = new(Path.Combine(folder, ExampleTable.Name), texts);
            if (examples.Count != Info.Examples || texts != Info.Texts)
                throw new InvalidDataException($"{folder}: {examples.Count} examples and {texts} texts; {TokenSetInfo.Name} says {Info.Examples} and {Info.Texts}.");
        }
        catch (Exception error)
        {
            Dispose();
            if (error is FileNotFoundException)
                throw new InvalidDataException(error.Message, error);
            throw;
        }
    }

    public TokenSetInfo Info { get; }

    public int Count => examples.Count;

    internal ExampleTableReader Examples => examples;

    /// <summary>A text's tokens.</summary>
    public TokenizedText Read(int text)
    {
        var (shard, place) = Find(text);
        return shards[shard].Read(place);
    }

    /// <summary>A key of a text without its prompt.</summary>
    public long Key(int text)
    {
        var (shard, place) = Find(text);
        return shards[shard].Key(place);
    }

    /// <summary>Tokens of an example: query, positives and negatives, all of them.</summary>
    public (int Query, IReadOnlyList<int> Passages) Lengths(int example)
    {
        return (Length(examples.Query(example)), [.. examples.Positives(example).ToArray().Concat(examples.Negatives(example).ToArray()).Select(entry => Length(entry.Text))]);

        int Length(int text)
        {
            var (shard, place) = Find(text);
            return shards[shard].Length(place);
        }
    }

    (int Shard, int Place) Find(int text)
    {
        var shard = starts.BinarySearch(text);
        if (shard < 0)
            shard = ~shard - 1;
        return (shard, text - starts[shard]);
    }

    public void Dispose()
    {
        examples?.Dispose();
        foreach (var shard in shards)
            shard.Dispose();
    }
}

/// <summary>A tokenized set as a source: of each example some positives and some negatives, drawn anew each time.</summary>
/// <param name="set">Ended with the source.</param>
/// <param name="positives">Drawn an example; those that have fewer give what they have.</param>
/// <param name="negatives">As <paramref name="positives"/>.</param>
/// <param name="weighted">Whether the examples' weights count; else all are 1.</param>
public sealed class StoredSource(string name, TokenSet set, int positives = 1, int negatives = 1, bool weighted = true) : IExampleSource
{
    public string Name => name;

    public int Count => set.Count;

    public string Fingerprint => $"{name} {set.Info.Settings.KeyWith(set.Info.ContentHash)} {positives}+{negatives}{(weighted ? " weighted" : "")}";

    public void AddKeys(int example, int pass, List<long> keys)
    {
        keys.Add(set.Key(set.Examples.Query(example)));
        foreach (var positive in set.Examples.Positives(example))
        {
            keys.Add(set.Key(positive.Text));
            if (positive.Document != 0)
                keys.Add(positive.Document);
        }
    }

    public DrawnExample Draw(int example, int pass, SeededDraw draw)
    {
        var table = set.Examples;
        var known = new List<long>();
        foreach (var positive in table.Positives(example))
        {
            known.Add(set.Key(positive.Text));
            if (positive.Document != 0)
                known.Add(positive.Document);
        }
        return new($"{name}/{table.Number(example)}", set.Read(table.Query(example)), Some(table.Positives(example), positives), Some(table.Negatives(example), negatives), known,
            weighted ? table.Weight(example) : 1, table.Reasoned(example) is >= 0 and var text ? set.Read(text) : null);

        List<DrawnPassage> Some(ReadOnlySpan<PassageEntry> entries, int count)
        {
            // A partial shuffle: as many draws as are taken, however many there are.
            var places = new Dictionary<int, int>();
            var taken = new List<DrawnPassage>();
            for (var i = 0; i < Math.Min(count, entries.Length); i++)
            {
                var other = i + draw.Below(entries.Length - i);
                var chosen = entries[places.GetValueOrDefault(other, other)];
                places[other] = places.GetValueOrDefault(i, i);
                taken.Add(new(set.Read(chosen.Text), chosen.Document != 0 ? chosen.Document : set.Key(chosen.Text), chosen.Score));
            }
            return taken;
        }
    }

    public void Dispose() => set.Dispose();
}
