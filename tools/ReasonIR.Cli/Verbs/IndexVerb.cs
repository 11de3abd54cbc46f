using System.CommandLine;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>index CORPUS</c>: a corpus becomes an index.</summary>
public static class IndexVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus." };
        var model = new Option<string?>("--model") { Description = "The encoder of a dense index." };
        var kind = new Option<string?>("--kind") { Description = "bm25 or dense (default: dense where a model is named)." };
        var analyzer = new Option<string>("--analyzer") { Description = "How BM25 makes terms of text: lucene-english, simple or whitespace.", DefaultValueFactory = _ => "lucene-english" };
        var storage = new Option<string>("--storage") { Description = "Precision of the stored vectors: f32, bf16 or int8.", DefaultValueFactory = _ => "f32" };
        var passages = new Option<string?>("--passages") { Description = "How long documents are cut: tokens:SIZE:OVERLAP or headings:SIZE:OVERLAP, with :mean behind it for the mean of a document's passages rather than the best (default: not cut)." };
        var engine = new Option<string?>("--engine") { Description = "Who searches BM25: embedded, or qdrant (sparse vectors at the configured server)." };
        var k1 = new Option<double?>("--k1") { Description = "With --engine qdrant: fixed with the index (default 0.9)." };
        var b = new Option<double?>("--b") { Description = "Likewise (default 0.4)." };
        return new Command("index", "Builds an index of a corpus, or finds that it is there.") { corpus, model, kind, analyzer, storage, passages, engine, k1, b }.Does((parse, session, ct) =>
            RunVerbs.StartAsync(parse, session, new IndexSpec(parse.GetValue(corpus)!, parse.GetValue(kind) ?? (parse.GetValue(model) is null ? "bm25" : "dense"), parse.GetValue(model), parse.GetValue(analyzer)!, parse.GetValue(storage)!, parse.GetValue(passages),
                parse.GetValue(engine), parse.GetValue(k1), parse.GetValue(b)), ct));
    }
}
