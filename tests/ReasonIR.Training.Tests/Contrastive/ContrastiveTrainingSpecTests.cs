using System.Text.Json;
using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

public sealed class ContrastiveTrainingSpecTests
{
    [Fact]
    public void The_defaults_have_no_problems() => Assert.Empty(new ContrastiveTrainingSpec("base").Problems());

    [Fact]
    public void Every_problem_is_told_at_once_with_its_field()
    {
        var spec = new ContrastiveTrainingSpec(" ", BatchSize: 1, Temperature: 0, Schedule: new("stairs"))
        {
            Loss = new(Weight: 0, Matryoshka: [new(64), new(64)], Reasoning: new(double.NaN)),
            Optimizer = new(Beta2: 1, Rates: [new("", 2)]),
            Scale = new(ChunkTokens: 0, AccumulationSteps: 8),
            Lora = new(Rank: 0, Targets: []),
            Evaluation = new(0, Patience: 0),
            Divergence = new(Factor: 0.5),
        };
        string[] fields =
        [
            "BaseModel", "BatchSize", "Temperature", "Schedule", "Loss.Weight", "Loss.Reasoning.MaxRatio", "Loss.Matryoshka", "Optimizer.Beta2", "Optimizer.Rates",
            "Scale.ChunkTokens", "Scale.AccumulationSteps", "Lora.Rank", "Lora.Targets", "Evaluation.Steps", "Evaluation.Patience", "Divergence.Factor",
        ];
        Assert.Equal(fields, spec.Problems().Select(p => p.Split(' ', ':')[0]));
        Assert.Contains("Temperature is 0; above 0", Assert.Throws<ArgumentException>(spec.Validate).Message);
    }

    [Fact]
    public void It_survives_json()
    {
        var spec = new ContrastiveTrainingSpec("base") { Loss = new(Matryoshka: [new(64, 0.5)], ScoreGuard: new(0.1)), Lora = new(Targets: ["q_proj"]), Evaluation = new(10) };
        var again = JsonSerializer.Deserialize<ContrastiveTrainingSpec>(JsonSerializer.Serialize(spec, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!;
        Assert.Equal(JsonSerializer.Serialize(spec), JsonSerializer.Serialize(again));
        Assert.Equal(new MatryoshkaDimension(64, 0.5), Assert.Single(again.Loss.Matryoshka!));
    }
}
