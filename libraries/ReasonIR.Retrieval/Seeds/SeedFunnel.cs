using System.Globalization;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Deduplication;
using ReasonIR.Retrieval.Languages;

namespace ReasonIR.Retrieval.Seeds;

/// <summary>
/// Lets documents through that fit the rules: a stream in batches, each looked at by all cores, then compared with those before it in their
/// order, so that of duplicates the first one stays whatever the number of cores. Memory: about 1 kB a document that stays. The methods
/// must not be called concurrently.
/// </summary>
/// <param name="rules">What stays.</param>
/// <param name="evaluation">What must not become training data; null: nothing.</param>
public sealed class SeedFunnel(SeedRules rules, EvaluationTexts? evaluation = null)
{
    readonly MinHash hash = new(rules.NearWords);
    readonly NearDuplicateIndex? near = rules.NearDuplicates is { } threshold ? new(threshold) : null;
    readonly List<string> kept = [];
    readonly Dictionary<UInt128, string> texts = [];

    /// <summary>What becomes of each document: null: it stays.</summary>
    public SeedFall?[] Add(IReadOnlyList<SeedCandidate> batch)
    {
        var seen = new Look[batch.Count];
        Parallel.For(0, batch.Count, () => new Scratch(), (place, _, scratch) =>
        {
            seen[place] = LookAt(batch[place], scratch);
            return scratch;
        }, _ => { });
        var falls = new SeedFall?[batch.Count];
        for (var place = 0; place < falls.Length; place++)
            falls[place] = seen[place].Fall is { Step: not SeedSteps.Evaluation } alone ? alone : Compare(batch[place].Id, seen[place]);
        return falls;
    }

    /// <summary>What depends on the document alone, the cheapest first.</summary>
    Look LookAt(SeedCandidate document, Scratch scratch)
    {
        var (whole, body) = (scratch.Whole, scratch.Body);
        TextTokens.Read(document.Text, body);
        if (body.Count < rules.MinimumWords || body.Count > rules.MaximumWords)
            return new(new(SeedSteps.Words, body.Count.ToString(CultureInfo.InvariantCulture)));
        if (rules.Languages is { } wanted && LanguageGuess.Of(document.Text) is var language && !(language == LanguageGuess.Unknown ? rules.KeepUnknown : wanted.Contains(language)))
            return new(new(SeedSteps.Language, language));
        if (rules.DropBoilerplate && Boilerplate.Find(document.Text, body) is { } kind)
            return new(new(SeedSteps.Boilerplate, kind));
        if (rules.DropLinkLists && Boilerplate.IsLinkList(document.Text, body.Count))
            return new(new(SeedSteps.Links, "mostly links"));
        if (rules.MinimumForm is { } least && FormScore.Of(document.Text, body) is var score && score < least)
            return new(new(SeedSteps.Form, score.ToString("0.00", CultureInfo.InvariantCulture)));
        TextTokens.Read($"{document.Title} {document.Text}", whole);
        var fall = evaluation?.Match(document.Id, whole, body) is { } way ? new SeedFall(SeedSteps.Evaluation, way) : null;
        uint[]? signature = null;
        if (fall is null && near is not null)
            hash.Sign(whole, signature = new uint[MinHash.Permutations]);
        return new(fall, TextTokens.Whole(whole), signature);
    }

    SeedFall? Compare(string id, Look look)
    {
        if (!texts.TryAdd(look.Text, id))
            return new(SeedSteps.Exact, texts[look.Text]);
        if (look.Fall is not null)
            return look.Fall;
        if (look.Signature is null || near!.FindOrAdd(look.Signature) is not { } found)
        {
            kept.Add(id);
            return null;
        }
        return new(SeedSteps.Near, string.Create(CultureInfo.InvariantCulture, $"{kept[found.Text]} ({found.Similarity:0.00})"));
    }

    readonly record struct Look(SeedFall? Fall, UInt128 Text = default, uint[]? Signature = null);

    sealed class Scratch
    {
        public List<ulong> Whole { get; } = [];

        public List<ulong> Body { get; } = [];
    }
}
