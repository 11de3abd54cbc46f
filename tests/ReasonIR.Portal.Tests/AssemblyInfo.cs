using ReasonIR.Portal.Tests;

[assembly: AssemblyFixture(typeof(PortalFixture))]
