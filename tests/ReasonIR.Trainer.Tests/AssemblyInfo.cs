using ReasonIR.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
