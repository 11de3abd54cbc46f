using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Models.Transformers;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;

namespace ReasonIR.Trainer.Data;

/// <summary>
/// A strategy's pairs: one a document, drawn anew in each pass and tokenized when they are read. The hard negatives that rows store for
/// the document join it.
/// </summary>
public sealed class StrategySource : IExampleSource
{
    readonly List<PairDocument> usable;
    readonly StoredRows rows;
    readonly PairSettings pairs;
    readonly SourceSettings settings;
    readonly TextTokens tokens;
    readonly string corpus;
    readonly long seed;

    /// <param name="documents">Those that give pairs; ones too short for any are passed over.</param>
    /// <param name="corpus">Their corpus's name, for the documents' keys.</param>
    /// <param name="seed">Decides what is drawn.</param>
    public StrategySource(
        string name, string version, IReadOnlyList<PairDocument> documents, StoredRows rows, PairSettings pairs, SourceSettings settings, TextTokens tokens, string corpus, long seed)
    {
        (Name, this.rows, this.pairs, this.settings, this.tokens, this.corpus, this.seed) = (name, rows, pairs, settings, tokens, corpus, seed);
        Fingerprint = $"{name} {version} {tokens.Hash} {settings} {seed}";
        usable = [.. documents.Where(document => Pair(document, 0) is not null)];
    }

    public string Name { get; }

    public int Count => usable.Count;

    public string Fingerprint { get; }

    public void AddKeys(int example, int pass, List<long> keys)
    {
        var pair = Pair(usable[example], pass)!;
        keys.Add(SeededDraw.Hash(pair.QueryText));
        keys.Add(Key(corpus, pair.PositiveId));
    }

    public DrawnExample Draw(int example, int pass, SeededDraw draw)
    {
        var pair = Pair(usable[example], pass)!;
        var document = Key(corpus, pair.PositiveId);
        var query = settings.InstructionInText && settings.Instruction is { } instruction ? $"{instruction} {pair.QueryText}" : pair.QueryText;
        return new($"{Name}/{pair.DocumentId}",
            tokens.Encode(query, settings.Prompts.ForQuery(settings.Instruction), settings.QueryMaxTokens),
            [new(Encode(pair.PositiveText), document, float.NaN)],
            [.. draw.Some([.. rows.NegativesOf(pair.DocumentId, pass)], settings.Negatives).Select(negative => new DrawnPassage(Encode(negative.Text), KeyOf(corpus, negative), float.NaN))],
            [document, SeededDraw.Hash(pair.PositiveText)]);
    }

    /// <summary>A document's key, the same wherever it occurs.</summary>
    public static long Key(string corpus, string document) => SeededDraw.Hash($"{corpus}\n{document}") | 1;

    static long KeyOf(string corpus, Passage passage) => passage.DocumentId is { } id ? Key(corpus, id) : SeededDraw.Hash(passage.Text);

    TokenizedText Encode(string text) => tokens.Encode(text, settings.Prompts.ForPassage(null), settings.PassageMaxTokens);

    /// <summary>A document's pairs depend on nothing but itself, the seed and the pass.</summary>
    DrawnPair? Pair(PairDocument document, int pass)
    {
        var own = BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{document.Id}")));
        var drawn = new List<DrawnPair>(1);
        return new PairSampler([document], own, pairs).Draw(pass, 1, drawn) == 1 ? drawn[0] : null;
    }

    public void Dispose()
    {
    }
}
