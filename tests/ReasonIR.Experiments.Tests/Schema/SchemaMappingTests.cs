using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Schema;

public sealed class SchemaMappingTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_model_fits_the_migrated_schema()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await using var db = system.Db();
        var mapped = db.Model.GetRelationalModel().Tables.SelectMany(table => table.Columns.Select(column =>
            $"{table.Name}.{column.Name} {column.StoreType}{(column.IsNullable ? "" : " not null")}{(column.Table.PrimaryKey!.Columns.Contains(column) ? " key" : "")}"));
        Assert.Equal((await ColumnsAsync(system)).Order(), mapped.Order());
    }

    [Fact]
    public async Task The_model_knows_the_foreign_keys_it_names()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await using var db = system.Db();
        var real = await ReadAsync(system, """
            select c.conrelid::regclass || '.' || a.attname || ' ' || c.confrelid::regclass
            from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] where c.contype = 'f'
            """);
        var mapped = db.Model.GetRelationalModel().Tables.SelectMany(t => t.ForeignKeyConstraints)
            .Select(key => $"{key.Table.Name}.{Assert.Single(key.Columns).Name} {key.PrincipalTable.Name}").ToList();
        Assert.NotEmpty(mapped);
        Assert.Empty(mapped.Except(real));
    }

    [Fact]
    public async Task Every_table_can_be_read()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await using var db = system.Db();
        foreach (var entity in db.Model.GetEntityTypes())
        {
            var set = typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!.MakeGenericMethod(entity.ClrType).Invoke(db, [])!;
            Assert.Empty((IEnumerable<object>)set);
        }
    }

    [Theory]
    [InlineData("CorpusId", "corpus_id"), InlineData("Sha256", "sha256"), InlineData("At", "at")]
    public void Column_names(string property, string column) => Assert.Equal(column, SchemaMapping.SnakeCase(property));

    Task<List<string>> ColumnsAsync(TestSystem system) => ReadAsync(system, """
        select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || case when a.attnotnull then ' not null' else '' end
            || case when exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey)) then ' key' else '' end
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname <> 'schema_version'
        """);

    async Task<List<string>> ReadAsync(TestSystem system, string sql)
    {
        await using var command = new NpgsqlCommand(sql, await system.Database.OpenConnectionAsync(cancellation));
        await using var connection = command.Connection!;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancellation))
            lines.Add(reader.GetString(0));
        return lines;
    }
}
