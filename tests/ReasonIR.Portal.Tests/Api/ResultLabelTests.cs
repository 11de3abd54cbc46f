using ReasonIR.Contracts.Runs;
using ReasonIR.Portal.Results;

namespace ReasonIR.Portal.Tests.Api;

public sealed class ResultLabelTests
{
    [Fact]
    public void A_result_of_an_evaluation_and_one_of_an_imported_run_are_labeled_as_their_specs_say()
    {
        Assert.Equal("paper", ResultLabels.Of(RunKinds.Evaluate, RunSpecs.ToJson(new EvaluateSpec("c", [new("bm25", "bm25")], Label: "paper"))));
        Assert.Equal("paper", ResultLabels.Of(RunKinds.ImportRun, RunSpecs.ToJson(new ImportRunSpec("c", "theirs", Guid.Empty.ToString("N"), Label: "paper"))));
        Assert.Null(ResultLabels.Of(RunKinds.ImportRun, RunSpecs.ToJson(new ImportRunSpec("c", "theirs", Guid.Empty.ToString("N")))));
    }
}
