using System.Globalization;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Training.Static;

/// <summary>All that a run needs to go on as if it had not stopped. (Draws depend on the step's number, so there is no generator's state.)</summary>
sealed class StaticState
{
    public required StaticParameters Current { get; init; }

    public required LazyAdam Adam { get; init; }

    /// <summary>The twin whose start does not know the held-out sentences' documents.</summary>
    public required StaticParameters Judge { get; init; }

    public required LazyAdam JudgeAdam { get; init; }

    /// <summary>The parameters at the judge's lowest held-out loss so far.</summary>
    public required StaticParameters Best { get; set; }

    /// <summary>The judge's own at that step.</summary>
    public required StaticParameters BestJudge { get; set; }

    public double BestLoss { get; set; }

    public int BestStep { get; set; }

    /// <summary>Notes a new minimum at this step.</summary>
    public void Keep(double loss) =>
        (Best, BestJudge, BestLoss, BestStep, LooksSinceBest) = (Current.Copy(), Judge.Copy(), loss, Steps, 0);

    /// <summary>Held-out loss before the first step.</summary>
    public double? StartLoss { get; set; }

    public int LooksSinceBest { get; set; }

    /// <summary>The step of the last look, -1 before the first.</summary>
    public int LastLook { get; set; } = -1;

    /// <summary>Steps done.</summary>
    public int Steps { get; set; }

    /// <summary>Wall-clock time of all attempts.</summary>
    public TimeSpan Elapsed { get; set; }

    public static StaticState Fresh(StaticParameters start, StaticParameters judge) =>
        new() { Current = start, Adam = new(start), Best = start, Judge = judge, JudgeAdam = new(judge), BestJudge = judge };
}

/// <summary>The state as a safetensors file, written under a temporary name and renamed.</summary>
static class StaticCheckpoint
{
    const string Version = "1";

    public static void Save(string path, StaticState state, string identity)
    {
        var (rows, dimension) = (state.Current.Weights.Length, state.Current.Dimension);
        SafetensorsWriter.Save(path,
            [
                .. Parameters("", state.Current), .. Parameters("best.", state.Best), .. Moments("adam.", state.Adam),
                .. Parameters("judge.", state.Judge), .. Parameters("judge.best.", state.BestJudge), .. Moments("judge.adam.", state.JudgeAdam),
            ],
            new Dictionary<string, string>
            {
                ["static_checkpoint"] = Version,
                ["identity"] = identity,
                ["steps"] = Text(state.Steps),
                ["adam_step"] = Text(state.Adam.Step),
                ["best_loss"] = Text(state.BestLoss),
                ["best_step"] = Text(state.BestStep),
                ["start_loss"] = state.StartLoss is { } start ? Text(start) : "",
                ["looks_since_best"] = Text(state.LooksSinceBest),
                ["last_look"] = Text(state.LastLook),
                ["elapsed_ticks"] = Text(state.Elapsed.Ticks),
            });

        IEnumerable<TensorToWrite> Parameters(string prefix, StaticParameters from) =>
            [Table(prefix + "rows", from.Rows), Vector(prefix + "weights", from.Weights)];
        IEnumerable<TensorToWrite> Moments(string prefix, LazyAdam from) =>
        [
            Table(prefix + "rows.mean", from.RowMean), Table(prefix + "rows.square", from.RowSquare),
            Vector(prefix + "weights.mean", from.WeightMean), Vector(prefix + "weights.square", from.WeightSquare),
        ];
        TensorToWrite Table(string name, float[] values) => TensorToWrite.Floats(name, values, [rows, dimension]);
        TensorToWrite Vector(string name, float[] values) => TensorToWrite.Floats(name, values, [rows]);
        static string Text(IFormattable value) => value.ToString(value is double ? "R" : null, CultureInfo.InvariantCulture);
    }

    /// <exception cref="InvalidDataException">The file is no checkpoint, of another version, or of another run.</exception>
    public static StaticState Load(string path, string identity)
    {
        using var file = SafetensorsFile.Open(path);
        if (Get("static_checkpoint") != Version)
            throw new InvalidDataException($"{path}: checkpoint version {Get("static_checkpoint")}; {Version} was expected.");
        if (Get("identity") != identity)
            throw new InvalidDataException($"{path}: the checkpoint belongs to another corpus or other options ('{Get("identity")}'; '{identity}' was expected).");
        var shape = file.Get("rows", -1, -1).Shape;
        var (current, judge, adamStep) = (Parameters(""), Parameters("judge."), Whole("adam_step"));
        return new()
        {
            Current = current,
            Judge = judge,
            Best = Parameters("best."),
            BestJudge = Parameters("judge.best."),
            Adam = Moments("adam.", current),
            JudgeAdam = Moments("judge.adam.", judge),
            Steps = Whole("steps"),
            BestLoss = Number("best_loss"),
            BestStep = Whole("best_step"),
            StartLoss = Get("start_loss").Length == 0 ? null : Number("start_loss"),
            LooksSinceBest = Whole("looks_since_best"),
            LastLook = Whole("last_look"),
            Elapsed = TimeSpan.FromTicks((long)Number("elapsed_ticks")),
        };

        StaticParameters Parameters(string prefix) => new(Table(prefix + "rows"), Vector(prefix + "weights"), (int)shape[1]);
        LazyAdam Moments(string prefix, StaticParameters of) => new(of)
        {
            RowMean = Table(prefix + "rows.mean"), RowSquare = Table(prefix + "rows.square"),
            WeightMean = Vector(prefix + "weights.mean"), WeightSquare = Vector(prefix + "weights.square"), Step = adamStep,
        };
        float[] Table(string name) => file.ReadFloats(file.Get(name, shape[0], shape[1]).Name);
        float[] Vector(string name) => file.ReadFloats(file.Get(name, shape[0]).Name);
        string Get(string key) => file.Metadata.TryGetValue(key, out var value) ? value : throw new InvalidDataException($"{path}: the checkpoint lacks '{key}'.");
        int Whole(string key) => (int)Number(key);
        double Number(string key) => double.TryParse(Get(key), CultureInfo.InvariantCulture, out var value) ? value : throw new InvalidDataException($"{path}: '{key}' is not a number.");
    }
}
