using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ReasonIR.Experiments.Schema;

/// <summary>The database was brought forward by newer code: this code could damage what it does not know.</summary>
public sealed class NewerSchemaException(int found, int known)
    : Exception($"the database has schema {found}, this version of ReasonIR knows {known}: update ReasonIR, or use the database it was made with");

/// <summary>
/// Brings the database to the schema of the embedded files <c>NNNN-name.sql</c>, each in its own transaction, in their order.
/// Concurrent calls wait for each other (advisory lock). A file that was applied anywhere is never changed: add another.
/// </summary>
public sealed class SchemaMigrator(NpgsqlDataSource database, ILogger<SchemaMigrator> logger)
{
    const long Lock = 0x5265_6173_6F6E_4952; // "ReasonIR"

    /// <summary>The embedded steps by number.</summary>
    internal static IReadOnlyList<SchemaStep> Steps { get; } = ReadSteps();

    /// <summary>The number of the newest schema this code knows.</summary>
    public static int Known => Steps[^1].Version;

    /// <summary>Applies what is missing and returns the schema's number.</summary>
    /// <exception cref="NewerSchemaException">The database is ahead of this code; nothing was changed.</exception>
    public Task<int> MigrateAsync(CancellationToken cancellation = default) => MigrateAsync(Steps, cancellation);

    internal async Task<int> MigrateAsync(IReadOnlyList<SchemaStep> steps, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", cancellation);
        try
        {
            await ExecuteAsync(connection, """
                create table if not exists schema_version (
                    version integer primary key, name text not null, applied_at timestamptz not null default now())
                """, cancellation);
            var found = await VersionsAsync(connection, cancellation);
            if (found.Count > 0 && found.Max() > steps[^1].Version)
                throw new NewerSchemaException(found.Max(), steps[^1].Version);
            // Steps are written side by side: one may arrive after another of a higher number.
            foreach (var step in steps.Where(step => !found.Contains(step.Version)))
                await ApplyAsync(connection, step, cancellation);
            return steps[^1].Version;
        }
        finally
        {
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    async Task ApplyAsync(NpgsqlConnection connection, SchemaStep step, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, step.Sql, cancellation);
        await using var note = new NpgsqlCommand("insert into schema_version (version, name) values (@version, @name)", connection);
        note.Parameters.AddWithValue("version", step.Version);
        note.Parameters.AddWithValue("name", step.Name);
        await note.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        logger.LogInformation("Schema {Version} ({Name}) applied", step.Version, step.Name);
    }

    static async Task<HashSet<int>> VersionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select version from schema_version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var versions = new HashSet<int>();
        while (await reader.ReadAsync(cancellation))
            versions.Add(reader.GetInt32(0));
        return versions;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }; // a step may rewrite a large table
        await command.ExecuteNonQueryAsync(cancellation);
    }

    static List<SchemaStep> ReadSteps()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return new SchemaStep(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name[5..^4], reader.ReadToEnd());
            })];
    }
}

/// <summary>One embedded SQL file.</summary>
sealed record SchemaStep(int Version, string Name, string Sql);
