using ReasonIR.Experiments;
using ReasonIR.Search;
using ReasonIR.Search.Searching;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddSearchServices();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapSearch();
app.Run();

/// <summary>The service's entry point; named so that tests can start it.</summary>
public partial class Program;
