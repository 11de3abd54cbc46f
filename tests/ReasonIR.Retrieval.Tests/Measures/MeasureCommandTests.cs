using System.Text.Json;
using ReasonIR.Check.Measuring;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Measures;

/// <summary><c>reasonir measure</c>.</summary>
public sealed class MeasureCommandTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-measure-");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Real ReasonIR-8B rankings of GPT-4's reasoning queries; the figures are trec_eval's, to four digits.</summary>
    [Theory]
    [InlineData("biology", "0.4349")]
    [InlineData("economics", "0.3265")]
    [InlineData("leetcode", "0.3168")]
    [InlineData("pony", "0.1955")]
    [InlineData("aops", "0.0737")]
    [InlineData("theoremqa_theorems", "0.3668")]
    public async Task Real_runs_have_the_known_figures(string task, string expected)
    {
        var (exit, output, _) = await MeasureAsync(
            SharedData.Require($"data/bright/qrels/{task}.trec"), SharedData.Require($"data/bright/runs/reasonir-8b-gpt4-{task}.trec"), "--measures", "ndcg_cut_10", "--all-queries");

        Assert.Equal(0, exit);
        Assert.Contains($"ndcg_cut_10           \tall\t{expected}", output);
    }

    [Fact]
    public async Task BRIGHT_s_examples_judge_as_the_qrels_do()
    {
        var run = SharedData.Require("data/bright/runs/reasonir-8b-gpt4-pony.trec");
        var examples = SharedData.Require("data/bright/examples/pony.jsonl.gz");

        var (_, byExamples, _) = await MeasureAsync(examples, run, "--measures", "all", "--exclude", examples, "--depth", "1000");
        var (_, byQrels, _) = await MeasureAsync(SharedData.Require("data/bright/qrels/pony.trec"), run, "--measures", "all");

        Assert.Equal(byQrels, byExamples);
    }

    [Fact]
    public async Task Judged_counts_documents_of_any_grade_among_those_retrieved()
    {
        var qrels = Write("q.trec", "1 0 a 1\n1 0 b 0\n2 0 c 1\n3 0 d 1\n");
        var run = Write("r.trec", "1 Q0 a 1 3 x\n1 Q0 b 2 2 x\n1 Q0 n 3 1 x\n2 Q0 n 1 1 x\n9 Q0 n 1 1 x\n");

        var (_, output, _) = await MeasureAsync(qrels, run, "--measures", "judged_2,judged_10", "--per-query");

        Assert.Equal(
            """
            judged_2              	1	1.0000
            judged_10             	1	0.6667
            judged_2              	2	0.0000
            judged_10             	2	0.0000
            runid                 	all	r.trec
            num_q                 	all	2
            judged_2              	all	0.5000
            judged_10             	all	0.3333
            # 1 judged queries are not in the run and are left out; --all-queries counts them as 0
            # 1 queries of the run have no judgments and are left out

            """, output);
    }

    [Fact]
    public async Task JSON_has_the_queries_and_what_is_missing()
    {
        var (_, output, _) = await MeasureAsync(Write("q.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n"), Write("r.trec", "1 Q0 a 1 3 x\n"), "--json", "--per-query", "--measures", "ndcg_cut_10", "--all-queries");

        using var json = JsonDocument.Parse(output);
        Assert.Equal(0.5, json.RootElement.GetProperty("measures").GetProperty("ndcg_cut_10").GetDouble());
        Assert.Equal("2", json.RootElement.GetProperty("missing")[0].GetString());
        Assert.Equal(1, json.RootElement.GetProperty("per_query").GetProperty("1").GetProperty("ndcg_cut_10").GetDouble());
    }

    [Theory]
    [InlineData(2, "expected judgments and at least one run", "only.trec")]
    [InlineData(2, "unknown option --what", "q", "r", "--what")]
    [InlineData(2, "unknown measure \"ndgc\"", "q", "r", "--measures", "ndgc")]
    [InlineData(2, "--depth x", "q", "r", "--depth", "x")]
    [InlineData(1, "absent.trec", "absent.trec", "absent2.trec")]
    public async Task Wrong_arguments_and_absent_files_are_named(int exit, string expected, params string[] arguments)
    {
        var (code, _, error) = await MeasureAsync(arguments);

        Assert.Equal(exit, code);
        Assert.Contains(expected, error);
    }

    [Fact]
    public async Task A_run_of_other_queries_is_no_run_with_zeros()
    {
        var (exit, _, error) = await MeasureAsync(Write("q.trec", "1 0 a 1\n"), Write("r.trec", "7 Q0 a 1 3 x\n"));

        Assert.Equal(1, exit);
        Assert.Contains("none of its 1 queries is judged", error);
    }

    static async Task<(int Exit, string Output, string Error)> MeasureAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter());
        var exit = await MeasureCommand.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (exit, output.ToString(), error.ToString());
    }

    string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
