using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Retrieval.Parquet;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>Dataset versions as files.</summary>
public sealed class ExportTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_are_read_back_as_training_files()
    {
        var version = await Rivers.AddAsync(portal, "lines-rivers");
        foreach (var format in new[] { "jsonl", "instruct", "flagembedding" })
        {
            await using var file = await Rivers.Client(portal).ExportAsync(version, format, null, false, Token);
            var read = await TrainingFileReader.ReadAsync(file, "train.jsonl", new(), cancellation: Token).ToListAsync(Token);

            Assert.Equal(Rivers.Examples.Select(example => example.Query), read.Select(record => record.Query));
            Assert.Equal(Rivers.Examples.Select(example => example.Positives.Select(passage => (passage.Text, passage.DocumentId))), read.Select(record => record.Positives.Select(text => (text.Text, text.DocumentId))));
            Assert.Equal(2, read[0].Weight);
        }
    }

    [Fact]
    public async Task Columns_are_refused_what_they_cannot_hold_unless_it_may_be_left_out()
    {
        var version = await Rivers.AddAsync(portal, "columns-rivers");

        var refused = await Assert.ThrowsAsync<ServiceException>(() => Rivers.Client(portal).ExportAsync(version, "st", 1, false, Token));
        using var lossy = new StreamReader(await Rivers.Client(portal).ExportAsync(version, "st", null, true, Token));
        var rows = (await lossy.ReadToEndAsync(Token)).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("Example 1 has a weight", refused.Message);
        Assert.Equal(6, rows.Count); // one has two positives
        Assert.Equal(["anchor", "positive", "negative"], rows[3].EnumerateObject().Select(field => field.Name));
        Assert.Equal(["The outer bank wears off.", "Meanders grow."], rows.Skip(3).Take(2).Select(row => row.GetProperty("positive").GetString()));
    }

    [Fact]
    public async Task Too_few_negatives_are_an_error_not_half_a_file()
    {
        var refused = await Assert.ThrowsAsync<ServiceException>(async () => await Rivers.Client(portal).ExportAsync(await Rivers.AddAsync(portal, "few-rivers"), "st", 2, false, Token));

        Assert.Contains("Example 1 has 1 negatives where 2 are asked for", refused.Message);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ServiceException>(() => Rivers.Client(portal).UnresolvedAsync("few-rivers", 1, Token))).Status);
    }

    [Fact]
    public async Task Parquet_holds_everything()
    {
        using var file = await ParquetAsync(await Rivers.AddAsync(portal, "parquet-rivers"), "parquet", null);
        var (query, positives, ids, metadata) = (file.Require("query"), file.Require("positives"), file.Require("positive_ids"), file.Require("metadata"));

        var rows = file.Read(query, positives, ids, metadata).Select(row => (row.Text(0), (List<object?>)row.Value(1)!, (List<object?>?)row.Value(2), row.Text(3))).ToList();

        Assert.Equal(Rivers.Examples.Select(example => example.Query), rows.Select(row => row.Item1));
        Assert.Equal(["The outer bank wears off.", "Meanders grow."], rows[3].Item2);
        Assert.Equal(["moon/1", null], rows[3].Item3!);
        Assert.Null(rows[4].Item3);
        Assert.Equal(12, JsonDocument.Parse(rows[3].Item4!).RootElement.GetProperty("synthesis").GetProperty("positives")[0].GetProperty("bm25Rank").GetInt32());
        Assert.All(file.Columns, column => Assert.Null(column.Problem));
    }

    [Fact]
    public async Task Parquet_of_columns_has_those_of_sentence_transformers()
    {
        using var file = await ParquetAsync(await Rivers.AddAsync(portal, "st-rivers", [.. Rivers.Examples.Skip(1).Select(Twice)]), "st-parquet", 2);

        Assert.Equal(["anchor", "positive", "negative_1", "negative_2"], file.Columns.Select(column => column.Name));
        Assert.Equal(5, file.Rows);

        static Experiments.Datasets.Example Twice(Experiments.Datasets.Example example) => new()
        {
            Query = example.Query, Positives = example.Positives, Negatives = [.. example.Negatives, new("Another.")], Generator = "llm",
        };
    }

    /// <summary>Every value of every column, over several pages and row groups.</summary>
    [Theory]
    [InlineData("parquet", null)]
    [InlineData("st-parquet", 1)]
    public async Task Parquet_is_read_alike_by_another_program(string format, int? negatives)
    {
        var random = new Random(5);
        var letters = "abcdefghij klmnopqrstuvwxyz äöü 漢字 𝄞".EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)]));
        List<Experiments.Datasets.Example> examples = format == "parquet" ? [.. Rivers.Examples] : [];
        for (var i = 0; i < 1500; i++)
            examples.Add(new() { Query = $"{i} {Text(40)}", Positives = [new(Text(3000), $"d{i}")], Negatives = [new(Text(3000)), .. i % 3 == 0 ? new[] { new Experiments.Datasets.Passage("more") } : []], Generator = "llm/hard-query" });
        var version = await Rivers.AddAsync(portal, $"other-{format}", examples);
        using var ours = await ParquetAsync(version, format, negatives);
        var rows = ours.Read([.. ours.Columns]).Select(row => new JsonObject(ours.Columns.Select((column, i) => KeyValuePair.Create(column.Name, JsonSerializer.SerializeToNode(row.Value(i)))))).ToList();
        await using var stream = await Rivers.Client(portal).ExportAsync(version, format, negatives, false, Token);
        var read = await OtherReader.ReadAsync(stream, Token);

        Assert.Equal(examples.Count, read.Count);
        foreach (var (expected, actual) in rows.Zip(read))
            Assert.True(JsonNode.DeepEquals(expected, actual), $"{Start(expected)}\n{Start(actual)}");

        static string Start(JsonNode row) => row.ToJsonString() is { Length: > 500 } text ? text[..500] : row.ToJsonString();
    }

    async Task<ParquetFile> ParquetAsync(DatasetVersionInfo version, string format, int? negatives)
    {
        await using var stream = await Rivers.Client(portal).ExportAsync(version, format, negatives, false, Token);
        var whole = new MemoryStream();
        await stream.CopyToAsync(whole, Token);
        return ParquetFile.Open(whole, "train.parquet");
    }
}
