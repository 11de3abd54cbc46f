using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Schema;

// Brings the database to its schema, clears what crashes left in the artifact store, and exits; the other services wait for it.
var builder = Host.CreateApplicationBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
using var host = builder.Build();
var logger = host.Services.GetRequiredService<ILogger<Program>>();
try
{
    var version = await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync();
    logger.LogInformation("The database has schema {Version}", version);
    if (builder.Configuration["REASONIR_ARTIFACTS"] is { Length: > 0 })
        logger.LogInformation("{Sweep}", await host.Services.GetRequiredService<ArtifactSweep>().RunAsync());
    return 0;
}
catch (Exception e) when (e is NewerSchemaException or InvalidOperationException or Npgsql.NpgsqlException)
{
    logger.LogCritical("The database cannot be brought to its schema: {Reason}", e.Message);
    return 1;
}
