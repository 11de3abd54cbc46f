using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Contracts.Specs;
using Xunit;

namespace ReasonIR.Contracts.Tests;

public sealed class SynthesizeSpecsTests
{
    static string Recipe(string name) => File.ReadAllText(Path.Combine(RecipeFilesTests.Root(), "recipes", "synthesis", name));

    [Theory]
    [InlineData("reasonir.yaml")]
    [InlineData("small.yaml")]
    public void A_recipe_can_run_and_is_the_same_once_written_and_read(string name)
    {
        var (spec, problems) = SynthesizeSpecs.Read(Recipe(name));
        Assert.Empty(problems);
        var (again, others) = SynthesizeSpecs.Read(SynthesizeSpecs.ToYaml(spec));
        Assert.Empty(others);
        Assert.Equal(spec, again);
    }

    [Fact]
    public void The_papers_settings_are_those_of_the_paper()
    {
        var spec = SynthesizeSpecs.Read(Recipe("reasonir.yaml")).Spec;
        Assert.Equal((20, 0, 3), (spec.Llm!.MinimumWords, spec.Llm.Temperature, spec.Queries!.Attempts));
        Assert.Equal((20, 300, 2000), (spec.VariedLength!.Tasks, spec.VariedLength.LeastWords, spec.VariedLength.MostWords));
        Assert.Equal((1, null, null), (spec.WrittenNegatives!.PerQuery, spec.Positives, spec.Judge));
    }

    [Fact]
    public void A_step_is_on_by_its_name_alone_by_its_short_form_and_by_setting_a_field()
    {
        const string text = "corpus: c\ndataset: d\ngenerator: llm\nqueries: {}\nwrittenNegatives: 2\n";
        var (spec, problems) = SynthesizeSpecs.Read(text, ["judge.positives=5", "llm.maxCost=1.25", "writtenNegatives.leastWords=200", "queries.attempts=2"]);
        Assert.Empty(problems);
        Assert.Equal(new SynthesizeSpec("c", "d", "llm", Llm: new(MaxCost: 1.25m), Queries: new(Attempts: 2), WrittenNegatives: new(2, 200), Judge: new(5)), spec);
    }

    [Fact]
    public void Every_problem_is_told_at_once_with_its_line()
    {
        const string text = """
            corpus: a b
            dataset: d
            generator: llm
            querys: 1
            variedLength:
              leastWords: 5000
              examples: many
            positives:
              threshold: 9
            judge:
              positives: 1
            llm:
              maxCost: cheap
            """;
        var problems = SynthesizeSpecs.Read(text).Problems.Select(problem => problem.ToString()).ToList();
        Assert.Contains(problems, problem => problem.StartsWith("line 1: corpus:", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("line 4: querys:", StringComparison.Ordinal) && problem.Contains("queries"));
        Assert.Contains(problems, problem => problem.StartsWith("line 6: variedLength.leastWords:", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("line 7: variedLength.examples: expected a whole number", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("line 9: positives.threshold:", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("line 11: judge.positives:", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("line 13: llm.maxCost: expected a number", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("positives: are looked for in the corpus for hard queries"));
    }

    [Theory]
    [InlineData("generator: extractive\nqueries: 1", "queries: is a step of the generator 'llm'")]
    [InlineData("generator: llm\nreasoned: 100", "expected queries or variedLength, because reasoned works")]
    [InlineData("generator: llm\nqueries: 1\nllm: {queriesPerDocument: 2}", "llm.queriesPerDocument")]
    [InlineData("generator: llm\nqueries: 1\njudge: {positives: 0, negatives: 0, queries: 0}", "judge")]
    public void What_does_not_go_together_is_refused(string text, string expected) =>
        Assert.Contains(SynthesizeSpecs.Read($"corpus: c\ndataset: d\n{text}").Problems, problem => problem.ToString().Contains(expected));

    [Theory]
    [InlineData("minimumWords: 50\nquality: {minimum: 3, scorer: judge}\n")]
    [InlineData("corpus: another\nseeds:\n  minimumWords: 50\n  quality: {minimum: 3, scorer: judge}\n")]
    [InlineData("""{"minimumWords": 50, "quality": {"minimum": 3, "scorer": "judge"}}""")]
    public void Seed_filters_of_a_file_go_into_a_spec_and_fields_change_them(string seeds)
    {
        var spec = new SynthesizeSpec("c", "d", Seed: 7, Extractive: new("examples", 10));
        var (read, problems) = SynthesizeSpecs.WithSeeds(spec, seeds, ["seeds.quality.minimum=4", "seeds.sample.documents=9", "seeds.nearDuplicates=null"]);
        Assert.Empty(problems);
        Assert.Equal(spec with { Seeds = new(50, Quality: new(4, "judge"), NearDuplicates: null, Sample: new(9)) }, read);
    }

    [Fact]
    public void What_is_wrong_with_seed_filters_is_told_with_the_line_of_their_file()
    {
        var (_, problems) = SynthesizeSpecs.WithSeeds(new("c", "d"), "minimumWords: 50\nmaximumWords: 5\nlanguage: [en]\n", ["seeds.languages=[english]"]);
        var told = problems.Select(problem => problem.ToString()).ToList();
        Assert.Contains(told, problem => problem.StartsWith("line 2: seeds.maximumWords: expected 50 to", StringComparison.Ordinal));
        Assert.Contains(told, problem => problem.StartsWith("line 3: seeds.language: there is no such field; did you mean 'languages'", StringComparison.Ordinal));
        Assert.Contains(told, problem => problem.Contains("seeds.languages[0]: expected a code of two small letters, found 'english'"));
        Assert.Contains(told, problem => problem.Contains("extractive.mode: expected examples beside seeds"));
    }
}
