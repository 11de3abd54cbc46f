using System.Globalization;
using System.Text.Json;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>
/// Qdrant over REST: the calls that versions 1.10 to 1.19 share. Every call throws <see cref="QdrantException"/> with the server's own words
/// where it refuses; what may succeed later (no connection, 429 with a time, 5xx) is tried five times. Thread-safe.
/// </summary>
public sealed class QdrantClient : IDisposable
{
    static readonly Version Oldest = new(1, 10);

    readonly QdrantRest rest;
    readonly QdrantEndpoint endpoint;

    /// <param name="firstWait">Before the second attempt; doubled for each further one.</param>
    public QdrantClient(QdrantEndpoint endpoint, TimeSpan? firstWait = null) => (this.endpoint, rest) = (endpoint, new(endpoint, firstWait));

    internal QdrantRest Rest => rest;

    /// <summary>What the server is.</summary>
    /// <exception cref="QdrantException">It is no Qdrant, or one before 1.10.</exception>
    public async Task<QdrantServer> CheckVersionAsync(CancellationToken cancellation = default)
    {
        var server = await rest.SendAsync(HttpMethod.Get, "", default, async content =>
        {
            try
            {
                return await JsonSerializer.DeserializeAsync(content, QdrantJson.Default.QdrantServer, cancellation);
            }
            catch (JsonException)
            {
                return null;
            }
        }, cancellation);
        if (server?.Title?.StartsWith("qdrant", StringComparison.OrdinalIgnoreCase) != true || !Version.TryParse(server.Version?.Split('-')[0], out var version))
            throw new QdrantException($"{endpoint.Address} answers, but not as Qdrant's REST interface does; expected its port 6333");
        return version >= Oldest
            ? server
            : throw new QdrantException($"Qdrant at {endpoint.Address} is version {server.Version}; {Oldest} or newer is needed (points/query), 1.10 to 1.19 are known to work");
    }

    /// <summary>Whether the server takes requests.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            return await rest.SendAsync(HttpMethod.Get, "readyz", default, _ => Task.FromResult(true), cancellation, again: false);
        }
        catch (QdrantException)
        {
            return false;
        }
    }

    public async Task<bool> ExistsAsync(string collection, CancellationToken cancellation = default) =>
        (await rest.SendAsync(HttpMethod.Get, $"{Path(collection)}/exists", null, QdrantJson.Default.QdrantAnswerQdrantExists, cancellation)).Exists;

    /// <summary>All collections' names.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default) =>
        [.. (await rest.SendAsync(HttpMethod.Get, "collections", null, QdrantJson.Default.QdrantAnswerQdrantCollections, cancellation)).Collections.Select(collection => collection.Name)];

    /// <param name="timeout">Seconds that the server waits for all nodes.</param>
    public Task CreateAsync(string collection, QdrantCollectionSettings settings, int? timeout = null, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Put, Path(collection) + Timeout(timeout), writer => JsonSerializer.Serialize(writer, settings, QdrantJson.Default.QdrantCollectionSettings),
            QdrantJson.Default.QdrantAnswerBoolean, cancellation, again: false);

    public Task ChangeAsync(string collection, QdrantCollectionChange change, int? timeout = null, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Patch, Path(collection) + Timeout(timeout), writer => JsonSerializer.Serialize(writer, change, QdrantJson.Default.QdrantCollectionChange),
            QdrantJson.Default.QdrantAnswerBoolean, cancellation);

    /// <summary>Whether there was one to delete.</summary>
    public Task<bool> DeleteAsync(string collection, int? timeout = null, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Delete, Path(collection) + Timeout(timeout), null, QdrantJson.Default.QdrantAnswerBoolean, cancellation);

    public Task<QdrantCollectionInfo> InfoAsync(string collection, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Get, Path(collection), null, QdrantJson.Default.QdrantAnswerQdrantCollectionInfo, cancellation);

    /// <summary>Indexes a field of the payload, so that filters on it are fast.</summary>
    /// <param name="schema"><c>keyword</c>, <c>integer</c>, <c>float</c> ...</param>
    public Task<QdrantUpdate> IndexFieldAsync(string collection, string field, string schema, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Put, $"{Path(collection)}/index?wait=true", writer => JsonSerializer.Serialize(writer, new(field, schema), QdrantJson.Default.QdrantFieldIndex),
            QdrantJson.Default.QdrantAnswerQdrantUpdate, cancellation);

    /// <summary>Stores points in one request, which must stay below 32 MB; <see cref="QdrantUpload"/> cuts many.</summary>
    public Task<QdrantUpdate> UpsertAsync(string collection, IEnumerable<QdrantPoint> points, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Put, $"{Path(collection)}/points?wait=true", writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("points");
            foreach (var point in points)
                point.Write(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }, QdrantJson.Default.QdrantAnswerQdrantUpdate, cancellation);

    public Task<QdrantUpdate> RemoveAsync(string collection, QdrantFilter filter, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/points/delete?wait=true", writer => JsonSerializer.Serialize(writer, new(Filter: filter), QdrantJson.Default.QdrantSelection),
            QdrantJson.Default.QdrantAnswerQdrantUpdate, cancellation);

    /// <summary>Points that meet a filter, counted one by one.</summary>
    public async Task<long> CountAsync(string collection, QdrantFilter? filter = null, CancellationToken cancellation = default) =>
        (await rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/points/count", writer => JsonSerializer.Serialize(writer, new(filter, true), QdrantJson.Default.QdrantCountRequest),
            QdrantJson.Default.QdrantAnswerQdrantCount, cancellation)).Count;

    public async Task<IReadOnlyList<QdrantHit>> QueryAsync(string collection, QdrantQuery query, CancellationToken cancellation = default) =>
        (await rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/points/query", writer => query.Write(writer), QdrantJson.Default.QdrantAnswerQdrantPoints, cancellation)).Points;

    /// <summary>Several searches in one request, which must stay below 32 MB.</summary>
    public async Task<IReadOnlyList<QdrantHit>[]> QueryBatchAsync(string collection, IEnumerable<QdrantQuery> queries, CancellationToken cancellation = default) =>
        [.. (await rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/points/query/batch", writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("searches");
            foreach (var query in queries)
                query.Write(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }, QdrantJson.Default.QdrantAnswerQdrantPointsArray, cancellation)).Select(found => found.Points)];

    /// <summary>The best point of each value of a field; the limit counts values. The server may find fewer than there are.</summary>
    public async Task<IReadOnlyList<QdrantGroup>> QueryGroupsAsync(string collection, QdrantQuery query, string groupBy, CancellationToken cancellation = default) =>
        (await rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/points/query/groups", writer => query.Write(writer, groupBy), QdrantJson.Default.QdrantAnswerQdrantGroups, cancellation)).Groups;

    /// <summary>All aliases.</summary>
    public async Task<IReadOnlyList<QdrantAlias>> AliasesAsync(CancellationToken cancellation = default) =>
        (await rest.SendAsync(HttpMethod.Get, "aliases", null, QdrantJson.Default.QdrantAnswerQdrantAliases, cancellation)).Aliases;

    /// <summary>Makes an alias name a collection; where it named another, at once. One action: two would not be rolled back.</summary>
    public Task SetAliasAsync(string alias, string collection, CancellationToken cancellation = default) =>
        ChangeAliasAsync(new(CreateAlias: new(collection, alias)), cancellation);

    public Task RemoveAliasAsync(string alias, CancellationToken cancellation = default) => ChangeAliasAsync(new(DeleteAlias: new(alias)), cancellation);

    Task ChangeAliasAsync(QdrantAliasAction action, CancellationToken cancellation) =>
        rest.SendAsync(HttpMethod.Post, "collections/aliases", writer => JsonSerializer.Serialize(writer, new([action]), QdrantJson.Default.QdrantAliasActions),
            QdrantJson.Default.QdrantAnswerBoolean, cancellation);

    /// <summary>Takes a snapshot and waits for it.</summary>
    public Task<QdrantSnapshot> TakeSnapshotAsync(string collection, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Post, $"{Path(collection)}/snapshots?wait=true", null, QdrantJson.Default.QdrantAnswerQdrantSnapshot, cancellation, again: false);

    public async Task<IReadOnlyList<QdrantSnapshot>> SnapshotsAsync(string collection, CancellationToken cancellation = default) =>
        await rest.SendAsync(HttpMethod.Get, $"{Path(collection)}/snapshots", null, QdrantJson.Default.QdrantAnswerQdrantSnapshotArray, cancellation);

    /// <summary>Whether there was one to delete.</summary>
    public Task<bool> DeleteSnapshotAsync(string collection, string snapshot, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Delete, $"{Path(collection)}/snapshots/{QdrantRest.Escape(snapshot)}?wait=true", null, QdrantJson.Default.QdrantAnswerBoolean, cancellation);

    /// <summary>Makes a collection what a snapshot holds.</summary>
    /// <param name="location">An address or a <c>file://</c> of the server.</param>
    public Task RecoverAsync(string collection, string location, string? checksum = null, CancellationToken cancellation = default) =>
        rest.SendAsync(HttpMethod.Put, $"{Path(collection)}/snapshots/recover?wait=true",
            writer => JsonSerializer.Serialize(writer, new(location, "snapshot", checksum), QdrantJson.Default.QdrantSnapshotSource), QdrantJson.Default.QdrantAnswerBoolean, cancellation, again: false);

    public void Dispose() => rest.Dispose();

    static string Path(string collection) => $"collections/{QdrantRest.Escape(collection)}";

    static string Timeout(int? seconds) => seconds is null ? "" : string.Create(CultureInfo.InvariantCulture, $"?timeout={seconds}");
}
