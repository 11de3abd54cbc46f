using Radzen;
using ReasonIR.Experiments;
using ReasonIR.Portal;
using ReasonIR.Portal.Components;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseStaticWebAssets();
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddPortalServices();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddRadzenComponents();
builder.Services.AddOpenApi();

var app = builder.Build();
app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
app.UseAntiforgery();
app.MapDefaultEndpoints();
app.MapStaticAssets();
app.MapOpenApi("/api/openapi.json");
app.UseSwaggerUI(ui =>
{
    ui.RoutePrefix = "api/docs";
    ui.DocumentTitle = "ReasonIR API";
    ui.SwaggerEndpoint("/api/openapi.json", "ReasonIR");
});
app.MapPortalApi();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.Run();

/// <summary>The portal's entry point; named so that tests can start it.</summary>
public partial class Program;
