// This file is the whole program where Aspire's packages cannot be restored (package set "mirror").
Console.Error.WriteLine("""
    This build of LlmGateway.AppHost has no Aspire in it: it was made with the package set "mirror", for networks whose
    NuGet mirror lacks Aspire's packages. It cannot start the distributed system.

      One process, nothing else needed:   dotnet run --project LlmGateway.Standalone
      With Aspire, from nuget.org:        dotnet run --project LlmGateway.AppHost -p:PackageSet=public -- --simulate
    """);
return 1;
