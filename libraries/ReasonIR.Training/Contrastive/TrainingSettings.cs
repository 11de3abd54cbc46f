using ReasonIR.Training.Losses;

namespace ReasonIR.Training.Contrastive;

/// <summary>What is minimized: InfoNCE and, beside it or in its place, distillation; the whole of it over cut vectors where Matryoshka dimensions are given.</summary>
/// <param name="Weight">Of InfoNCE in the sum; 0: distillation alone.</param>
/// <param name="Directions">Query to document; the usual symmetric loss is query to document and document to query, per direction.</param>
/// <param name="Partition">Whether several directions share one softmax.</param>
/// <param name="Scope">Which passages a query is told apart from.</param>
/// <param name="ScoreGuard">Negatives that score above the positive (and a margin) are left out as probable false negatives.</param>
/// <param name="IdGuard">Passages of other queries that are known to be a positive of this one (by <see cref="ContrastiveBatch.PassageIds"/>) are left out.</param>
/// <param name="GuardOwnNegatives">The guards may leave out a query's own hard negatives too.</param>
/// <param name="WeightNorm">How weighted queries are averaged.</param>
/// <param name="Reasoning">Weights from rewritten queries; null: the batch's weights as they are.</param>
/// <param name="Distillation">Null: none.</param>
/// <param name="Matryoshka">First components of the vectors and the weight of their loss; null: whole vectors alone.</param>
/// <param name="MatryoshkaMean">Divide by the number of dimensions instead of summing.</param>
public sealed record LossSettings(
    double Weight = 1, Directions Directions = Directions.QueryToDocument, Partition Partition = Partition.PerDirection, NegativeScope Scope = NegativeScope.All,
    ScoreMask? ScoreGuard = null, bool IdGuard = false, bool GuardOwnNegatives = false, WeightNorm WeightNorm = WeightNorm.SumOfWeights,
    ReasoningWeights? Reasoning = null, DistillationSettings? Distillation = null,
    IReadOnlyList<MatryoshkaDimension>? Matryoshka = null, bool MatryoshkaMean = false);

/// <summary>
/// Redapter (ReasonEmbed, Chen et al. 2025): a query weighs as much as its loss exceeds that of the query rewritten with reasoning,
/// min(loss / loss of the rewritten, <paramref name="MaxRatio"/>). Needs <see cref="ContrastiveBatch.ReasonedQueries"/>; multiplies the batch's own weights.
/// </summary>
public sealed record ReasoningWeights(double MaxRatio = 5);

/// <param name="Width">Components kept.</param>
/// <param name="Weight">Of the loss over them.</param>
public sealed record MatryoshkaDimension(int Width, double Weight = 1);

/// <summary>How a teacher's scores are learned from.</summary>
public enum DistillationKind { KullbackLeibler, CrossEntropy, MarginMse }

/// <summary>Distillation from <see cref="ContrastiveBatch.TeacherScores"/> within each query's own passages.</summary>
/// <param name="Weight">Of this term in the sum.</param>
/// <param name="StudentTemperature">Divides the student's scores; null: InfoNCE's. Margin-MSE has none.</param>
/// <param name="TeacherTemperature">Divides the teacher's.</param>
/// <param name="TimesSquaredTemperature">Multiplies the divergence by the squared student temperature.</param>
public sealed record DistillationSettings(
    DistillationKind Kind = DistillationKind.KullbackLeibler, double Weight = 1, Similarity Similarity = Similarity.Cosine,
    double? StudentTemperature = null, double TeacherTemperature = 1, bool TimesSquaredTemperature = false);

/// <summary>AdamW beside learning rate, schedule, decay and clipping. Patterns match parameter names, with * and ?, as in <c>encoder.layer.0.*</c>.</summary>
/// <param name="NoDecayOnBiasAndNorm">Biases and the weights of norms are not decayed, as trainers commonly group; else all parameters are.</param>
/// <param name="NoDecay">Further names that are not decayed.</param>
/// <param name="Rates">Learning rates of their own by name; the first that matches counts.</param>
/// <param name="Freeze">Names that are not trained.</param>
/// <param name="FreezeEmbeddings">Token, position and type tables are not trained.</param>
/// <param name="FreezeLayers">The first so many layers are not trained.</param>
public sealed record OptimizerSettings(
    double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, bool NoDecayOnBiasAndNorm = false, IReadOnlyList<string>? NoDecay = null,
    IReadOnlyList<RateSetting>? Rates = null, IReadOnlyList<string>? Freeze = null, bool FreezeEmbeddings = false, int FreezeLayers = 0);

/// <param name="Pattern">Names it holds for.</param>
/// <param name="Factor">Of the run's learning rate.</param>
public sealed record RateSetting(string Pattern, double Factor);

/// <summary>Element types of training.</summary>
public enum Precision
{
    /// <summary>Everything in f32.</summary>
    F32,

    /// <summary>Weights, gradients and optimizer in f32, the encoder computes in bf16; vectors and scores are f32.</summary>
    Bf16Mixed,

    /// <summary>Weights and gradients in bf16 too; the optimizer works on an f32 copy of what is trained.</summary>
    Bf16,
}

/// <summary>How a batch is fitted into memory.</summary>
/// <param name="ChunkTexts">GradCache: texts encoded at a time, queries and passages apart; equal to the whole batch at once.</param>
/// <param name="ChunkTokens">GradCache by tokens instead; both may be given, a chunk then ends at whichever comes first.</param>
/// <param name="AccumulationSteps">Plain accumulation: the batch is cut into so many, whose passages are negatives only of their own queries. Another loss than GradCache's.</param>
/// <param name="Checkpointing">Activations are recomputed layer by layer in the backward pass.</param>
public sealed record ScaleSettings(
    int? ChunkTexts = null, int? ChunkTokens = null, int AccumulationSteps = 1, bool Checkpointing = false, Precision Precision = Precision.F32);

/// <summary>Low-rank adapters in place of the weights themselves (Hu et al. 2021).</summary>
/// <param name="Targets">Last parts of the names of the linears that get one; null: all linears of the body.</param>
/// <param name="RankStabilized">Scales by alpha / sqrt(rank) instead of alpha / rank.</param>
/// <param name="Merge">The result is the model with the adapters merged, the adapters beside it in <c>adapter/</c>; else a PEFT folder alone.</param>
/// <param name="From">A PEFT folder whose adapter is trained on, with its rank, alpha, dropout and targets; null: a new one.</param>
public sealed record LoraSettings(
    int Rank = 8, double Alpha = 16, double Dropout = 0, IReadOnlyList<string>? Targets = null, bool RankStabilized = false, bool Merge = true, string? From = null);

/// <summary>When <see cref="TrainingHooks.Evaluate"/> is called.</summary>
/// <param name="Steps">Every so many steps, and after the last.</param>
/// <param name="Patience">Evaluations without improvement after which the run ends; null: it does not.</param>
/// <param name="MinImprovement">What counts as one.</param>
/// <param name="KeepBest">The best evaluated model is the result, not the last.</param>
/// <param name="AtStart">The base is evaluated too.</param>
public sealed record EvaluationSettings(int Steps, int? Patience = null, double MinImprovement = 0, bool KeepBest = true, bool AtStart = false);

/// <summary>What ends a run as diverged, beside a loss or gradient that is not finite.</summary>
/// <param name="Factor">Of the median loss of the last <paramref name="Window"/> steps; null: only what is not finite counts.</param>
/// <param name="Steps">So many steps in a row above it.</param>
public sealed record DivergenceSettings(double? Factor = null, int Steps = 10, int Window = 100);
