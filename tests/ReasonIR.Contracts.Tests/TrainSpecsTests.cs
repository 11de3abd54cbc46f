using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Tests;

public sealed class TrainSpecsTests
{
    const string Recipe = """
        # A comment.
        base: llama-3.1-8b   # the backbone
        data:
          sources:
            - public
            - dataset: hard
              weight: 2e-1
              prompts: {query: "<|user|>\n{instruction}\n<|embed|>\n"}
          sampling: weights
          steps: 1000
          batchSize: 2048
        loss:
          temperature: 0.02
          matryoshka: [1024, {width: 256, weight: 0.5}]
        schedule: constant
        scale:
          gradCache: 16
          checkpointing: yes
          lora: {rank: 4, targets: [q_proj, v_proj]}
        output: "0123"
        """;

    [Fact]
    public void Yaml_with_short_forms_is_read()
    {
        var (spec, problems) = TrainSpecs.Read(Recipe);
        Assert.Equal(["data.sampling: 'weights' needs a weight at every source."], problems.Select(problem => $"{problem.Field}: {problem.Message}"));
        Assert.Equal(("llama-3.1-8b", "0123", "constant", 16, true, 4), (spec.From.Model, spec.Output.Name, spec.Schedule!.Kind, spec.Scale!.GradCache!.Texts, spec.Scale.Checkpointing, spec.Scale.Lora!.Rank));
        Assert.Equal([("public", null, null), ("hard", 0.2, "<|user|>\n{instruction}\n<|embed|>\n")], spec.Data.Sources.Select(source => (source.Dataset, source.Weight, source.Prompts?.Query)));
        Assert.Equal([new(1024), new(256, 0.5)], spec.Loss!.Matryoshka!);
        Assert.Equal(["q_proj", "v_proj"], spec.Scale.Lora.Targets!);
    }

    [Fact]
    public void What_is_written_as_yaml_or_json_is_the_same_when_it_is_read()
    {
        var spec = TrainSpecs.Read(Recipe, ["data.sources[0].weight=1"]).Spec;
        spec = spec with { Output = spec.Output with { Description = "Two lines:\n- \"one\"\t# no comment\n\nnull", License = "yes" }, Data = spec.Data with { Prompts = new("1e5", " ", "", "~") } };
        var json = JsonSerializer.Serialize(spec, ReasonIrJson.Web);
        foreach (var text in new[] { TrainSpecs.ToYaml(spec), json, JsonSerializer.Serialize(spec, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true }) })
        {
            var (again, problems) = TrainSpecs.Read(text);
            Assert.Empty(problems);
            Assert.Equal(json, JsonSerializer.Serialize(again, ReasonIrJson.Web));
        }
        Assert.Contains("batchSize: 2048\n", TrainSpecs.ToYaml(spec));
    }

    [Fact]
    public void Every_slip_is_told_at_once_with_its_line_and_the_nearest_field()
    {
        var (_, problems) = TrainSpecs.Read("""
            base: {model: a b}
            data:
              sources: [pairs]
              bachSize: 8
              learningRate: 1
              steps: many
              batches: mixt
            loss:
              temperature: [1]
            optimiser: {}
            scale: [1]
            output: {name: m, licence: x, colour: red}
            """);
        Assert.Equal(
            [
                "line 1: base.model: expected 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit; found 'a b'.",
                "line 4: data.bachSize: there is no such field; did you mean 'batchSize'?",
                "line 5: data.learningRate: there is no such field; did you mean 'optimizer.learningRate'?",
                "line 6: data.steps: expected a whole number, found 'many'.",
                "line 7: data.batches: expected mixed or single, found 'mixt'.",
                "line 9: loss.temperature: expected a number, found a list.",
                "line 10: optimiser: there is no such field; did you mean 'optimizer'?",
                "line 12: output.colour: there is no such field; there are name, format, license, description.",
                "line 12: output.licence: there is no such field; did you mean 'license'?",
            ],
            problems.Select(problem => problem.ToString()).Where(problem => !problem.Contains("scale")).Order(StringComparer.Ordinal).OrderBy(text => int.Parse(text[5..text.IndexOf(':')])));
        Assert.Contains(problems, problem => problem.Field == "scale" && problem.Line == 11 && problem.Message.StartsWith("expected fields (gradCache, "));
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_told()
    {
        var text = string.Join("\n", TrainSpecs.Read("""
            base: {model: other, tiny: {hidden: 30, heads: 4}, poolPrompt: false}
            data: {sources: [a, a], samplingTemperature: 2, negatives: 0, batchSize: 4}
            loss: {weight: 0}
            scale: {gradCache: {}, workers: 4, collective: tcp}
            evaluation: {patience: 2}
            output: {name: m, format: peft}
            """).Problems);
        Assert.All(["base.tiny: only the base 'tiny'", "base.tiny.heads: ", "'a' occurs 2 times", "data.samplingTemperature: only used", "loss.weight: expected more than 0",
            "scale.gradCache: expected texts or tokens", "scale.workers: expected at least 2 queries", "scale.collective: expected auto or ring or nccl, found 'tcp'", "evaluation.patience: nothing is evaluated", "output.format: 'peft'", "output.format: a folder of adapters alone is served as its base is"], expected => Assert.Contains(expected, text));
    }

    [Theory]
    [InlineData(null, "nccl", 1)]
    [InlineData(1, "nccl", 1)]
    [InlineData(1, "ring", 0)]
    [InlineData(null, "auto", 0)]
    [InlineData(2, "nccl", 0)]
    public void A_collective_that_is_insisted_on_wants_several_processes(int? workers, string collective, int problems)
    {
        var found = (TrainSpec.Of("m", "d", from: "minilm") with { Scale = new(Workers: workers, Collective: collective) }).Problems().ToList();
        Assert.Equal(problems, found.Count);
        Assert.All(found, problem => Assert.StartsWith("scale.collective: one process has nobody to send to", problem));
    }

    [Fact]
    public void Fields_can_be_set_by_path()
    {
        var (spec, problems) = TrainSpecs.Read(Recipe, ["data.sources[0].weight=3", "base.attention=bidirectional", "data.sources[2].dataset=third", "data.sources[2].weight=1", "loss.temperature=0.05", "output.license=", "evaluation={steps: 5, sets: [scifact]}"]);
        Assert.Empty(problems);
        Assert.Equal(("llama-3.1-8b", "bidirectional", 0.05, "scifact"), (spec.From.Model, spec.From.Attention, spec.Loss!.Temperature, spec.Evaluation!.Sets![0].Corpus));
        Assert.Equal([("public", 3), ("hard", 0.2), ("third", 1)], spec.Data.Sources.Select(source => (source.Dataset, source.Weight!.Value)));
        Assert.Throws<ArgumentException>(() => TrainSpecs.Read(Recipe, ["data.sources[9].weight=3"]));
        Assert.Throws<ArgumentException>(() => TrainSpecs.Read(Recipe, ["no sign"]));
    }

    [Fact]
    public void A_field_is_set_in_the_text_and_the_rest_stays_as_it_was_written()
    {
        const string text = """
            # a comment
            base: tiny
            data: {sources: [a, {dataset: b, weight: 2}], bachSize: 8, steps: many, sampling: "1"}
            output: m
            loss: {distillation: kl}
            """;
        var edited = TrainSpecs.Edit(text, ["base.tiny.layers=3", "data.sources[0].weight=1", "data.sources[2].dataset=\"a: \\\"b\\\"\"", "loss.distillation.weight=2", "output.description=\"64\""]);
        var reading = TrainSpecs.Read(edited);
        Assert.Equal(("tiny", "3", "a", "1", "b", "2", "a: \"b\"", "kl", "2", "many"), (reading.Values["base.model"], reading.Values["base.tiny.layers"], reading.Values["data.sources[0].dataset"],
            reading.Values["data.sources[0].weight"], reading.Values["data.sources[1].dataset"], reading.Values["data.sources[1].weight"], reading.Values["data.sources[2].dataset"],
            reading.Values["loss.distillation.kind"], reading.Values["loss.distillation.weight"], reading.Values["data.steps"]));
        Assert.Equal(("m", "64"), (reading.Spec.Output.Name, reading.Spec.Output.Description));
        // What does not fit is not lost, and still told.
        Assert.All(["data.bachSize", "data.steps", "data.sampling"], field => Assert.Contains(reading.Problems, problem => problem.Field == field));
        // What is taken out leaves nothing empty behind.
        edited = TrainSpecs.Edit(edited, ["base.tiny.layers=null", "data.sources[1]=null", "loss.distillation.kind=null", "loss.distillation.weight=null"]);
        Assert.DoesNotContain("tiny:", edited);
        Assert.DoesNotContain("loss:", edited);
        Assert.Equal(["a", "a: \"b\""], TrainSpecs.Read(edited).Spec.Data.Sources.Select(source => source.Dataset));
        Assert.Equal(edited, TrainSpecs.Edit(edited, []));
    }

    [Fact]
    public void The_flat_form_is_edited_as_sections() =>
        Assert.Equal(32, TrainSpecs.Read(TrainSpecs.Edit("model: m\ndataset: d\nbatchSize: 8\n", ["data.batchSize=32"])).Spec.Data.BatchSize);

    [Theory]
    [InlineData("a: [", 2)]
    [InlineData("a: 1\nb: {\n", 3)]
    [InlineData("a: 1\na: 2", 2)]
    [InlineData("{\"a\": 1,\n \"a\": 2}", 2)]
    [InlineData("{\"a\": \n tru", 2)]
    [InlineData("a: *b", 1)]
    public void Text_that_is_neither_yaml_nor_json_is_refused_with_its_line(string text, int line) =>
        Assert.StartsWith($"line {line}:", Assert.Throws<SpecSyntaxException>(() => TrainSpecs.Read(text)).Message);

    [Fact]
    public void A_few_lines_cannot_become_a_billion_values()
    {
        var lines = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Throws<SpecSyntaxException>(() => TrainSpecs.Read(lines));
        Assert.Throws<SpecSyntaxException>(() => TrainSpecs.Read(new string('[', 100)));
    }

    [Fact]
    public void The_flat_form_of_earlier_versions_is_read()
    {
        var spec = RunSpecs.Parse(RunKinds.Train, JsonElement.Parse("""
            {"model":"m","dataset":"d","datasetVersion":2,"base":"minilm","seed":3,"epochs":2,"maxSteps":9,"maxSeconds":1.5,"batchSize":8,"learningRate":1e-3,"temperature":0.1,
             "warmupRatio":0.2,"schedule":"cosine","weightDecay":0.01,"queryMaxTokens":32,"passageMaxTokens":64,"checkpointSteps":5,"keepStart":true}
            """));
        var expected = new TrainSpec(
            new("m"), new([new("d", 2)], Epochs: 2, Steps: 9, Seconds: 1.5, BatchSize: 8, QueryMaxTokens: 32, PassageMaxTokens: 64), new("minilm"), new(0.1), new(1e-3, 0.01), new("cosine", 0.2), new(CheckpointSteps: 5), Seed: 3);
        Assert.Equal(RunSpecs.ToJson(expected), RunSpecs.ToJson(spec));
        spec = RunSpecs.Parse(RunKinds.Train, JsonElement.Parse("""{"model":"m","dataset":"d","base":"static","seed":0,"dimension":64,"keepStart":false}"""));
        Assert.Equal(RunSpecs.ToJson(new TrainSpec(new("m"), new([new("d")]), new("static", Static: new(64, false)))), RunSpecs.ToJson(spec));
    }
}
