using System.CommandLine;
using ReasonIR.Cli.Verbs;

namespace ReasonIR.Cli;

/// <summary>The command line: every verb goes over the same REST API that the portal offers.</summary>
public static class ReasonIrCommand
{
    /// <summary>The root command with all verbs.</summary>
    public static RootCommand Create() => new("ReasonIR: training data, retrievers, indexes, search and evaluation for reasoning-intensive retrieval.")
    {
        CorpusVerbs.Import(),
        CorpusVerbs.List(),
        CorpusVerbs.Documents(),
        CorpusVerbs.Delete(),
        SynthesizeVerb.Create(),
        SeedsVerb.Create(),
        DatasetVerbs.List(),
        DatasetVerbs.Examples(),
        DatasetVerbs.Create(),
        TrainVerb.Create(),
        RecipeVerbs.Create(),
        ModelVerbs.Models(),
        ModelVerbs.Model(),
        ModelVerbs.Register(),
        IndexVerb.Create(),
        PipelineVerbs.Create(),
        RewriteVerbs.Create(),
        SearchVerb.Create(),
        EvaluateVerb.Create(),
        ImportRunVerb.Create(),
        BenchmarkVerbs.Create(),
        ExperimentVerbs.Create(),
        LeaderboardVerb.Create(),
        RagVerb.Create(),
        CompareVerb.Create(),
        JudgingVerbs.Pool(),
        JudgingVerbs.Judge(),
        JudgingVerbs.History(),
        QrelsVerbs.Export(),
        QrelsVerbs.Import(),
        ContaminationVerb.Create(),
        RunVerbs.List(),
        RunVerbs.Show(),
        SpendingVerbs.Spending(),
        SpendingVerbs.Prices(),
        LoopVerb.Create(),
    };
}
