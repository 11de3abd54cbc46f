using ReasonIR.Training.Static;
using Xunit;

namespace ReasonIR.Training.Tests.Static;

public sealed class GradientTests
{
    const int Dimension = 6, Rows = 11, Pairs = 4;
    const double Temperature = 0.3;

    /// <summary>Every parameter's gradient, against finite differences of the loss written out in f64: its norm, and where Adam's first step goes.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public void The_gradient_is_that_of_the_loss(bool shared, int negatives)
    {
        var (parameters, batch, keys) = Problem(shared, negatives);
        var expected = FiniteDifferences(parameters, batch, keys);
        var before = parameters.Copy();
        var adam = new LazyAdam(parameters);
        var (loss, norm) = new TrainingStep(parameters, adam, (float)Temperature, threads: 2).Run(batch, keys, learningRate: 1e-3f);

        Assert.Equal(Loss(before, batch, keys), loss, 1e-5);
        Assert.Equal(Math.Sqrt(expected.Sum(g => g * g)), norm, 1e-5);
        // After the first step the mean moment is a tenth of the gradient, and every value has moved by the rate against its sign.
        float[] mean = [.. adam.RowMean, .. adam.WeightMean];
        float[] moved = [.. parameters.Rows.Zip(before.Rows, (a, b) => a - b), .. parameters.Weights.Zip(before.Weights, (a, b) => a - b)];
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], mean[i] * 10, 1e-5);
            if (Math.Abs(expected[i]) > 1e-4)
                Assert.Equal(-Math.Sign(expected[i]) * 1e-3, moved[i], 2e-5);
        }
    }

    [Fact]
    public void Hard_negatives_join_the_denominator_and_others_give_another_loss()
    {
        var (parameters, without, keys) = Problem(shared: false, negatives: 0);
        var (_, with, _) = Problem(shared: false, negatives: 3);
        var (_, other, _) = Problem(shared: false, negatives: 3, negativeSeed: 99);
        double[] losses = [.. new[] { without, with, other }.Select(batch => new TrainingStep(parameters, new(parameters), (float)Temperature, 1).Gradient(batch, keys).Loss)];
        Assert.True(losses[1] > losses[0]);
        Assert.True(losses[2] > losses[0]);
        Assert.NotEqual(losses[1], losses[2], 1e-3);
    }

    [Fact]
    public void Rows_that_do_not_occur_stay_as_they_are()
    {
        var (parameters, batch, keys) = Problem(shared: false, negatives: 2);
        var before = parameters.Copy();
        var step = new TrainingStep(parameters, new(parameters), (float)Temperature, 1);
        step.Run(batch, keys, 0.01f);
        step.Run(batch, keys, 0.01f);
        var occurring = batch.Rows.ToHashSet();
        for (var row = 0; row < Rows; row++)
            Assert.Equal(!occurring.Contains(row), before.Rows.AsSpan(row * Dimension, Dimension).SequenceEqual(parameters.Rows.AsSpan(row * Dimension, Dimension)) && before.Weights[row] == parameters.Weights[row]);
        Assert.Contains(Rows - 1, Enumerable.Range(0, Rows).Except(occurring));
    }

    static (StaticParameters, TextBatch, string?[]) Problem(bool shared, int negatives, int negativeSeed = 8)
    {
        var random = new Random(5);
        var parameters = new StaticParameters([.. Enumerable.Range(0, Rows * Dimension).Select(_ => random.NextSingle() - 0.5f)],
            [.. Enumerable.Range(0, Rows).Select(_ => random.NextSingle())], Dimension);
        var batch = new TextBatch();
        Texts(2 * Pairs, new(6));
        Texts(negatives, new(negativeSeed));
        return (parameters, batch, [.. Enumerable.Range(0, Pairs).Select(i => shared && i != 1 ? "same" : i == 1 ? "own" : null)]);

        void Texts(int count, Random draw)
        {
            for (var t = 0; t < count; t++)
            {
                for (var i = draw.Next(1, 5); i > 0; i--)
                    batch.Rows.Add(draw.Next(Rows - 1));
                batch.End();
            }
        }
    }

    static double[] FiniteDifferences(StaticParameters parameters, TextBatch batch, string?[] keys)
    {
        const double step = 1e-5;
        double[] values = [.. parameters.Rows.Concat(parameters.Weights).Select(x => (double)x)];
        return [.. values.Select((value, i) =>
        {
            values[i] = value + step;
            var up = Loss(values, batch, keys);
            values[i] = value - step;
            var down = Loss(values, batch, keys);
            values[i] = value;
            return (up - down) / (2 * step);
        })];
    }

    static double Loss(StaticParameters parameters, TextBatch batch, string?[] keys) => Loss([.. parameters.Rows.Concat(parameters.Weights).Select(x => (double)x)], batch, keys);

    static double Loss(double[] values, TextBatch batch, string?[] keys)
    {
        double[][] vectors = [.. Enumerable.Range(0, batch.Count).Select(t =>
        {
            var vector = new double[Dimension];
            foreach (var row in batch[t])
                for (var d = 0; d < Dimension; d++)
                    vector[d] += Math.Log(1 + Math.Exp(values[Rows * Dimension + row])) * values[row * Dimension + d];
            var norm = Math.Sqrt(vector.Sum(x => x * x));
            return vector.Select(x => x / norm).ToArray();
        })];
        var pairs = keys.Length;
        double sum = 0;
        for (var i = 0; i < pairs; i++)
        {
            double row = 0, column = 0, own = Score(i, i);
            for (var j = 0; j < batch.Count - pairs; j++)
                row += j < pairs && Masked(i, j) ? 0 : Math.Exp(Score(i, j));
            for (var j = 0; j < pairs; j++)
                column += Masked(i, j) ? 0 : Math.Exp(Score(j, i));
            sum += Math.Log(row) - own + Math.Log(column) - own;
        }
        return sum / (2 * pairs);

        double Score(int query, int passage) => vectors[query].Zip(vectors[pairs + passage], (a, b) => a * b).Sum() / Temperature;
        bool Masked(int i, int j) => i != j && keys[i] is { } key && keys[j] == key;
    }
}
