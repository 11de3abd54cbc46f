namespace ReasonIR.Portal.Overview;

/// <summary>How much there is of everything.</summary>
/// <param name="Corpora">Corpora.</param>
/// <param name="Documents">Documents of all corpora.</param>
/// <param name="Queries">Queries of all sets.</param>
/// <param name="DatasetVersions">Versions of training data.</param>
/// <param name="Examples">Stored training examples.</param>
/// <param name="Models">Registered models.</param>
/// <param name="Bm25Indexes">BM25 indexes that can be searched.</param>
/// <param name="DenseIndexes">Vector indexes that can be searched.</param>
/// <param name="Results">Rows of the leaderboard.</param>
/// <param name="Runs">Runs that succeeded, by kind.</param>
/// <param name="Active">Runs that wait or run, by kind.</param>
/// <param name="Next">What to do next.</param>
public sealed record OverviewInfo(
    int Corpora,
    long Documents,
    long Queries,
    int DatasetVersions,
    long Examples,
    int Models,
    int Bm25Indexes,
    int DenseIndexes,
    int Results,
    IReadOnlyDictionary<string, int> Runs,
    IReadOnlyDictionary<string, int> Active,
    NextStep Next);

/// <summary>What to do next.</summary>
/// <param name="Title">In a few words.</param>
/// <param name="Text">Why.</param>
/// <param name="Page">The page where it is done, relative to the portal's address.</param>
public sealed record NextStep(string Title, string Text, string Page);
