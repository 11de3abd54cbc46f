using Npgsql;
using ReasonIR.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace ReasonIR.Hosting.Tests.Postgres;

public sealed class PostgresFixtureTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_database_is_new_and_empty()
    {
        var cancellation = TestContext.Current.CancellationToken;
        foreach (var connectionString in new[] { await postgres.CreateDatabaseAsync(cancellation), await postgres.CreateDatabaseAsync(cancellation) })
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("create table only_here (id int)", connection);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
