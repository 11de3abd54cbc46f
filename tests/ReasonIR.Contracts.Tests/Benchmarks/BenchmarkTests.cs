using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Tests.Benchmarks;

public sealed class BenchmarkTests
{
    static readonly Benchmark bright = BenchmarkRegistry.Find("bright")!;

    [Fact]
    public void BRIGHT_has_its_tasks_queries_and_documents()
    {
        Assert.Equal((12, 1384), (bright.Tasks.Count, bright.Tasks.Sum(task => task.Queries)));
        Assert.Equal(413_932, bright.Task("leetcode").Documents);
        Assert.Equal(8, bright.Tasks.Count(task => task.Long));
        Assert.Matches("^[0-9a-f]{40}$", bright.Revision);
        // The query sets that stand for the original queries come first.
        Assert.Equal("test", bright.UsualQuerySet);
    }

    [Theory]
    [InlineData("earth_science")]
    [InlineData("Earth Science")]
    [InlineData("earth-science")]
    public void A_task_is_found_by_either_spelling(string name) => Assert.Equal("earth_science", bright.Task(name).Id);

    [Fact]
    public void An_unknown_task_is_answered_with_those_there_are() =>
        Assert.Contains("biology, earth_science", Assert.Throws<ArgumentException>(() => bright.Task("chemistry")).Message);

    [Fact]
    public void Instructions_name_the_task_by_id_or_by_title_and_long_documents_as_documents()
    {
        var task = bright.Task("earth_science");
        Assert.Equal("Given a earth_science post, retrieve relevant passages that help answer the post", bright.Instruction(task));
        Assert.Equal("Given a Earth Science post, retrieve relevant documents that help answer the post", bright.Instruction(task, longDocuments: true, byTitle: true));
        Assert.All(bright.Tasks, each => Assert.NotNull(bright.Instruction(each)));
        Assert.DoesNotContain(bright.Tasks, each => bright.Instruction(each, true)!.Contains('{'));
    }

    [Fact]
    public void A_task_s_files_are_those_of_its_documents_its_examples_and_its_rewrites()
    {
        var files = Assert.Single(bright.Files(bright.Task("pony"), longDocuments: true)!);
        Assert.Equal($"xlangai/BRIGHT@{bright.Revision}", files.Repository);
        Assert.Equal(["long_documents/pony-*.parquet", "examples/pony-*.parquet", "*_reason/pony-*.parquet"], files.Files);
        Assert.Equal("bright-long-pony", bright.Corpus(bright.Task("pony"), longDocuments: true));
    }

    [Fact]
    public void BEIR_s_judgments_come_from_a_repository_of_their_own()
    {
        var beir = BenchmarkRegistry.Find("beir")!;
        Assert.Equal(["BeIR/scifact", "BeIR/scifact-qrels"], beir.Files(beir.Task("SciFact"), false)!.Select(files => files.Repository));
    }

    [Fact]
    public void Every_entry_can_be_run() =>
        Assert.All(BenchmarkRegistry.All, entry => RunSpecs.ThrowIfInvalid(RunKinds.Benchmark, new BenchmarkSpec(entry.Name)));

    [Fact]
    public void Reported_results_have_class_source_and_a_mean_that_agrees_with_their_tasks()
    {
        var rows = BenchmarkRegistry.Published(bright);
        Assert.Equal(37, rows.Count);
        Assert.All(rows, row => Assert.NotEmpty(row.Source));
        Assert.Equal("pipeline, query aligner trained by RL", rows.Single(row => row.System == "INF-X-Retriever").Class);
        Assert.All(rows.Where(row => row.Tasks.Count == 12), row => Assert.Equal(row.Mean, row.Tasks.Values.Average(), 0.1));
        Assert.All(rows.SelectMany(row => row.Tasks.Keys), task => Assert.Contains(bright.Tasks, known => known.Id == task));
    }

    [Theory]
    [InlineData("""{"name":"a b","tasks":[{"id":"x"}]}""", "name")]
    [InlineData("""{"name":"a","tasks":[]}""", "tasks: expected 1")]
    [InlineData("""{"name":"a","tasks":[{"id":"x"},{"id":"x"}]}""", "occurs 2 times")]
    [InlineData("""{"name":"a","tasks":[{"id":"x"}],"repositry":"r"}""", "repositry")]
    public void A_wrong_entry_is_refused_by_name(string json, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => BenchmarkRegistry.Parse(json, "mine.json"));
        Assert.StartsWith("mine.json: ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("x\ty\n", "line 1")]
    [InlineData("system\tclass\tqueries\tmean\ta\tsource\nS\tretriever\toriginal\t1.0\tsome\thome\n", "line 2, column a: expected a number, found 'some'")]
    public void A_broken_table_of_reported_results_is_refused_by_line(string table, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => PublishedResult.Parse(table, "t.tsv")).Message);
}
