using System.Text.Json;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Contamination;

public sealed class ContaminationScanTests
{
    static readonly string Thirteen = string.Join(' ', Enumerable.Range(1, 13).Select(i => $"w{i}"));

    [Fact]
    public void Each_kind_is_found_and_named_with_its_examples()
    {
        var scan = new ContaminationScan(
        [
            new("exact", "Why does the sea rise?", []),
            new("near", "does the wind move all small boats", []),
            new("gram", $"what is {Thirteen} good for", []),
            new("by-id", "one", ["gold"]),
            new("by-text", "two", ["copied"]),
            new("clean", "nothing in common here", ["other"]),
        ]);
        foreach (var document in new EvaluationDocument[] { new("gold", "", "Gold."), new("copied", "Title", "Its Text."), new("part", "", $"before {Thirteen} after it"), new("other", "", "Other.") })
            scan.Add(document);
        scan.Scan(
        [
            new(0, "WHY does -- the sea rise", [new("a positive")], []),
            new(1, "does the wind move all boats", [], [new($"so {Thirteen.ToUpperInvariant()}!")]),
            new(7, "q", [new("whatever", "gold"), new("title: its text")], []),
            new(9, "q", [new("its text")], []),
        ]);
        var found = scan.Finish();
        Assert.Equal(
        [
            (OverlapKind.QueryExact, "exact", null, 1, 0), (OverlapKind.QueryNear, "exact", null, 1, 0), (OverlapKind.QueryNear, "near", null, 1, 1), (OverlapKind.QueryGram, "gram", null, 1, 1),
            (OverlapKind.GoldId, "by-id", "gold", 1, 7), (OverlapKind.GoldText, "by-text", "copied", 2, 7), (OverlapKind.DocumentExact, null, "copied", 2, 7), (OverlapKind.DocumentGram, null, "part", 1, 1),
        ], found.Select(overlap => (overlap.Kind, overlap.Query, overlap.Document, overlap.Examples, overlap.First[0])));
        Assert.Equal(6 / 7.0, found[2].Share, 12);
        Assert.Equal(0.2, found[3].Share, 12); // 17 words: one of 5 sequences
    }

    [Fact]
    public void Twelve_common_words_are_no_overlap_of_thirteen()
    {
        var scan = new ContaminationScan([new("q", $"{Thirteen[..Thirteen.LastIndexOf(' ')]} x y z a b c d e f", [])]);
        scan.Scan([new(0, "unlike", [new(Thirteen)], [])]);
        Assert.Empty(scan.Finish());
    }

    [Fact]
    public void It_finds_what_comparing_everything_with_everything_finds()
    {
        var random = new Random(11);
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"t{random.Next(7)}"));
        var queries = Enumerable.Range(0, 60).Select(i => new EvaluationQuery($"q{i}", Text(random.Next(1, 12)), [])).ToList();
        var examples = Enumerable.Range(0, 300).Select(i => new TrainedExample(i, Text(random.Next(1, 12)), [new(Text(20))], [])).ToList();
        var options = new ContaminationOptions(4, 0.6);
        var scan = new ContaminationScan(queries, options);
        foreach (var batch in examples.Chunk(64))
            scan.Scan(batch);
        var found = scan.Finish();

        static HashSet<string> Words(string text) => [.. text.Split(' ')];
        static IEnumerable<string> Grams(string text) => text.Split(' ').Length < 4 ? [] : Enumerable.Range(0, text.Split(' ').Length - 3).Select(i => string.Join(' ', text.Split(' ')[i..(i + 4)]));
        double Jaccard(string a, string b) => Words(a).Intersect(Words(b)).Count() / (double)Words(a).Union(Words(b)).Count();
        var near = queries.Select(query => (query.Id, Count: examples.Count(example => Jaccard(query.Text, example.Query) >= 0.6 - 1e-9))).Where(pair => pair.Count > 0);
        Assert.Equal(near.Order(), found.Where(overlap => overlap.Kind == OverlapKind.QueryNear).Select(overlap => (overlap.Query!, overlap.Examples)).Order());
        var exact = queries.Select(query => (query.Id, Count: examples.Count(example => example.Query == query.Text))).Where(pair => pair.Count > 0);
        Assert.Equal(exact.Order(), found.Where(overlap => overlap.Kind == OverlapKind.QueryExact).Select(overlap => (overlap.Query!, overlap.Examples)).Order());
        var trained = examples.SelectMany(example => Grams(example.Query).Concat(Grams(example.Positives[0].Text))).ToHashSet();
        var shares = queries.Select(query => (query.Id, Share: Grams(query.Text).Distinct().Select(gram => trained.Contains(gram) ? 1.0 : 0).DefaultIfEmpty().Average())).Where(pair => pair.Share > 0);
        Assert.Equal(shares.Order(), found.Where(overlap => overlap.Kind == OverlapKind.QueryGram).Select(overlap => (overlap.Query!, overlap.Share)).Order());
    }

    /// <summary>The data's README: 196 of the 300 test claims share a gold document with a train claim; 112 have a near duplicate.</summary>
    [Fact]
    public async Task The_leak_of_SciFact_is_found()
    {
        var folder = SharedData.Require("data/scifact");
        var texts = new Dictionary<string, string>();
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(folder, "queries.jsonl"), TestContext.Current.CancellationToken))
        {
            using var json = JsonDocument.Parse(line);
            texts.Add(json.RootElement.GetProperty("_id").GetString()!, json.RootElement.GetProperty("text").GetString()!);
        }
        ILookup<string, string> Judged(string split) => File.ReadLines(Path.Combine(folder, "qrels", $"{split}.tsv")).Skip(1).Select(line => line.Split('\t')).Where(row => row[2] != "0").ToLookup(row => row[0], row => row[1]);
        var scan = new ContaminationScan([.. Judged("test").Select(query => new EvaluationQuery(query.Key, texts[query.Key], [.. query]))]);
        scan.Scan([.. Judged("train").Index().Select(query => new TrainedExample(query.Index, texts[query.Item.Key], [.. query.Item.Select(id => new TrainedText("", id))], []))]);
        var found = scan.Finish();
        int Count(OverlapKind kind) => found.Count(overlap => overlap.Kind == kind);
        Assert.Equal(196, Count(OverlapKind.GoldId));
        Assert.Equal(2, Count(OverlapKind.QueryExact));
        // How near is near: Jaccard of 0.6 gives 116 where the README's own definition gives 112.
        Assert.InRange(Count(OverlapKind.QueryNear), 112, 120);
        Assert.True(Count(OverlapKind.QueryGram) > 0);
    }
}
