using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Portal.Datasets.Exports;
using ReasonIR.Portal.Datasets.Reports;

namespace ReasonIR.Portal.Datasets.Cards;

/// <summary>The card that goes with an exported version: README.md as dataset hubs read it.</summary>
public sealed class DatasetCards(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions, DatasetQualityService qualities, DatasetExport exports)
{
    /// <summary>The card of a version in a form; null where there is no such version.</summary>
    /// <exception cref="ArgumentException">The form is unknown.</exception>
    public async Task<string?> WriteAsync(DatasetReference reference, ExportOptions options, CancellationToken ct)
    {
        var form = ExportForm.Of(options.Format);
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        var quality = await qualities.ReadAsync(version, ct);
        var negatives = await exports.NegativesAsync(version, form, options, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        return DatasetCard.Write(new(quality, version.Dataset!.Description, version.Spec, await CardSource.OfAsync(db, version, ct), form, negatives, options.Lossy));
    }
}
