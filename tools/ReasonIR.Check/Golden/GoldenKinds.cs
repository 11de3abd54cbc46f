using ReasonIR.Check.Golden.Kinds;

namespace ReasonIR.Check.Golden;

/// <summary>Every kind of golden folder that can be checked, one line each, by name.</summary>
public static class GoldenKinds
{
    public static IReadOnlyList<IGoldenKind> All { get; } =
    [
        new FusionKind(),
        new MeasuresKind(),
        new AnalysisKind(),
        new Bm25Kind(),
        new SentenceTransformersKind(),
        new TokenizerKind(),
        new TokenizerTrainerKind(),
        new EncoderKind(),
        new EmbeddingsKind(),
        new CrossEncoderKind(),
        new LoraKind(),
        new InstructionPoolingKind(),
        new LossesKind(),
        new SchedulesKind(),
        new TrainingRunKind(),
        new LoraTrainingRunKind(),
        new RestReplayKind(),
        new StatisticsKind(),
        new ParquetKind(),
    ];
}
