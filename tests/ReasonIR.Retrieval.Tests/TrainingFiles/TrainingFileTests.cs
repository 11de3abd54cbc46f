using System.Text;
using System.Text.Json;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Tests.Collections;
using ReasonIR.Retrieval.TrainingFiles;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.TrainingFiles;

public sealed class TrainingFileTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static Task<List<TrainingRecord>> ReadAsync(string lines, TrainingFileOptions? options = null) =>
        TrainingFileReader.ReadAsync(Streams.Of(lines), "t.jsonl", options, cancellation: Cancellation).ToListAsync(Cancellation).AsTask();

    static async Task<string> WriteAsync(IEnumerable<TrainingRecord> records, TrainingFormat format, int negatives = 1)
    {
        using var stream = new MemoryStream();
        await using (var writer = new TrainingFileWriter(stream, format, negatives))
            foreach (var record in records)
                await writer.WriteAsync(record, Cancellation);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Theory]
    [InlineData("gritlm_plain.jsonl", "Plain")]
    [InlineData("gritlm_instruct.jsonl", "Instruct")]
    [InlineData("flagembedding_nq.jsonl", "FlagEmbedding")]
    public async Task Files_as_they_occur_are_read_and_written_back(string file, string format)
    {
        var lines = await File.ReadAllTextAsync(SharedData.Require($"data/training-formats/{file}"), Cancellation);
        var records = await ReadAsync(lines);
        Assert.Equal(lines.AsSpan().Count('\n') + (lines.EndsWith('\n') ? 0 : 1), records.Count);
        Assert.Equal(format != "Plain", records.All(record => record.Instruction is not null));
        Assert.All(records, record => Assert.NotEmpty(record.Positives));
        Assert.True(records.Sum(record => record.Negatives.Count) > records.Count);
        // The same JSON, value for value, and the same records from it.
        var written = await WriteAsync(records, Enum.Parse<TrainingFormat>(format));
        foreach (var (ours, theirs) in written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Zip(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(ours), JsonElement.Parse(theirs)), theirs);
        Same(records, await ReadAsync(written, new(Enum.Parse<TrainingFormat>(format))));
    }

    [Fact]
    public async Task A_bare_text_is_one_positive_and_not_its_letters()
    {
        var record = Assert.Single(await ReadAsync("""{"query": ["Find it:", "q"], "pos": "one text", "neg": ["", "a", "  ", "b"]}"""));
        Assert.Equal(("Find it:", "q", 2), (record.Instruction, record.Query, record.Blank));
        Assert.Equal([new("one text")], record.Positives);
        Assert.Equal(["a", "b"], record.Negatives.Select(text => text.Text));
    }

    [Fact]
    public async Task Scores_prompt_type_ids_and_weight_come_along()
    {
        const string line = """{"query":"q","prompt":"Find:","pos":["a","b"],"pos_id":["d1",null],"pos_scores":[0.5,2],"neg":["c"],"neg_scores":[-1e-3],"type":"normal","weight":0.25,"reasoned":"because q"}""";
        var record = Assert.Single(await ReadAsync(line));
        Assert.Equal(("Find:", "normal", 0.25, "because q"), (record.Instruction, record.Type, record.Weight, record.Reasoned));
        Assert.Equal([new("a", "d1", 0.5), new("b", null, 2)], record.Positives);
        Assert.Equal([new("c", null, -0.001)], record.Negatives);
        Same([record], await ReadAsync(await WriteAsync([record], TrainingFormat.FlagEmbedding)));
        Same([record], await ReadAsync(await WriteAsync([record], TrainingFormat.Instruct)));
    }

    [Theory]
    [InlineData("""{"anchor":"q","positive":"p","negative":"n"}""", "p", "n")]
    [InlineData("""{"query":"q","positive":"p"}""", "p", "")]
    [InlineData("""{"query":"q","positive_1":"p","positive_2":"r","negative_1":"n","negative_2":"m","negatives":"x"}""", "p r", "n m")]
    [InlineData("""{"anchor":"q","positive":["p"],"negative":["n","m"]}""", "p", "n m")]
    public async Task Columns(string line, string positives, string negatives)
    {
        var record = Assert.Single(await ReadAsync(line));
        Assert.Equal(("q", positives, negatives), (record.Query, string.Join(' ', record.Positives.Select(text => text.Text)), string.Join(' ', record.Negatives.Select(text => text.Text))));
    }

    [Fact]
    public async Task Columns_of_other_names_and_written_ones()
    {
        var read = await ReadAsync("""{"question":"q","answer":"p","wrong_1":"n","wrong_2":"m"}""", new(TrainingFormat.Columns, Columns: new("question", "answer", "wrong")));
        Assert.Equal("{\"anchor\":\"q\",\"positive\":\"p\",\"negative_1\":\"n\",\"negative_2\":\"m\"}\n", await WriteAsync(read, TrainingFormat.Columns, 2));
        Same(read, await ReadAsync(await WriteAsync(read, TrainingFormat.Columns, 2)));
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(read, TrainingFormat.Columns, 3));
        Assert.Contains("Example 1 has 2 negatives where 3 are asked for", refused.Message);
    }

    [Theory]
    [InlineData("""{"query":["I","q"],"pos":[["J","12"]],"neg":[["","text"]]}""", "J")]
    [InlineData("""{"query":"q","pos":["12"],"neg":["text"]}""", null)]
    [InlineData("""{"query":"q","pos":12,"neg":["text"]}""", null)]
    public async Task Positives_may_be_ids_of_documents(string line, string? instruction)
    {
        var record = Assert.Single(await ReadAsync(line, new(PositivesAreIds: true)));
        Assert.Equal([new("", "12", null, instruction)], record.Positives);
        Assert.Equal([new("text")], record.Negatives);
    }

    [Theory]
    [InlineData("""{"query":"q"}""", "expected \"query\" and \"pos\", or \"anchor\" and \"positive\"; the object has query")]
    [InlineData("""{"query":"q","pos":[]}""", "field \"pos\": expected at least one text")]
    [InlineData("""{"query":" ","pos":["a"]}""", "field \"query\": expected a text")]
    [InlineData("""{"query":"q","pos":["a",""]}""", "field \"pos\": text 2 is blank")]
    [InlineData("""{"query":"q","pos":[["I","a","b"]]}""", "field \"pos[0]\": expected [instruction, text], found an array of 3")]
    [InlineData("""{"query":"q","pos":[7]}""", "field \"pos[0]\": expected a text or [instruction, text], found the number 7")]
    [InlineData("""{"query":"q","pos":["a"],"pos_scores":[1,2]}""", "field \"pos_scores\": expected an array of 1, one for each of \"pos\", found 2")]
    [InlineData("""{"query":"q","pos":["a"],"pos_scores":["x"]}""", "field \"pos_scores[0]\": expected a number")]
    [InlineData("""{"query":["I","q"],"prompt":"J","pos":["a"]}""", "field \"prompt\": the query has an instruction already")]
    [InlineData("""{"query":"q","pos":["a"],"weight":-1}""", "field \"weight\": expected 0 to 1,000,000")]
    [InlineData("""{"query":"q","pos":["a","b","c","d"]}""", "field \"pos\": expected 3 texts at most, found 4")]
    [InlineData("{\"query\":\"q\",\"pos\":[\"\\ud800\"]}", "field \"pos[0]\": holds half of a surrogate pair")]
    [InlineData("nonsense", "expected a JSON object")]
    public async Task What_is_wrong_is_named_with_file_line_and_field(string line, string expected)
    {
        var error = await Assert.ThrowsAsync<CollectionFormatException>(() => ReadAsync($"\n{line}\n", new(MostTexts: 3)));
        Assert.StartsWith("t.jsonl, line 2", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task A_form_that_is_asked_for_is_held_to()
    {
        var error = await Assert.ThrowsAsync<CollectionFormatException>(() => ReadAsync("""{"query":["I","q"],"pos":["a"]}""", new(TrainingFormat.Plain)));
        Assert.Contains("field \"query\": expected a text, found an array", error.Message);
        error = await Assert.ThrowsAsync<CollectionFormatException>(() => ReadAsync("""{"query":["I","q"],"pos":["a"]}""", new(TrainingFormat.Instruct)));
        Assert.Contains("field \"pos[0]\": expected [instruction, text], found a string", error.Message);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync([new(0, "q", "I", [new("a")], [])], TrainingFormat.Plain));
        Assert.Contains("has an instruction, which this form cannot hold; the form 'instruct' can", refused.Message);
    }

    static void Same(IReadOnlyList<TrainingRecord> expected, IReadOnlyList<TrainingRecord> found)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach (var (a, b) in expected.Zip(found))
        {
            Assert.Equal(a.Positives, b.Positives);
            Assert.Equal(a.Negatives, b.Negatives);
            Assert.Equal(a with { Positives = [], Negatives = [], Line = 0 }, b with { Positives = [], Negatives = [], Line = 0 });
        }
    }
}
