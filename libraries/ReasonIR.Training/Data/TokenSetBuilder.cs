using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Training.Data;

/// <summary>Tokenizes examples on all cores and writes them as shards; each text once, however many examples have it.</summary>
/// <param name="folder">Empty.</param>
/// <param name="settings">Fit <paramref name="tokens"/>.</param>
public sealed class TokenSetBuilder(string folder, TextTokens tokens, TokenSettings settings) : IDisposable
{
    /// <summary>Examples that are tokenized at a time.</summary>
    const int Batch = 256;

    /// <summary>Texts that are remembered to be found again; a further one is stored as often as it occurs.</summary>
    const int MostRemembered = 8 << 20;

    /// <summary>Prompts that are remembered to have been checked.</summary>
    const int MostPrompts = 1 << 16;

    /// <summary>Texts of a shard at most.</summary>
    internal int ShardTexts { get; init; } = TokenShard.MostTexts;

    readonly ExampleHash content = new();
    readonly ExampleTableWriter examples = new(Path.Combine(folder, ExampleTable.Name));
    readonly Dictionary<UInt128, int> known = [];
    readonly HashSet<(string, int?)> prompts = [];
    readonly List<TextExample> waiting = [];
    readonly List<(string Text, string Prompt, int? Limit, int Example)> added = [];
    TokenShardWriter? shard;
    int shards, texts, reasoned, unused;
    long tokenCount;
    bool scored = true;

    /// <summary>Examples so far.</summary>
    public int Count => examples.Count + waiting.Count;

    /// <exception cref="InvalidDataException">The example has no positive, or nothing of a text is left beside the prompt.</exception>
    /// <exception cref="UnstablePromptException">See <see cref="TextTokens.Encode(string, string, int?)"/>.</exception>
    public void Add(TextExample example)
    {
        if (example.Positives.Count == 0)
            throw new InvalidDataException($"Example {example.Number} has no positive.");
        content.Add(example);
        waiting.Add(example);
        if (waiting.Count == Batch)
            Flush();
    }

    /// <summary>Writes what is left.</summary>
    public TokenSetInfo Finish()
    {
        Flush();
        shard?.Finish();
        shard?.Dispose();
        examples.Finish();
        var info = new TokenSetInfo(
            TokenSettings.Version, settings, content.Current, examples.Count, texts, tokenCount, shards, scored && examples.Count > 0, reasoned, unused);
        using var file = new FileStream(Path.Combine(folder, TokenSetInfo.Name), FileMode.CreateNew);
        JsonSerializer.Serialize(file, info, JsonSerializerOptions.Web);
        file.Flush(flushToDisk: true);
        return info;
    }

    public void Dispose()
    {
        shard?.Dispose();
        examples.Dispose();
        content.Dispose();
    }

    void Flush()
    {
        var entries = new List<PassageEntry>();
        var rows = new List<(TextExample Example, int Query, int Reasoned, int First, int Count)>(waiting.Count);
        foreach (var example in waiting)
        {
            if (example.Instruction is not null && !settings.Prompts.TakesInstruction)
                unused++;
            var query = Place(example.Query, settings.Prompts.ForQuery(example.Instruction), settings.QueryMaxTokens, example.Number);
            var rewritten = -1;
            if (example.Reasoned is { } text)
            {
                rewritten = Place(text, settings.Prompts.ForQuery(example.Instruction), settings.QueryMaxTokens, example.Number);
                reasoned++;
            }
            var first = entries.Count;
            foreach (var passage in example.Positives.Concat(example.Negatives))
            {
                entries.Add(new(Place(passage.Text, settings.Prompts.ForPassage(passage.Instruction), settings.PassageMaxTokens, example.Number), passage.Score, passage.Document));
                scored &= !float.IsNaN(passage.Score);
            }
            rows.Add((example, query, rewritten, first, entries.Count - first));
        }
        Tokenize();
        var passages = entries.ToArray();
        foreach (var (example, query, rewritten, first, count) in rows)
            examples.Add(example.Number, query, rewritten, example.Weight, passages.AsSpan(first, count), example.Positives.Count);
        waiting.Clear();
    }

    /// <summary>The number of a text, which is new or known.</summary>
    int Place(string text, string prompt, int? limit, int example)
    {
        var key = Key(text, prompt, limit);
        if (known.TryGetValue(key, out var number))
            return number;
        number = texts++;
        if (known.Count < MostRemembered)
            known.Add(key, number);
        Leaves(prompt, limit, example);
        added.Add((text, prompt, limit, example));
        return number;
    }

    /// <summary>Refuses a prompt that fills the limit alone.</summary>
    void Leaves(string prompt, int? limit, int example)
    {
        if (prompt.Length == 0 || prompts.Count < MostPrompts && !prompts.Add((prompt, limit)))
            return;
        var most = Math.Min(limit ?? tokens.MaxTokens, tokens.MaxTokens);
        if (tokens.Count("a", prompt) is var needed && needed > most)
            throw new InvalidDataException($"Example {example}: a prompt of {needed - 1} tokens leaves none of {most} for the text; expected a shorter prompt or a larger limit.");
    }

    void Tokenize()
    {
        var read = new TokenizedText[added.Count];
        try
        {
            Parallel.For(0, added.Count, i => read[i] = tokens.Encode(added[i].Text, added[i].Prompt, added[i].Limit));
        }
        catch (AggregateException error) when (error.InnerExceptions[0] is UnstablePromptException or ArgumentException)
        {
            throw new InvalidDataException(error.InnerExceptions[0].Message, error.InnerExceptions[0]);
        }
        for (var i = 0; i < read.Length; i++)
        {
            if (read[i].Ids.Length == 0)
                throw new InvalidDataException($"Example {added[i].Example}: the tokenizer makes no token of '{added[i].Text}'.");
            if (shard is { IsFull: true })
            {
                shard.Finish();
                shard.Dispose();
                shard = null;
            }
            shard ??= new(Path.Combine(folder, TokenShard.Name(shards++)), tokens.Tokenizer.VocabularySize, ShardTexts);
            shard.Add(read[i], SeededDraw.Hash(added[i].Text));
            tokenCount += read[i].Ids.Length;
        }
        added.Clear();
    }

    static UInt128 Key(string text, string prompt, int? limit)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{limit}\n{prompt.Length}\n{prompt}{text}"), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
