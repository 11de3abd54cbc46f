using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Studies;
using static Microsoft.Playwright.Assertions;

namespace ReasonIR.EndToEnd;

/// <summary>The paper's experiments, one command each, over the whole system.</summary>
[Collection(nameof(ChatSystem))]
public sealed class ExperimentTests(ChatSystem chat)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Longer_rewrites_are_measured_by_retriever_and_drawn()
    {
        var plot = Path.GetTempFileName();
        var rewrites = Path.GetTempFileName();
        try
        {
            var written = await TableAsync("rewrite-length", "--corpus", ChatSystem.Corpus, "--llm", "--lengths", "16,8", "--bm25", "lucene");
            Assert.Equal(["original", "8 tokens", "16 tokens"], written.Rows.Select(row => row.Name));
            Assert.Equal([null, 8.0, 16.0], written.Rows.Select(row => row.X is { } x ? Math.Floor(x / 8) * 8 : (double?)null));

            // The whole answers, stored: cut to 8 words they are what the language model wrote in 8, but for punctuation, which counts here.
            await File.WriteAllTextAsync(rewrites, JsonSerializer.Serialize(chat.Queries.Values.ToDictionary(query => query, chat.AnswerTo)), Token);
            await chat.CommandAsync("rewrites", "import", "answers", rewrites);
            var stored = await TableAsync("rewrite-length", "--corpus", ChatSystem.Corpus, "--set", "answers", "--stored", "--lengths", "4,24", "--plot", plot);
            Assert.Equal(["original", "4 tokens", "24 tokens", "whole"], stored.Rows.Where(row => row.Group == "bm25-bright").Select(row => row.Name));
            var curve = stored.Rows.Where(row => row.Group == "bm25-lucene").ToList();
            Assert.Equal([4.0, 24.0], curve.Skip(1).Take(2).Select(row => row.X));
            Assert.True(curve[3].X > 24 && curve[3].Mean > 0.95 && curve[1].Mean < curve[2].Mean && curve[2].Mean < curve[3].Mean, string.Join(", ", curve));
            Assert.Contains(stored.Notes, note => note.Contains("cut to each length"));
            Assert.Equal(written.Rows[0].Mean, curve[0].Mean);
            var comparison = curve[3].Cells[ChatSystem.Corpus].Comparison!;
            Assert.Equal(("bm25-lucene-original", true), (comparison.Baseline, comparison.PValue < 0.001));

            var svg = XDocument.Load(plot).Root!;
            Assert.Equal(2, svg.Descendants(XName.Get("polyline", svg.Name.NamespaceName)).Count());
            Assert.Equal(6, svg.Descendants(XName.Get("circle", svg.Name.NamespaceName)).Count());
        }
        finally
        {
            File.Delete(plot);
            File.Delete(rewrites);
        }
    }

    [Fact]
    public async Task Negatives_and_mixtures_are_compared()
    {
        foreach (var (name, seed) in new[] { ("pairs", 0), ("harder", 1) })
            await chat.DoAsync(new SynthesizeSpec(ChatSystem.Corpus, name, Seed: seed, Extractive: new("examples"), HardNegatives: new(2, 5, 50)));
        var negatives = await TableAsync("negatives", "pairs", "--corpus", ChatSystem.Corpus, "--seeds", "0,1", "--set", "data.steps=40", "--set", "data.batchSize=32", "--set", "base.static.dimension=64");
        Assert.Equal(["in-batch", "hard"], negatives.Rows.Select(row => row.Name));
        foreach (var cell in negatives.Rows.Select(row => row.Cells[ChatSystem.Corpus]))
            Assert.True(cell.Results.Count == 2 && cell.Low < cell.Value && cell.Value < cell.High, $"{cell}");
        Assert.Equal(["0", "0", "1", "1"], (await TrainedAsync(negatives)).Select(trained => trained.Output!.Value.Deserialize<TrainOutput>(ReasonIrJson.Web)!.Settings["negatives"]));

        var mixture = await TableAsync("mixture", "--public", "pairs", "--varied-length", "absent", "--hard-queries", "harder", "--corpus", ChatSystem.Corpus,
            "--set", "base={model: tiny, tiny: {layers: 1, hidden: 32, heads: 2, vocabulary: 400, maxTokens: 32, keepStart: false}}", "--set", "data.steps=4", "--set", "data.batchSize=8");
        Assert.Equal(["public", "public-hard"], mixture.Rows.Select(row => row.Name));
        Assert.Equal(2, mixture.Notes.Count(note => note.Contains("there is no dataset absent")));
        // The same recipe and seed: only what the arm adds differs.
        var specs = (await TrainedAsync(mixture)).Select(trained => TrainSpecs.Parse(trained.Spec)).ToList();
        Assert.Equal([["pairs"], ["pairs", "harder"]], specs.Select(spec => spec.Data.Sources.Select(source => source.Dataset)));
        Assert.Single(specs.Select(spec => TrainSpecs.ToYaml(spec with { Output = new("m"), Data = spec.Data with { Sources = [] } })).Distinct());
    }

    [Fact]
    public async Task Systems_stand_in_a_table_and_on_a_page()
    {
        var table = await TableAsync("table", "--corpus", ChatSystem.Corpus, "--rerank", "pointwise", "--rerank-depth", "5");
        Assert.Equal(["bm25-lucene", "bm25-bright", "bm25-lucene.pointwise"], table.Rows.Select(row => row.Name));
        // The language model knows the answers: what is among the five best comes first.
        Assert.True(table.Rows[2].Mean > table.Rows[0].Mean);
        var shown = (await chat.System.Client.ExperimentsAsync(Token)).First(study => study.Output?.Label == table.Label);
        using var http = new HttpClient { BaseAddress = chat.System.Portal };
        var page = await http.GetStringAsync($"experiments/{shown.RunId}", Token);
        Assert.Contains("study-plot", page);
        Assert.Contains("data-row=\"bm25-lucene.pointwise\"", page);
        Assert.Contains($"results/{table.Rows[2].Cells[ChatSystem.Corpus].Results[0]}", page);
    }

    [Fact]
    public async Task A_form_starts_an_experiment_and_an_open_list_hears_of_it()
    {
        await using var browser = await Browser.StartAsync();
        var complaints = new List<string>();
        var list = await browser.OpenAsync(chat.System.Portal, complaints);
        await list.GotoAsync("/experiments");
        var form = await browser.OpenAsync(chat.System.Portal, complaints);
        await form.GotoAsync("/experiments/new?kind=table");
        await form.Locator($"#corpora input[value='{ChatSystem.Corpus}']").CheckAsync();
        await form.Locator("#rerankers input[value='pointwise']").CheckAsync();
        await form.GetByLabel("Documents reranked").FillAsync("5");
        await Expect(form.Locator("#experiment-size")).ToContainTextAsync("3 systems on 1 corpus");
        await form.Locator("#start-experiment").ClickAsync();
        await Expect(form).ToHaveURLAsync(new Regex("/experiments/[0-9]+"), new() { Timeout = 60_000 });
        var id = long.Parse(new Uri(form.Url).Segments[^1], CultureInfo.InvariantCulture);
        // Neither page is loaded again.
        await Expect(list.Locator($"tr[data-experiment='{id}']")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(form.Locator("[data-row='bm25-lucene.pointwise']")).ToBeVisibleAsync(new() { Timeout = 180_000 });
        var table = (await chat.System.Client.ExperimentAsync(id, Token)).Output!;
        Assert.Equal(["bm25-lucene", "bm25-bright", "bm25-lucene.pointwise"], table.Rows.Select(row => row.Name));
        foreach (var row in table.Rows)
            await Expect(form.Locator($"[data-row='{row.Name}'] td.number a")).ToHaveTextAsync(row.Cells[ChatSystem.Corpus].Value.ToString("0.0000", CultureInfo.InvariantCulture));

        // What the server drew stays there while the page becomes interactive.
        await list.AddInitScriptAsync("""
            let shown = false;
            window.blank = 0;
            new MutationObserver(() => {
                if (document.querySelector("main tr[data-experiment]")) shown = true;
                else if (shown) window.blank++;
            }).observe(document, { childList: true, subtree: true });
            """);
        await list.GotoAsync("/experiments");
        await Expect(list.Locator("main[data-interactive]")).ToBeAttachedAsync();
        await Expect(list.Locator($"tr[data-experiment='{id}']")).ToBeVisibleAsync();
        Assert.Equal(0, await list.EvaluateAsync<int>("window.blank"));
        Assert.Empty(complaints);
    }

    /// <summary>The command's table, every figure of which must be a result with the experiment's label.</summary>
    async Task<StudyOutput> TableAsync(params string[] arguments)
    {
        var table = JsonSerializer.Deserialize<StudyOutput>(await chat.CommandAsync(["experiment", .. arguments, "--json"]), ReasonIrJson.Web)!;
        var results = (await chat.System.Client.LeaderboardAsync(ChatSystem.Corpus, Token)).Where(result => result.Label == table.Label).ToDictionary(result => result.Id);
        Assert.All(table.Rows.Select(row => row.Cells[ChatSystem.Corpus]), cell => Assert.Equal(cell.Value, cell.Results.Average(id => results[id].Measures["ndcg_cut_10"]), 12));
        Assert.Equal(results.Count, table.Rows.Sum(row => row.Cells[ChatSystem.Corpus].Results.Count));
        return table;
    }

    async Task<IReadOnlyList<RunDetail>> TrainedAsync(StudyOutput table)
    {
        var run = long.Parse(table.Label[(table.Label.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture);
        var runs = new List<RunDetail>();
        foreach (var child in (await chat.System.Client.RunAsync(run, Token)).Children.Where(child => child.Kind == RunKinds.Train))
            runs.Add(await chat.System.Client.RunAsync(child.Id, Token));
        return runs;
    }
}
